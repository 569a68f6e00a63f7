/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the system tests need of BPF and Debian's tools cannot do:
 *
 *	bpf_helper query IFNAME		print "tcx DIRECTION PROGRAM-ID" of each tcx program on it
 *	bpf_helper hold-link IFNAME	attach an XDP program that passes everything by a link, say "ready" and
 *					hold it until the end of stdin
 *	bpf_helper hold-netlink IFNAME	the same by netlink; taken off at the end
 *	bpf_helper tamper DIRECTORY	try to change what is pinned there; print "PIN WHAT" of each thing that can be
 *	bpf_helper hold PIN		open what is pinned there, say "ready" and hold it until the end of stdin
 *	bpf_helper damage PIN WHAT	write something into the pinned map `meta` of an instance that cannot be (see damages)
 *	bpf_helper copies DIRECTORY N	pin copies of the instance that is pinned in the directory, NAME-1 to NAME-N beside it:
 *					each has a `meta` of its own, all else is the same maps, programs and links
 *	bpf_helper no-links COMMAND...	run it where the kernel makes no links, so that tc programs are clsact filters
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
#include "synscope/flow.h"

/* Not in the headers of Debian 12. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
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

		if (error == -EINVAL) /* older than tcx */
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

/* ---- what a process that may only read can do all the same */

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

/* Try to change what is pinned in a directory, by whatever can be opened; tells what could be done. */
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

/* ---- what an instance says of itself */

static int change_meta(struct instance_meta *meta, const char *what)
{
	static const struct {
		const char *name;
		size_t offset, size; /* all of it becomes the byte */
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

/* ---- many of them */

static int copy_meta(int fd, const char *path, const char *name)
{
	struct instance_meta meta;
	__u32 only = 0;
	int copy, error = bpf_map_lookup_elem(fd, &only, &meta);

	if (error)
		return error;
	snprintf(meta.name, sizeof(meta.name), "%s", name);
	copy = bpf_map_create(BPF_MAP_TYPE_ARRAY, "meta", sizeof(only), sizeof(meta), 1, NULL);
	if (copy < 0)
		return copy;
	error = bpf_map_update_elem(copy, &only, &meta, BPF_ANY);
	if (!error)
		error = bpf_obj_pin(copy, path);
	close(copy);
	return error;
}

#define OBJECTS_MAX 32

struct object {
	char name[NAME_MAX + 1];
	int fd;
};

static int open_objects(const char *directory, struct object *objects)
{
	DIR *entries = opendir(directory);
	char path[PATH_MAX];
	struct dirent *entry;
	int count = 0;

	while (entries && count < OBJECTS_MAX && (entry = readdir(entries))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		snprintf(objects[count].name, sizeof(objects[count].name), "%s", entry->d_name);
		objects[count].fd = bpf_obj_get(path);
		if (objects[count].fd < 0)
			count = -1;
		if (count < 0)
			break;
		count++;
	}
	if (entries)
		closedir(entries);
	return count;
}

static int copy_instance(const char *directory, const struct object *objects, int count, int number)
{
	char to[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
	int error;

	snprintf(to, sizeof(to), "%s-%d", directory, number);
	error = mkdir(to, 0700) ? -errno : 0;
	for (int i = 0; i < count && !error; i++) {
		snprintf(path, sizeof(path), "%s/%.255s", to, objects[i].name);
		error = strcmp(objects[i].name, "meta") ? bpf_obj_pin(objects[i].fd, path)
							: copy_meta(objects[i].fd, path, strrchr(to, '/') + 1);
	}
	return error;
}

static int copies(const char *directory, int number)
{
	static struct object objects[OBJECTS_MAX];
	int count = open_objects(directory, objects), error = 0;

	if (count <= 0)
		return fail(directory, -ENOENT);
	for (int i = 1; i <= number && !error; i++)
		error = copy_instance(directory, objects, count, i);
	return error ? fail("cannot copy", error) : EXIT_SUCCESS;
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
	if (argc == 3 && !strcmp(command, "hold"))
		return hold_pin(argv[2]);
	if (argc == 3 && !strcmp(command, "tamper"))
		return tamper(argv[2]);
	if (argc == 4 && !strcmp(command, "damage"))
		return damage(argv[2], argv[3]);
	if (argc == 4 && !strcmp(command, "copies"))
		return copies(argv[2], (int)strtol(argv[3], NULL, 10));
	if (!strcmp(command, "no-links"))
		return run_without_links(argv + 2);
	fprintf(stderr, "usage: bpf_helper query|hold-link|hold-netlink IFNAME | hold PIN | tamper DIRECTORY | damage "
			"PIN WHAT | "
			"copies DIRECTORY N | no-links COMMAND...\n");
	return 2;
}
