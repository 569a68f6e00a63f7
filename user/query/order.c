// SPDX-License-Identifier: GPL-2.0-only
#include "query/order.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/message.h"

#define KEY_LAST (~0ULL)
#define RATE_STEPS 16 /* of 1 per second: a reading may be hours after the one before */

#define NAMES_OF_ONE_READING                                                                                    \
	[SORT_LAST_SEEN] = "last_seen", [SORT_FIRST_SEEN] = "first_seen", [SORT_PACKETS] = "packets",           \
	[SORT_BYTES] = "bytes", [SORT_CLIENT_PACKETS] = "client_packets", [SORT_CLIENT_BYTES] = "client_bytes", \
	[SORT_SERVER_PACKETS] = "server_packets", [SORT_SERVER_BYTES] = "server_bytes",                         \
	[SORT_RETRANSMITS] = "retransmits", [SORT_CLIENT] = "client", [SORT_SERVER] = "server",                 \
	[SORT_STATE] = "state", [SORT_OUTCOME] = "outcome", [SORT_CONN_STATE] = "conn_state",                   \
	[SORT_SYN_TO_SYNACK] = "syn_to_synack", [SORT_SYNACK_TO_ACK] = "synack_to_ack",                         \
	[SORT_HANDSHAKE] = "handshake", [SORT_CLIENT_RTT] = "client_rtt", [SORT_SERVER_RTT] = "server_rtt"

const char *const sort_names[] = { NAMES_OF_ONE_READING, NULL };

const char *const sort_rated_names[] = {
	NAMES_OF_ONE_READING,
	[SORT_BYTE_RATE] = "byte_rate",
	[SORT_PACKET_RATE] = "packet_rate",
	NULL,
};

static __u64 slowest_first(__s64 latency_ns)
{
	return latency_ns == LATENCY_UNKNOWN ? KEY_LAST : KEY_LAST - 1 - latency_ns;
}

static void endpoint_key(__u64 *key, const struct endpoint_view *side)
{
	const struct ip_address *ip = &side->ip;

	if (ip->ipv6) {
		key[0] = (__u64)ntohl(ip->word[0]) << 32 | ntohl(ip->word[1]);
		key[1] = (__u64)ntohl(ip->word[2]) << 32 | ntohl(ip->word[3]);
	} else {
		key[0] = 0;
		key[1] = ntohl(ip->word[0]);
	}
	key[2] = (__u64)ip->ipv6 << 16 | side->port;
}

static __u64 fastest_first(const struct flow_rate *rate, double per_s)
{
	return rate && rate->known ? KEY_LAST - 1 - (__u64)(per_s * RATE_STEPS) : KEY_LAST;
}

/* What went wrong comes before what goes on, or ended well. */
static __u64 outcome_key(enum flow_outcome outcome)
{
	bool wrong = outcome >= OUTCOME_REFUSED && outcome <= OUTCOME_UNREACHABLE;
	bool reset = outcome == OUTCOME_RESET_BY_CLIENT || outcome == OUTCOME_RESET_BY_SERVER;

	return outcome + (wrong ? 0 : reset ? OUTCOME_COUNT : 2 * OUTCOME_COUNT);
}

/* By a number of one direction, or of both. False: by something else. */
static bool amount_key(__u64 *key, enum sort_key sort, const struct endpoint_view *client,
		       const struct endpoint_view *server)
{
	switch (sort) {
	case SORT_PACKETS:
		*key = ~(client->packets + server->packets);
		return true;
	case SORT_BYTES:
		*key = ~(client->bytes + server->bytes);
		return true;
	case SORT_CLIENT_PACKETS:
		*key = ~client->packets;
		return true;
	case SORT_CLIENT_BYTES:
		*key = ~client->bytes;
		return true;
	case SORT_SERVER_PACKETS:
		*key = ~server->packets;
		return true;
	case SORT_SERVER_BYTES:
		*key = ~server->bytes;
		return true;
	case SORT_RETRANSMITS:
		*key = ~((__u64)client->retransmits + server->retransmits);
		return true;
	default:
		return false;
	}
}

