// SPDX-License-Identifier: GPL-2.0-only
#include "made_flow.h"

#include <arpa/inet.h>

#include "synscope/history.h"
#include "synscope/lifetime.h"

#define LIFE_NS (100 * NS_PER_MS) /* of a flow that closed */

/* What an end has sent until its FIN was acknowledged. */
static void end_of_life(struct history_flow *flow, int dir, __u64 begun_ns, __u64 ended_ns, __u32 isn)
{
	struct flow_dir *hot = &flow->hot.dir[dir];
	struct flow_cold_dir *cold = &flow->cold.dir[dir];

	*hot = (struct flow_dir){
		.facts = FACT_SYN | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN | FACT_HISTORY_ACK | FACT_HISTORY_DATA |
			 FACT_FIN | FACT_ACKED_FIN | 7U << FACTS_WSCALE_SHIFT,
		.next_seq = isn + 1502,
		.max_ack = ~isn + 1502,
		.packets = 6 * PACKETS_ONE,
		.bytes = 1812,
		.last_seen = (__u32)(ended_ns >> LAST_SEEN_SHIFT),
	};
	*cold = (struct flow_cold_dir){
		.syn_first_ns = begun_ns,
		.syn_last_ns = begun_ns,
		.isn = isn,
		.fin_seq = isn + 1501,
		.fin_ack = ~isn + 1501,
		.syn_first_tsval = isn ^ 0x55aa55aa,
		.last_tsval = isn,
		.syns = 1,
		.fins = 1,
		.mss = 1460,
	};
}

static void closes(struct history_flow *flow, __u64 now_ns, __u64 handshake_ns, __u32 isn)
{
	__u64 begun_ns = now_ns - LIFE_NS - handshake_ns, acked_ns = begun_ns + handshake_ns;

	end_of_life(flow, 0, begun_ns, now_ns, isn);
	end_of_life(flow, 1, begun_ns + handshake_ns / 2, now_ns, ~isn);
	flow->hot.dir[0].facts |= FACT_CLIENT;
	flow->cold.syn_to_synack_ns = handshake_ns / 2;
	flow->cold.acked_ns = acked_ns;
	flow->cold.flags |= FLOW_SYN_TO_SYNACK | FLOW_ACKED | FLOW_ACK_OF_FIRST_SYNACK | 0xfU << FLOW_OPTIONS_SHIFT(0) |
			    0xfU << FLOW_OPTIONS_SHIFT(1) | 3U << FLOW_OPENING_SHIFT | 3U << FLOW_CLOSING_SHIFT;
	flow->cold.tcp_flags = TCP_FLAGS(0x1b, 0) | TCP_FLAGS(0x1b, 1);
	for (int i = 0; i < 3; i++) {
		flow->cold.opening[i] = (struct flow_step){ .delta_low = (__u16)(i * 100), .flags = 0x12 };
		flow->cold.closing[i] = (struct flow_step){ .delta_high = 1, .flags = 0x11 };
	}
}

static void is_refused(struct history_flow *flow, __u64 now_ns, __u32 isn)
{
	flow->hot.dir[0] = (struct flow_dir){
		.facts = FACT_SYN | FACT_SEQ | FACT_CLIENT | 7U << FACTS_WSCALE_SHIFT,
		.next_seq = isn + 1,
		.packets = PACKETS_ONE,
		.bytes = 60,
		.last_seen = (__u32)(now_ns >> LAST_SEEN_SHIFT),
	};
	flow->hot.dir[1] = (struct flow_dir){
		.facts = FACT_RST | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN | FACTS_WSCALE_NONE << FACTS_WSCALE_SHIFT,
		.max_ack = isn + 1,
		.packets = PACKETS_ONE,
		.bytes = 40,
		.last_seen = (__u32)(now_ns >> LAST_SEEN_SHIFT),
	};
	flow->cold.dir[0] = (struct flow_cold_dir){ .syn_first_ns = now_ns - NS_PER_MS,
						    .syn_last_ns = now_ns - NS_PER_MS,
						    .isn = isn,
						    .syns = 1,
						    .mss = 1460 };
	flow->cold.dir[1].rsts = 1;
}

struct history_flow made_flow(__u32 number, const struct flow_clock *clock)
{
	static const __u16 ports[] = { 443, 80, 443, 8080, 5432, 443, 22, 443 };
	static const __u64 timeouts[TIMEOUT_COUNT] = DEFAULT_TIMEOUTS_NS;
	__u32 mixed = number * 2654435761U; /* another number for each, all over the range */
	struct history_flow flow = {
		.hot = { .tag = TAG_LIVE | (number << 3 & TAG_SIGNATURE_MASK) },
		.cold = { .last_exact_ns = clock->now_ns, .history = 1, .ifindex = 2, .incarnation = 1 },
		.origin = { .instance = "made", .ifname = "eth0", .wall_offset_ns = clock->wall_offset_ns },
		.now_ns = clock->now_ns,
		.reason = "ended",
		.tunnel_known = true,
	};

	for (int i = 0; i < TIMEOUT_COUNT; i++)
		flow.origin.timeout_ns[i] = timeouts[i];
	flow.hot.id[0] = flow.cold.addr[0][0] = htonl(0x0a000000 | mixed >> 8);
	flow.hot.id[1] = flow.cold.addr[1][0] = htonl(0xc0a80000 | (mixed >> 16) % 64);
	flow.hot.port[0] = htons((__u16)(1024 + mixed % 60000));
	flow.hot.port[1] = htons(ports[mixed % 8]);
	if (number % 50 == 49)
		is_refused(&flow, clock->now_ns, number);
	else
		closes(&flow, clock->now_ns, number % 1000 == 999 ? NS_PER_S + number : NS_PER_US * (1 + (mixed >> 20)),
		       number);
	flow.hot.dir[0].bytes = number;
	return flow;
}

void made_flow_put(struct destination *destination, __u32 number, const struct flow_clock *clock)
{
	const struct history_flow flow = made_flow(number, clock);
	const struct record_origin origin = {
		.hot = &flow.hot,
		.cold = &flow.cold,
		.round_trips = &flow.round_trips,
		.timeout_ns = flow.origin.timeout_ns,
		.now_ns = flow.now_ns,
	};
	const struct export_record record = {
		.reason = RECORD_ENDED,
		.wall_offset_ns = clock->wall_offset_ns,
		.instance = flow.origin.instance,
		.ifname = "eth0",
		.tunnel_known = true,
		.origin = &origin,
	};

	destination_put(destination, &record);
}
