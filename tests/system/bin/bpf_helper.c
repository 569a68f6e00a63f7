/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF operations of the system tests that Debian's tools do not offer:
 *
 *	bpf_helper query IFNAME		print "tcx DIRECTION PROGRAM-ID" of each tcx program on it
 *	bpf_helper hold-link IFNAME	attach an XDP program that passes everything, by a link; print "ready"
 *					and keep it until the end of stdin
 *	bpf_helper hold-netlink IFNAME	the same by netlink; detached at the end
 *	bpf_helper hold-tcx IFNAME VERDICT	attach a tcx program with this verdict to its egress, before all others;
 *					likewise
 *	bpf_helper tamper DIRECTORY	try to change what is pinned there; print "PIN WHAT" for each success
 *	bpf_helper hold PIN		open the pinned object, print "ready" and hold it until the end of stdin
 *	bpf_helper damage PIN WHAT	damage the pinned map `meta` of an instance (see damages)
 *	bpf_helper copies DIRECTORY N PREFIX	pin N copies of the instance there, as DIRECTORY-1 and so on,
 *					of the interfaces PREFIX1 and so on, each with its own `meta` and link
 *	bpf_helper readers DIRECTORY...	print for each instance that is pinned there how many event readers it has
 *	bpf_helper no-links COMMAND...	run it as if the kernel could make no links, so that tc programs become filters
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "synscope/config.h"
#include "synscope/event.h"
#include "synscope/flow.h"

/* Not in the headers of Debian 12. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define TCX_BEFORE (1U << 3) /* all others */
#define PROGRAMS_MAX 64

static int fail(const char *what, int error)
{
	fprintf(stderr, "bpf_helper: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return EXIT_FAILURE;
}

static int query(int ifindex)
{
	static const struct {
		int type;
		const char *name;
	} directions[] = { { TCX_INGRESS, "ingress" }, { TCX_EGRESS, "egress" } };

	for (int i = 0; i < 2; i++) {
		__u32 ids[PROGRAMS_MAX], count = PROGRAMS_MAX;
		int error = bpf_prog_query(ifindex, (enum bpf_attach_type)directions[i].type, 0, NULL, ids, &count);

		if (error == -EINVAL) /* this kernel has no tcx */
			return EXIT_SUCCESS;
		if (error)
			return fail("BPF_PROG_QUERY", error);
		for (__u32 n = 0; n < count; n++)
			printf("tcx %s %u\n", directions[i].name, ids[n]);
	}
	return EXIT_SUCCESS;
}

static int load_pass(void)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "foreign", "GPL", pass, sizeof(pass) / sizeof(pass[0]), NULL);
}

static void wait_for_end(void)
{
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		continue;
}

static int hold(int ifindex, int by_link)
{
	int program = load_pass();
	int result = program < 0 ? program
		     : by_link	 ? bpf_link_create(program, ifindex, BPF_XDP, NULL)
				 : bpf_xdp_attach(ifindex, program, XDP_FLAGS_SKB_MODE, NULL);

	if (result < 0)
		return fail("cannot attach", result);
	wait_for_end();
	if (!by_link)
		bpf_xdp_detach(ifindex, XDP_FLAGS_SKB_MODE, NULL);
	return EXIT_SUCCESS;
}

static int hold_tcx(int ifindex, int verdict)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_link_create_opts, first, .flags = TCX_BEFORE);
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "first", "GPL", program, sizeof(program) / sizeof(program[0]),
			       NULL);
	int result = fd < 0 ? fd : bpf_link_create(fd, ifindex, (enum bpf_attach_type)TCX_EGRESS, &first);

	if (result < 0)
		return fail("cannot attach", result);
	wait_for_end();
	return EXIT_SUCCESS;
}

/* ---- what a process that may only read can do nevertheless */

static void say(const char *object, const char *what)
{
	printf("%s %s\n", object, what);
}

