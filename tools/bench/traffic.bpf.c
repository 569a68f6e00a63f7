// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generator: BPF_PROG_TEST_RUN repeats one frame, so a program of ours runs first, makes it a packet of another
 * flow, and goes on with the program under test by a tail call. That program runs unchanged and does not know.
 *
 * The frame is written in whole words, as wide as any parser may read them: a read that spans two young writes would
 * cost more than it does in a frame that came from a wire.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "synscope/segment.h"
#include "traffic.h"

#define SERVER 0xc0000280 /* 192.0.2.128: in the order of key.h, half of the clients are below it */
#define SERVER_PORT 443
#define CLIENT_PORT 40000
#define CLIENTS 0x0a000000
#define TCP_MIN 20
#define SPREAD 0x9e3779b1U /* odd, so that each pass has every flow once; neighbours in time are far apart */

const volatile struct traffic_config traffic;
struct traffic_state state;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} under_test SEC(".maps");

/* The packet that the frame is to become. */
struct packet {
	__u32 flow;
	__u32 seq, ack;
	__u32 payload;
	__u8 flags;
	_Bool from_server;
};

/* Writes the TCP header up to the window, as two words. */
static __always_inline void write_tcp(void *tcp, const struct packet *packet)
{
	__u16 client = bpf_htons(CLIENT_PORT), server = bpf_htons(SERVER_PORT);
	__u32 ports = packet->from_server ? server | (__u32)client << 16 : client | (__u32)server << 16;
	__u32 header = TCP_MIN + (packet->flags & SEGMENT_SYN ? TRAFFIC_SYN_OPTIONS : TRAFFIC_OPTIONS);
	__u32 rest = bpf_htonl(header / 4 << 28 | (__u32)packet->flags << 16 | 0xffff);

	*(__u64 *)tcp = ports | (__u64)bpf_htonl(packet->seq) << 32;
	*(__u64 *)(tcp + 8) = bpf_htonl(packet->ack) | (__u64)rest << 32;
}

static __always_inline __u32 tcp_length(const struct packet *packet)
{
	return TCP_MIN + (packet->flags & SEGMENT_SYN ? TRAFFIC_SYN_OPTIONS : TRAFFIC_OPTIONS) + packet->payload;
}

static __always_inline _Bool write_ipv4(void *at, const void *end, const struct packet *packet)
{
	__u32 client = bpf_htonl(CLIENTS + packet->flow), server = bpf_htonl(SERVER);

	if (at + sizeof(struct iphdr) + TCP_MIN > end)
		return 0;
	*(__u32 *)at = bpf_htonl(0x45000000 | (sizeof(struct iphdr) + tcp_length(packet)));
	*(__u64 *)(at + 12) = packet->from_server ? server | (__u64)client << 32 : client | (__u64)server << 32;
	write_tcp(at + sizeof(struct iphdr), packet);
	return 1;
}

static __always_inline _Bool write_ipv6(void *at, const void *end, const struct packet *packet)
{
	__u64 client = (__u64)bpf_htonl(CLIENTS + packet->flow) << 32, server = (__u64)bpf_htonl(SERVER) << 32;

	if (at + sizeof(struct ipv6hdr) + TCP_MIN > end)
		return 0;
	*(__u64 *)at = (__u64)bpf_htonl(tcp_length(packet) << 16 | IPPROTO_TCP << 8 | 64) << 32 | bpf_htonl(6 << 28);
	*(__u64 *)(at + 16) = packet->from_server ? server : client;
	*(__u64 *)(at + 32) = packet->from_server ? client : server;
	write_tcp(at + sizeof(struct ipv6hdr), packet);
	return 1;
}

/* Returns 0 if the packet does not fit into the frame. */
static __always_inline _Bool write_packet(struct xdp_md *ctx, const struct packet *packet)
{
	void *at = (void *)(long)ctx->data + ETH_HLEN;
	const void *end = (void *)(long)ctx->data_end;

	return traffic.ipv6 ? write_ipv6(at, end, packet) : write_ipv4(at, end, packet);
}

static __always_inline int go_on(struct xdp_md *ctx)
{
	bpf_tail_call_static(ctx, &under_test, 0);
	return XDP_ABORTED; /* the tail call has failed */
}

/* Makes one step of a flow's opening. */
static __always_inline void make_opening(struct packet *packet, __u32 step)
{
	packet->from_server = step == 1 || step == 4;
	packet->flags = (step < 2 ? SEGMENT_SYN : 0) | (step ? SEGMENT_ACK : 0);
	packet->payload = step == 3 ? TRAFFIC_PAYLOAD : 0;
	if (packet->from_server) {
		packet->seq = TRAFFIC_SERVER_ISN + (step > 1);
		packet->ack = TRAFFIC_CLIENT_ISN + 1 + (step > 1 ? TRAFFIC_PAYLOAD : 0);
	} else {
		packet->seq = TRAFFIC_CLIENT_ISN + (step > 0);
		packet->ack = step ? TRAFFIC_SERVER_ISN + 1 : 0;
	}
}

/*
 * Makes a packet of an open flow. The flows take turns, and each flow alternates: the client sends data, then the
 * server acknowledges it. One half of the flows begins with the former, the other half with the latter.
 */
