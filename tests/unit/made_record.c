// SPDX-License-Identifier: GPL-2.0-only
#include "made_record.h"

#include <arpa/inet.h>

#define PORTS 50000

struct export_record made_record(__u32 number, const struct flow_clock *clock)
{
	struct export_record record = {
		.reason = RECORD_ENDED,
		.instance = "made",
		.wall_offset_ns = clock->wall_offset_ns,
		.tunnel_known = true,
		.view = { .outcome = OUTCOME_CLOSED,
			  .conn_state = CONN_SF,
			  .history = "ShADadFf",
			  .syn_to_synack_ns = 40 * NS_PER_MS,
			  .synack_to_ack_ns = 25 * NS_PER_MS,
			  .handshake_ns = 65 * NS_PER_MS,
			  .first_seen_ns = clock->now_ns - 100 * NS_PER_MS,
			  .last_seen_ns = clock->now_ns - 10 * NS_PER_MS,
			  .duration_ns = 90 * NS_PER_MS,
			  .incarnation = 1 },
	};

	for (int i = 0; i < SIDE_COUNT; i++) {
		struct endpoint_view *side = &record.view.side[i];

		side->ip.word[0] = htonl(0x0a000000 + (i ? 1 : 256 + number / PORTS));
		side->port = i ? 443 : 1024 + number % PORTS;
		side->syns = 1;
		side->isn_known = true;
		side->isn = number;
		side->flags = 0x13;
		side->wscale = 7;
		side->packets = 5;
		side->bytes = number;
		record.delta[i] = (struct record_delta){ 5, number };
	}
	return record;
}