static void tamper_with_map(const char *object, int fd, const struct bpf_map_info *info)
{
	void *value = calloc(libbpf_num_possible_cpus(), info->value_size + 8), *memory;
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	__u32 key = 0, count = 1;

	if (!value)
		return;
	bpf_map_lookup_elem(fd, &key, value);
	if (!bpf_map_update_elem(fd, &key, value, BPF_ANY))
		say(object, "update");
	if (!bpf_map_update_batch(fd, &key, value, &count, &options))
		say(object, "batch");
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED)
		say(object, "map");
	memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED && !mprotect(memory, 4096, PROT_READ | PROT_WRITE))
		say(object, "protect");
	free(value);
}

static void tamper_with(const char *object, int fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	struct bpf_map_info map = { 0 };
	__u32 length = sizeof(map);
	char path[64], kind[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, kind, sizeof(kind) - 1) < 0)
		return;
	if (strstr(kind, "bpf-map") && !bpf_obj_get_info_by_fd(fd, &map, &length))
		tamper_with_map(object, fd, &map);
	else if (strstr(kind, "bpf-prog"))
		say(object, bpf_prog_test_run_opts(fd, &run) == -EPERM ? "opened" : "run");
	else if (strstr(kind, "link"))
		say(object, "opened");
}

/* Try to change what is pinned in a directory, by every object that can be opened; print each success. */
static int tamper(const char *directory)
{
	LIBBPF_OPTS(bpf_obj_get_opts, read_only, .file_flags = BPF_F_RDONLY);
	DIR *entries = opendir(directory);
	struct dirent *entry;
	char path[512];

	while (entries && (entry = readdir(entries))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		for (int i = 0; i < 2; i++) {
			int fd = i ? bpf_obj_get_opts(path, &read_only) : bpf_obj_get(path);

			if (fd < 0)
				continue;
			tamper_with(entry->d_name, fd);
			close(fd);
		}
	}
	if (!entries)
		return fail("opendir", -errno);
	closedir(entries);
	return EXIT_SUCCESS;
}

static int hold_pin(const char *path)
{
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return fail(path, fd);
	wait_for_end();
	return EXIT_SUCCESS;
}

/* ---- the metadata of an instance */

static int change_meta(struct instance_meta *meta, const char *what)
{
	static const struct {
		const char *name;
		size_t offset, size; /* every byte of the value is set to this */
		unsigned char byte;
	} damages[] = {
		{ "interfaces", offsetof(struct instance_meta, interfaces), sizeof(meta->interfaces), 0xff },
		{ "no-interfaces", offsetof(struct instance_meta, interfaces), sizeof(meta->interfaces), 0 },
		{ "buckets", offsetof(struct instance_meta, config.buckets), sizeof(meta->config.buckets), 0xff },
		{ "other-buckets", offsetof(struct instance_meta, config.buckets), 1, 7 },
		{ "record-size", offsetof(struct instance_meta, hot_size), sizeof(meta->hot_size), 0x20 },
		{ "name", offsetof(struct instance_meta, name), sizeof(meta->name), 'n' },
		{ "other-name", offsetof(struct instance_meta, name), 1, 'n' },
		{ "netns", offsetof(struct instance_meta, netns), sizeof(meta->netns), 'n' },
		{ "ifname", offsetof(struct instance_meta, interface[0].ifname), IFNAME_MAX, 'n' },
		{ "layout", offsetof(struct instance_meta, layout_version), 1, 0xee },
		{ "byte-order", offsetof(struct instance_meta, byte_order), sizeof(meta->byte_order), 1 },
		{ "all", 0, sizeof(*meta), 0xa5 },
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		if (strcmp(damages[i].name, what))
			continue;
		memset((char *)meta + damages[i].offset, damages[i].byte, damages[i].size);
		return 0;
	}
	return -EINVAL;
}

static int damage(const char *path, const char *what)
{
	int fd = bpf_obj_get(path), error;
	struct instance_meta meta;
	__u32 only = 0;

	if (fd < 0)
		return fail(path, fd);
	error = bpf_map_lookup_elem(fd, &only, &meta);
	if (!error)
		error = change_meta(&meta, what);
	if (!error)
		error = bpf_map_update_elem(fd, &only, &meta, BPF_ANY);
	return error ? fail(what, error) : EXIT_SUCCESS;
}

