/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the system tests need of BPF and Debian's tools cannot do:
 *
 *	bpf_helper query IFNAME		print "tcx DIRECTION PROGRAM-ID" of each tcx program on it
 *	bpf_helper hold-link IFNAME	attach an XDP program that passes everything by a link, say "ready" and
 *					hold it until the end of stdin
 *	bpf_helper hold-netlink IFNAME	the same by netlink; taken off at the end
 *	bpf_helper tamper DIRECTORY	try to change what is pinned there; print "PIN WHAT" of each thing that can be
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static int hold(int ifindex, int by_link)
{
	int program = load_pass();
	int result = program < 0 ? program
		     : by_link	 ? bpf_link_create(program, ifindex, BPF_XDP, NULL)
				 : bpf_xdp_attach(ifindex, program, XDP_FLAGS_SKB_MODE, NULL);

	if (result < 0)
		return fail("cannot attach", result);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		continue;
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

int main(int argc, char **argv)
{
	int ifindex = argc == 3 ? (int)if_nametoindex(argv[2]) : 0;

	if (ifindex && !strcmp(argv[1], "query"))
		return query(ifindex);
	if (ifindex && !strcmp(argv[1], "hold-link"))
		return hold(ifindex, 1);
	if (ifindex && !strcmp(argv[1], "hold-netlink"))
		return hold(ifindex, 0);
	if (argc == 3 && !strcmp(argv[1], "tamper"))
		return tamper(argv[2]);
	fprintf(stderr, "usage: bpf_helper query|hold-link|hold-netlink IFNAME, or tamper DIRECTORY\n");
	return 2;
}
