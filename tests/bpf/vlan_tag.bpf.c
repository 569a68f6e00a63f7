// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_PROG_TEST_RUN cannot put a VLAN tag into the metadata of an skb, where a real skb has it. So this program pushes
 * the tag of cb[0] (TPID) and cb[1] (id), and then calls the program under test.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define NOT_RUN (-100)

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

SEC("tc") int push_tag(struct __sk_buff *ctx)
{
	__u16 tpid = ctx->cb[0], id = ctx->cb[1];

	if (bpf_skb_vlan_push(ctx, bpf_htons(tpid), id))
		return NOT_RUN;
	bpf_tail_call(ctx, &next, 0);
	return NOT_RUN;
}

char _license[] SEC("license") = "GPL";