/* ---- many instances */

#define OBJECTS_MAX 32

struct object {
	char name[NAME_MAX + 1];
	int fd;
};

/*
 * An instance that shares its objects with its copies, except for `meta`, the link and the maps for readers of events.
 */
struct original {
	const char *directory;
	struct object objects[OBJECTS_MAX];
	int count;
	struct instance_meta meta;
	int program; /* of the XDP program */
	int ring; /* one reader's ring buffer, whose properties the copies get */
};

static int open_object(struct original *original, const char *name)
{
	struct object *object = &original->objects[original->count];
	struct bpf_link_info link = { 0 };
	__u32 length = sizeof(link), only = 0;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", original->directory, name);
	snprintf(object->name, sizeof(object->name), "%s", name);
	object->fd = bpf_obj_get(path);
	if (object->fd < 0)
		return object->fd;
	if (!strcmp(name, "meta"))
		return bpf_map_lookup_elem(object->fd, &only, &original->meta);
	if (strncmp(name, "link_", 5) != 0) {
		original->count += strcmp(name, "reader_slots") != 0 && strcmp(name, "reader_rings") != 0;
		return 0;
	}
	if (!strstr(name, "_xdp"))
		return 0;
	if (bpf_obj_get_info_by_fd(object->fd, &link, &length))
		return -errno;
	original->program = bpf_prog_get_fd_by_id(link.prog_id);
	return original->program < 0 ? original->program : 0;
}

static int open_original(struct original *original)
{
	DIR *entries = opendir(original->directory);
	struct dirent *entry;
	int error = 0;

	if (!entries)
		return -errno;
	while (!error && original->count < OBJECTS_MAX && (entry = readdir(entries)))
		if (*entry->d_name != '.')
			error = open_object(original, entry->d_name);
	closedir(entries);
	return error;
}

/* Pin the object and close it. Returns 0 or a negative errno. */
static int pin(int fd, const char *directory, const char *name)
{
	char path[PATH_MAX + NAME_MAX + 2];
	int error;

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	error = bpf_obj_pin(fd, path);
	close(fd);
	return error;
}

static int pin_meta(const struct original *original, const char *directory, const char *ifname, __u32 ifindex)
{
	struct instance_meta meta = original->meta;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "meta", sizeof(__u32), sizeof(meta), 1, NULL), error;
	__u32 only = 0;

	if (fd < 0)
		return fd;
	snprintf(meta.name, sizeof(meta.name), "%s", strrchr(directory, '/') + 1);
	meta.interfaces = 1;
	meta.interface[0] = (struct meta_interface){ .ifindex = ifindex, .xdp = XDP_MODE_GENERIC };
	snprintf(meta.interface[0].ifname, IFNAME_MAX, "%s", ifname);
	error = bpf_map_update_elem(fd, &only, &meta, BPF_ANY);
	return error ? error : pin(fd, directory, "meta");
}

static int pin_link(const struct original *original, const char *directory, __u32 ifindex)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_SKB_MODE);
	char name[32];

	snprintf(name, sizeof(name), "link_%u_xdp", ifindex);
	return pin(bpf_link_create(original->program, (int)ifindex, BPF_XDP, &options), directory, name);
}

/* Pin the maps of the reader slots, of which there are only `readers`. */
static int pin_events(const char *directory, int ring)
{
	LIBBPF_OPTS(bpf_map_create_opts, places, .map_flags = BPF_F_MMAPABLE);
	LIBBPF_OPTS(bpf_map_create_opts, readers, .inner_map_fd = (__u32)ring);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "reader_slots", sizeof(__u32),
				EVENT_READERS * sizeof(struct reader_slot), 1, &places);
	int error = pin(fd, directory, "reader_slots");

	if (error)
		return error;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "readers", sizeof(__u32), sizeof(__u32), EVENT_READERS,
			    &readers);
	return pin(fd, directory, "reader_rings");
}

