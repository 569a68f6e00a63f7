/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the system tests need of BPF and Debian's tools cannot do:
 *
 *	bpf_helper query IFNAME		print "tcx DIRECTION PROGRAM-ID" of each tcx program on it
 *	bpf_helper hold-link IFNAME	attach an XDP program that passes everything by a link, say "ready" and
 *					hold it until the end of stdin
 *	bpf_helper hold-netlink IFNAME	the same by netlink; taken off at the end
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int main(int argc, char **argv)
{
	int ifindex = argc == 3 ? (int)if_nametoindex(argv[2]) : 0;

	if (ifindex && !strcmp(argv[1], "query"))
		return query(ifindex);
	if (ifindex && !strcmp(argv[1], "hold-link"))
		return hold(ifindex, 1);
	if (ifindex && !strcmp(argv[1], "hold-netlink"))
		return hold(ifindex, 0);
	fprintf(stderr, "usage: bpf_helper query|hold-link|hold-netlink IFNAME\n");
	return 2;
}