static __always_inline void make_established(struct packet *packet, __u32 pass)
{
	__u32 lead = traffic.sender == SENDER_MIXED ? (packet->flow * 0x85ebca6bU) >> 31 : 0;
	__u32 turn = traffic.sender == SENDER_MIXED ? pass + lead : 2 * pass;

	packet->from_server = traffic.sender == SENDER_SERVER || (turn & 1);
	packet->flags = SEGMENT_ACK;
	if (packet->from_server) {
		__u32 acked = traffic.sender == SENDER_SERVER ? 0 : (turn - 1) / 2;

		packet->seq = TRAFFIC_SERVER_ISN + 1;
		packet->ack = TRAFFIC_CLIENT_ISN + 1 + (acked + 1) * TRAFFIC_PAYLOAD;
	} else {
		packet->payload = TRAFFIC_PAYLOAD;
		packet->seq = TRAFFIC_CLIENT_ISN + 1 + (turn / 2 + 1 - lead) * TRAFFIC_PAYLOAD;
		packet->ack = TRAFFIC_SERVER_ISN + 1;
	}
}

/* Makes a step of a connection from the SYN to the last ACK; the client closes. */
static __always_inline void make_life(struct packet *packet, __u32 step)
{
	__u32 client = TRAFFIC_CLIENT_ISN, server = TRAFFIC_SERVER_ISN;

	packet->from_server = step == 1 || step == 4 || step == 5;
	packet->flags =
		(step < 2 ? SEGMENT_SYN : 0) | (step ? SEGMENT_ACK : 0) | (step == 3 || step == 5 ? SEGMENT_FIN : 0);
	client += (step > 1) + (step > 3); /* the next number of either end at this step */
	server += (step > 1) + (step > 5);
	packet->seq = packet->from_server ? server : client;
	packet->ack = !packet->from_server ? (step ? server : 0) : step == 1 ? client + 1 : client;
}

static __always_inline void walk_packet(struct packet *packet)
{
	__u64 number = state.next++;

	packet->flow = traffic.first_flow + (((__u32)number * SPREAD) & ((1U << traffic.flows_log2) - 1));
	make_established(packet, number >> traffic.flows_log2);
}

/* Opens every flow of the lane in turn, from its SYN to an acknowledged data segment. */
SEC("xdp.frags") int open_flows(struct xdp_md *ctx)
{
	__u64 number = state.next++;
	struct packet packet = { .flow = traffic.first_flow + (__u32)number / TRAFFIC_OPENING_STEPS };

	make_opening(&packet, (__u32)number % TRAFFIC_OPENING_STEPS);
	return write_packet(ctx, &packet) ? go_on(ctx) : XDP_ABORTED;
}

/* Packets of open flows. */
SEC("xdp.frags") int walk(struct xdp_md *ctx)
{
	struct packet packet = {};

	walk_packet(&packet);
	return write_packet(ctx, &packet) ? go_on(ctx) : XDP_ABORTED;
}

/*
 * A function of its own, because a tail call returns from the function that makes it. The compiler must not assume that
 * it never returns.
 */
static __noinline int go_on_and_return(struct xdp_md *ctx)
{
	int result = go_on(ctx);

	barrier_var(result);
	return result;
}

/* The same, TRAFFIC_BATCH packets in a row: the processor can begin a packet before the previous one is done. */
SEC("xdp.frags") int walk_batch(struct xdp_md *ctx)
{
	for (int i = 0; i < TRAFFIC_BATCH; i++) {
		struct packet packet = {};

		walk_packet(&packet);
		if (!write_packet(ctx, &packet) || go_on_and_return(ctx) != XDP_PASS)
			return XDP_ABORTED;
	}
	return XDP_PASS;
}

/* The same, for BPF_F_TEST_XDP_LIVE_FRAMES: the packets leave by an interface. */
SEC("xdp.frags") int walk_out(struct xdp_md *ctx)
{
	struct packet packet = {};

	walk_packet(&packet);
	return write_packet(ctx, &packet) ? bpf_redirect(traffic.redirect_ifindex, 0) : XDP_ABORTED;
}

/* SYNs, each of another flow. */
SEC("xdp.frags") int syn_flood(struct xdp_md *ctx)
{
	struct packet packet = { .flow = traffic.first_flow + (__u32)state.next++ };

	make_opening(&packet, 0);
	return write_packet(ctx, &packet) ? go_on(ctx) : XDP_ABORTED;
}

/* Whole connections, several at a time. */
SEC("xdp.frags") int live(struct xdp_md *ctx)
{
	__u64 turn = state.next++;
	__u32 at_once = traffic.lives_at_once;
	__u32 block = turn / ((__u64)at_once * TRAFFIC_LIFE_STEPS), step = turn / at_once % TRAFFIC_LIFE_STEPS;
	struct packet packet = { .flow = traffic.first_flow + block * at_once + turn % at_once };

	make_life(&packet, step);
	return write_packet(ctx, &packet) ? go_on(ctx) : XDP_ABORTED;
}

/* On tc ingress: forwards the packets of one interface to another. */
SEC("tc") int forward(struct __sk_buff *ctx __attribute__((unused)))
{
	return bpf_redirect(traffic.redirect_ifindex, 0);
}

char _license[] SEC("license") = "GPL";
