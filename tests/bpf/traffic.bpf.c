// SPDX-License-Identifier: GPL-2.0-only
/* Rewrites one frame into segment after segment, and calls the program under test for each: see traffic.h. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "traffic.h"

#define NOT_RUN (-100)
#define IPV4_NET 0x0a000000U
#define FLAGS_BYTE 13
#define MEET_POLLS 300 /* less than a microsecond: the other CPU may not be running at all */

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

struct lane lanes[LANES];

struct wire {
	__u32 from, to; /* the last words of the addresses */
	__u32 seq, ack;
	__u16 from_port, to_port;
	__u8 flags;
};

static __always_inline int put_tcp(struct tcphdr *tcp, const void *end, const struct wire *wire)
{
	if ((void *)(tcp + 1) > end)
		return 0;
	tcp->source = bpf_htons(wire->from_port);
	tcp->dest = bpf_htons(wire->to_port);
	tcp->seq = bpf_htonl(wire->seq);
	tcp->ack_seq = bpf_htonl(wire->ack);
	((__u8 *)tcp)[FLAGS_BYTE] = wire->flags;
	return 1;
}

static __always_inline __be32 ipv4_address(__u32 word)
{
	return bpf_htonl(word & TRAFFIC_SPOOFED ? word : IPV4_NET + word);
}

static __always_inline int put(struct __sk_buff *ctx, const struct wire *wire)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ipv4 = (void *)(ethernet + 1);
	struct ipv6hdr *ipv6 = (void *)(ethernet + 1);

	if ((void *)(ipv4 + 1) > end)
		return 0;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP)) {
		ipv4->saddr = ipv4_address(wire->from);
		ipv4->daddr = ipv4_address(wire->to);
		return put_tcp((void *)(ipv4 + 1), end, wire);
	}
	if ((void *)(ipv6 + 1) > end)
		return 0;
	ipv6->saddr.in6_u.u6_addr32[3] = bpf_htonl(wire->from);
	ipv6->daddr.in6_u.u6_addr32[3] = bpf_htonl(wire->to);
	return put_tcp((void *)(ipv6 + 1), end, wire);
}

/* A bijection, so that no source occurs twice. */
static __always_inline __u32 scatter(__u32 n)
{
	const __u32 mask = TRAFFIC_SPOOFED - 1;

	n = (n * 0x9e3779b1U) & mask;
	n ^= n >> 15;
	return (n * 0x85ebca6bU) & mask;
}

static __always_inline void spoof(struct wire *wire, const struct lane *lane)
{
	__u32 n = lane->sent;

	wire->from = TRAFFIC_SPOOFED;
	wire->from_port = bpf_get_prandom_u32();
	wire->to_port = TRAFFIC_SERVER_PORT;
	if (lane->order == LANE_FLOOD_RANDOM) {
		wire->from |= scatter(n);
	} else if (lane->order == LANE_FLOOD_SEQUENTIAL) {
		wire->from += n;
	} else {
		wire->from_port = n;
		wire->to_port = n >> 16;
	}
	wire->to = TRAFFIC_SERVER_HOST;
	wire->seq = bpf_get_prandom_u32();
	wire->ack = bpf_get_prandom_u32();
	wire->flags = lane->step[0].flags;
}

/* The next step of a life: sets its flow, and returns which step it is. */
static __always_inline __u32 next_step(struct lane *lane)
{
	__u32 steps = lane->steps ? lane->steps : 1, flows = lane->flows ? lane->flows : 1;
	__u64 sent = lane->sent;

	if (lane->order == LANE_LIVES)
		lane->flow = lane->first + (sent / steps) % flows;
	else if (lane->order == LANE_SEGMENTS_AT_RANDOM || sent % steps == 0)
		lane->flow = lane->first + bpf_get_prandom_u32() % flows;
	return lane->order == LANE_SEGMENTS_AT_RANDOM ? bpf_get_prandom_u32() % steps : sent % steps;
}

static __always_inline void live(struct wire *wire, struct lane *lane)
{
	const struct lane_step *step = &lane->step[next_step(lane) % LANE_STEPS];
	__u32 client = TRAFFIC_CLIENT_HOST(lane->flow), port = TRAFFIC_CLIENT_PORT(lane->flow);

	wire->from = step->server ? TRAFFIC_SERVER_HOST : client;
	wire->to = step->server ? client : TRAFFIC_SERVER_HOST;
	wire->from_port = step->server ? TRAFFIC_SERVER_PORT : port;
	wire->to_port = step->server ? port : TRAFFIC_SERVER_PORT;
	wire->seq = traffic_isn(lane->flow, step->server) + step->seq;
	wire->ack = traffic_isn(lane->flow, !step->server) + step->ack;
	wire->flags = step->flags;
}

/* Waits until the other lane has sent as many as this one, but not for long. */
static __always_inline void meet(const struct lane *mine, const struct lane *other)
{
	for (int i = 0; i < MEET_POLLS; i++)
		if (*(const volatile __u64 *)&other->sent >= mine->sent)
			break;
}

static __always_inline int traffic(struct __sk_buff *ctx, struct lane *mine, const struct lane *other)
{
	struct wire wire = {};

	if (mine->order >= LANE_FLOOD_RANDOM)
		spoof(&wire, mine);
	else
		live(&wire, mine);
	*(volatile __u64 *)&mine->sent += 1;
	if (mine->meets)
		meet(mine, other);
	if (put(ctx, &wire))
		bpf_tail_call(ctx, &next, 0);
	mine->failed++;
	return NOT_RUN;
}

SEC("tc") int lane_0(struct __sk_buff *ctx)
{
	return traffic(ctx, &lanes[0], &lanes[1]);
}

SEC("tc") int lane_1(struct __sk_buff *ctx)
{
	return traffic(ctx, &lanes[1], &lanes[0]);
}

char _license[] SEC("license") = "GPL";
