/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The states of TCP sockets according to the kernel: every transition of the sockets of two network namespaces, from
 * the tracepoint inet_sock_set_state.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "witness.h"

#define AF_INET6 10

/* Those members of the kernel's structs that are read here. */
#define KERNEL_STRUCT __attribute__((preserve_access_index))

struct ns_common {
	unsigned int inum;
} KERNEL_STRUCT;

struct net {
	struct ns_common ns;
} KERNEL_STRUCT;

typedef struct {
	struct net *net;
} KERNEL_STRUCT possible_net_t;

struct in6_addr {
	__u8 bytes[16];
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	unsigned short skc_family;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} KERNEL_STRUCT;

struct sock {
	struct sock_common __sk_common;
} KERNEL_STRUCT;

struct inet_sock {
	__be16 inet_sport;
} KERNEL_STRUCT;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WITNESS_ENDS_MAX);
	__type(key, struct witness_end);
	__type(value, struct witness_path);
} ends SEC(".maps");

const volatile __u32 namespaces[2];
__u64 lost; /* transitions of sockets for which the map had no room */

/*
 * Fill in the socket's own end and the other one. A closed socket has given up its port number in skc_num, but not
 * inet_sport.
 */
static void read_end(struct sock *sk, struct witness_end *end)
{
	end->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	end->local_port = BPF_CORE_READ((struct inet_sock *)sk, inet_sport);
	end->remote_port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	if (end->family == AF_INET6) {
		BPF_CORE_READ_INTO(&end->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&end->remote, sk, __sk_common.skc_v6_daddr);
	} else {
		end->local[0] = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		end->remote[0] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	}
}

/* The tracepoint is called with the socket locked, so one socket's transitions come one after the other. */
SEC("tp_btf/inet_sock_set_state")
int on_state(__u64 *arguments)
{
	struct sock *sk = (void *)arguments[0];
	__u32 old_state = (__u32)arguments[1];
	__u32 new_state = (__u32)arguments[2];
	__u32 namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	struct witness_end end = { 0 };
	struct witness_path fresh = { 0 };
	struct witness_path *path;

	if (namespace != namespaces[0] && namespace != namespaces[1])
		return 0;
	read_end(sk, &end);
	/* A socket without a remote address is a listener, or has yet to become the end of a connection. */
	if (!end.remote_port || !end.remote[0])
		return 0;
	path = bpf_map_lookup_elem(&ends, &end);
	if (!path) {
		bpf_map_update_elem(&ends, &end, &fresh, BPF_NOEXIST);
		path = bpf_map_lookup_elem(&ends, &end);
	}
	if (!path) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	path->passed |= 1U << old_state | 1U << new_state;
	path->before = old_state;
	path->last = new_state;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