static int copy(const struct original *original, const char *prefix, int number)
{
	char directory[PATH_MAX], ifname[IF_NAMESIZE];
	__u32 ifindex;
	int error = 0;

	snprintf(directory, sizeof(directory), "%s-%d", original->directory, number);
	snprintf(ifname, sizeof(ifname), "%.7s%d", prefix, number % 10000000);
	ifindex = if_nametoindex(ifname);
	if (!ifindex || mkdir(directory, 0700))
		return -errno;
	for (int i = 0; i < original->count && !error; i++)
		error = pin(dup(original->objects[i].fd), directory, original->objects[i].name);
	if (!error)
		error = pin_events(directory, original->ring);
	if (!error)
		error = pin_meta(original, directory, ifname, ifindex);
	return error ? error : pin_link(original, directory, ifindex);
}

static int copies(const char *directory, int number, const char *prefix)
{
	struct original original = { .directory = directory, .program = -1 };
	int error = open_original(&original);

	original.ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "events", 0, 0, EVENT_RING_BYTES, NULL);
	for (int i = 1; i <= number && !error; i++)
		error = copy(&original, prefix, i);
	return error ? fail("cannot copy", error) : EXIT_SUCCESS;
}

static int print_readers(const char *directory)
{
	struct reader_slot places[EVENT_READERS];
	char path[PATH_MAX];
	int fd, error, readers = 0;
	__u32 only = 0;

	snprintf(path, sizeof(path), "%s/reader_slots", directory);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fail(path, fd);
	error = bpf_map_lookup_elem(fd, &only, places);
	close(fd);
	if (error)
		return fail(path, error);
	for (int i = 0; i < EVENT_READERS; i++)
		readers += places[i].owner && places[i].heartbeat_ns;
	printf("%s %d\n", directory, readers);
	return EXIT_SUCCESS;
}

static int print_all_readers(char **directories)
{
	int status = EXIT_SUCCESS;

	for (; *directories && status == EXIT_SUCCESS; directories++)
		status = print_readers(*directories);
	return status;
}

/* ---- an older kernel */

static int run_without_links(char **command)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_LINK_CREATE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(filter) / sizeof(filter[0]), .filter = filter };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		return fail("seccomp", errno);
	execvp(command[0], command);
	return fail(command[0], errno);
}

static int on_interface(const char *command, const char *ifname)
{
	int ifindex = (int)if_nametoindex(ifname);

	if (!ifindex)
		return fail(ifname, errno);
	if (!strcmp(command, "query"))
		return query(ifindex);
	return hold(ifindex, !strcmp(command, "hold-link"));
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[1] : "";

	if (argc == 3 &&
	    (!strcmp(command, "query") || !strcmp(command, "hold-link") || !strcmp(command, "hold-netlink")))
		return on_interface(command, argv[2]);
	if (argc == 4 && !strcmp(command, "hold-tcx"))
		return hold_tcx((int)if_nametoindex(argv[2]), (int)strtol(argv[3], NULL, 10));
	if (argc == 3 && !strcmp(command, "hold"))
		return hold_pin(argv[2]);
	if (argc == 3 && !strcmp(command, "tamper"))
		return tamper(argv[2]);
	if (argc == 4 && !strcmp(command, "damage"))
		return damage(argv[2], argv[3]);
	if (argc == 5 && !strcmp(command, "copies"))
		return copies(argv[2], (int)strtol(argv[3], NULL, 10), argv[4]);
	if (!strcmp(command, "readers"))
		return print_all_readers(argv + 2);
	if (!strcmp(command, "no-links"))
		return run_without_links(argv + 2);
	fprintf(stderr, "usage: bpf_helper query|hold-link|hold-netlink IFNAME | hold-tcx IFNAME VERDICT | hold PIN | "
			"tamper DIRECTORY | damage "
			"PIN WHAT | copies DIRECTORY N PREFIX | readers DIRECTORY... | no-links COMMAND...\n");
	return 2;
}