static void make_key(__u64 *key, enum sort_key sort, const struct flow_view *view, const struct flow_rate *rate)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	key[1] = ~view->last_seen_ns;
	key[2] = ~view->first_seen_ns;
	if (amount_key(key, sort, client, server))
		return;
	switch (sort) {
	case SORT_FIRST_SEEN:
		key[0] = ~view->first_seen_ns;
		return;
	case SORT_CLIENT:
		endpoint_key(key, client);
		return;
	case SORT_SERVER:
		endpoint_key(key, server);
		return;
	case SORT_STATE:
		key[0] = client->state * STATE_COUNT + server->state;
		return;
	case SORT_OUTCOME:
		key[0] = outcome_key(view->outcome);
		return;
	case SORT_CONN_STATE:
		key[0] = view->conn_state;
		return;
	case SORT_SYN_TO_SYNACK:
		key[0] = slowest_first(view->syn_to_synack_ns);
		return;
	case SORT_SYNACK_TO_ACK:
		key[0] = slowest_first(view->synack_to_ack_ns);
		return;
	case SORT_HANDSHAKE:
		key[0] = slowest_first(view->handshake_ns);
		return;
	case SORT_CLIENT_RTT:
		key[0] = slowest_first(rtt_smoothed(client));
		return;
	case SORT_SERVER_RTT:
		key[0] = slowest_first(rtt_smoothed(server));
		return;
	case SORT_BYTE_RATE:
		key[0] = fastest_first(rate, rate ? rate->bytes : 0);
		return;
	case SORT_PACKET_RATE:
		key[0] = fastest_first(rate, rate ? rate->packets : 0);
		return;
	default:
		key[0] = ~view->last_seen_ns;
	}
}

static void reverse_key(__u64 *key, enum sort_key sort)
{
	bool unknown = key[0] == KEY_LAST && sort >= SORT_SYN_TO_SYNACK && sort <= SORT_PACKET_RATE;

	for (int i = unknown; i < ORDER_KEY_WORDS; i++)
		key[i] = ~key[i];
}

static int compare_flows(const void *a, const void *b)
{
	const struct ordered_flow *x = a, *y = b;

	for (int i = 0; i < ORDER_KEY_WORDS; i++)
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return (x->slot > y->slot) - (x->slot < y->slot);
}

/* ---- a heap, with the flow on top that is last in order, and dropped first */

static void swap_flows(struct ordered_flow *a, struct ordered_flow *b)
{
	struct ordered_flow kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_up(struct ordered_flow *heap, size_t at)
{
	for (; at && compare_flows(&heap[at], &heap[(at - 1) / 2]) > 0; at = (at - 1) / 2)
		swap_flows(&heap[at], &heap[(at - 1) / 2]);
}

static void sift_down(struct ordered_flow *heap, size_t count)
{
	for (size_t at = 0, child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && compare_flows(&heap[child], &heap[child + 1]) < 0)
			child++;
		if (compare_flows(&heap[at], &heap[child]) >= 0)
			return;
		swap_flows(&heap[at], &heap[child]);
	}
}

/* ---- */

/* Make room for one more flow. */
static int grow(struct flow_order *order)
{
	struct ordered_flow *flow =
		array_grow(order->flow, order->count, &order->room, sizeof(*flow), "the flows, to sort them");

	if (!flow)
		return -ENOMEM;
	order->flow = flow;
	return 0;
}

int flow_order_add_rated(struct flow_order *order, const struct flow_view *view, const struct flow_record *record,
			 __u32 source, const struct flow_rate *rate)
{
	struct ordered_flow flow = { .source = source, .slot = record->slot, .tag = record->hot.tag };
	int err;

	make_key(flow.key, order->sort, view, rate);
	if (order->reverse)
		reverse_key(flow.key, order->sort);
	if (order->most && order->count == order->most) {
		if (compare_flows(&flow, &order->flow[0]) >= 0)
			return 0;
		order->flow[0] = flow;
		sift_down(order->flow, order->count);
		return 0;
	}
	err = grow(order);
	if (err)
		return err;
	order->flow[order->count++] = flow;
	if (order->most)
		sift_up(order->flow, order->count - 1);
	return 0;
}

int flow_order_add(struct flow_order *order, const struct flow_view *view, const struct flow_record *record,
		   __u32 source)
{
	return flow_order_add_rated(order, view, record, source, NULL);
}

void flow_order_sort(struct flow_order *order)
{
	if (order->count && order->sort != SORT_NONE)
		qsort(order->flow, order->count, sizeof(*order->flow), compare_flows);
}

bool flow_order_read(const struct ordered_flow *flow, const struct flow_source *source, struct flow_record *record,
		     struct flow_view *view)
{
	if (!flow_reader_read_slot(&source->reader, flow->slot, record) || record->hot.tag != flow->tag)
		return false;
	flow_view_decode(view, record, source->instance->meta.config.timeout_ns, source->clock.now_ns);
	return !view->expired;
}

size_t flow_order_keep(struct flow_order *order, const struct flow_sources *sources, const struct filter *filter,
		       size_t most)
{
	size_t matched = 0;

	for (size_t i = 0; i < order->count; i++) {
		const struct ordered_flow flow = order->flow[i];
		const struct flow_source *source = &sources->source[flow.source];
		struct flow_record record;
		struct flow_view view;

		if (!flow_order_read(&flow, source, &record, &view) || !flow_source_matches(source, filter, &view))
			continue;
		if (!most || matched < most)
			order->flow[matched] = flow;
		matched++;
	}
	order->count = most && matched > most ? most : matched;
	return matched;
}

void flow_order_free(struct flow_order *order)
{
	free(order->flow);
	order->flow = NULL;
	order->count = order->room = 0;
}
