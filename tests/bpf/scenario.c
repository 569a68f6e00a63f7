// SPDX-License-Identifier: GPL-2.0-only
#include "scenario.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "flow/ladder.h"
#include "format/explain.h"

#define HOST_LOW 1
#define HOST_HIGH 2
#define MESSAGE_SIZE 3000
#define COUNTED_FROM COUNTER_NON_IP
#define COUNTED_TO (COUNTER_OF_ANOMALY(ANOMALY_COUNT) - 1)

enum { SIDE_C, SIDE_S, SIDES };

/* A way to play a scenario. */
struct variant {
	bool ipv6, no_link, c_is_high;
	enum entry entry;
	__u32 isn[SIDES];
};

/* Counts of the current incarnation. */
struct tally {
	__u64 packets[SIDES], bytes[SIDES];
	__u32 syns[SIDES], fins[SIDES], rsts[SIDES];
	__u8 flags[SIDES];
	__u32 anomalies[ANOMALY_COUNT];
	bool any_anomaly; /* some segment may have counted as any anomaly */
};

struct play {
	struct harness *harness;
	const struct scenario *scenario;
	struct variant variant;
	int at; /* index of the step */
	__u64 time_ns[SCENARIO_STEPS]; /* of the steps so far */
	int incarnation;
	struct tally tally, last_syn; /* last_syn: the counts that a remembered SYN brings to the next incarnation */
	__u64 counters[COUNTER_COUNT];
	char message[MESSAGE_SIZE];
	size_t length;
};

static void __attribute__((format(printf, 2, 3))) say(struct play *play, const char *format, ...)
{
	va_list arguments;

	if (play->length >= MESSAGE_SIZE - 1)
		return;
	va_start(arguments, format);
	play->length += vsnprintf(play->message + play->length, MESSAGE_SIZE - play->length, format, arguments);
	va_end(arguments);
}

static void expect(struct play *play, const char *what, __s64 expected, __s64 got)
{
	if (expected != got)
		say(play, "\n    %s: expected %lld, got %lld", what, expected, got);
}

static void expect_or_any(struct play *play, const char *what, __s64 expected, __s64 got)
{
	if (expected != ANY)
		expect(play, what, expected, got);
}

static void expect_name(struct play *play, const char *what, const char *expected, const char *got)
{
	if (strcmp(expected, got))
		say(play, "\n    %s: expected %s, got %s", what, expected, got);
}

/* Ends the test if a difference was reported, and prints what is needed to play the case again. */
static void settle(struct play *play)
{
	const struct step *step = &play->scenario->step[play->at];
	const struct variant *variant = &play->variant;

	if (!play->length)
		return;
	ck_abort_msg(
		"%s, %s %s%s, C is the %s address, ISNs %u %u: segment %d, %c %+lld us %s seq %lld ack %lld len %u:%s",
		play->scenario->name, variant->ipv6 ? "IPv6" : "IPv4", variant->entry == ENTRY_TC ? "tc" : "XDP",
		variant->no_link ? " without link header" : "", variant->c_is_high ? "higher" : "lower",
		variant->isn[SIDE_C], variant->isn[SIDE_S], play->at + 1, step->from, step->us, step->flags, step->seq,
		step->ack, step->len, play->message);
}

static struct endpoint endpoint_of(const struct play *play, int side)
{
	const struct scenario *scenario = play->scenario;
	struct endpoint endpoint = { .host = (side == SIDE_C) == play->variant.c_is_high ? HOST_HIGH : HOST_LOW };

	if (side == SIDE_C)
		endpoint.port = scenario->port_c ? scenario->port_c : 40000;
	else
		endpoint.port = scenario->port_s ? scenario->port_s : 443;
	return endpoint;
}

static struct packet step_packet(const struct play *play, const struct step *step)
{
	int side = step->from == 'C' ? SIDE_C : SIDE_S;
	struct packet packet = {
		.from = endpoint_of(play, side),
		.to = endpoint_of(play, !side),
		.no_link = play->variant.no_link,
		.ipv6 = play->variant.ipv6,
		.seq = play->variant.isn[side] + step->seq,
		.ack = step->ack + (step->absolute_ack ? 0 : play->variant.isn[!side]),
		.flags = packet_flags(step->flags),
		.window = step->window == WINDOW_ZERO ? 0
			  : step->window	      ? step->window
						      : 65535,
		.options = step->options,
		.payload = step->len,
	};

	if (!(packet.flags & SEGMENT_ACK))
		packet.ack = 0;
	if (step->fragment && packet.ipv6)
		packet.extension[packet.extensions++] =
			(struct extension){ .type = IPPROTO_FRAGMENT, .fragment = MORE_FRAGMENTS_IPV6 };
	else if (step->fragment)
		packet.fragment = MORE_FRAGMENTS_IPV4;
	return packet;
}

/* Counts the segment for the incarnation that it belongs to. */
static void tally_segment(struct play *play, const struct step *step, const struct packet *packet)
{
	int side = step->from == 'C' ? SIDE_C : SIDE_S;
	struct tally one = { 0 }, *tally = &play->tally;

	if (step->renews) {
		*tally = step->remembered ? play->last_syn : one;
		play->incarnation++;
	}
	tally->packets[side] += one.packets[side] = 1;
	tally->bytes[side] += one.bytes[side] = packet_ip_bytes(packet);
	tally->syns[side] += one.syns[side] = !!(packet->flags & SEGMENT_SYN);
	tally->fins[side] += (packet->flags & (SEGMENT_FIN | SEGMENT_RST)) == SEGMENT_FIN;
	tally->rsts[side] += !!(packet->flags & SEGMENT_RST);
	tally->flags[side] |= one.flags[side] = packet->flags; /* without NS */
	if (packet->flags & SEGMENT_SYN)
		play->last_syn = one;
	if (step->counts > COUNTER_BAD_ACK && step->counts <= COUNTED_TO + 1)
		tally->anomalies[step->counts - 1 - COUNTER_BAD_ACK]++;
	if (step->counts > COUNTER_COUNT)
		tally->any_anomaly = true;
}

static void check_counters(struct play *play, const struct step *step)
{
	__u64 now[COUNTER_COUNT];

	harness_counters(play->harness, now);
	for (int i = COUNTED_FROM; i <= COUNTED_TO && step->counts <= COUNTER_COUNT; i++) {
		__u64 counted = now[i] - play->counters[i], expected = step->counts == i + 1;

		if (counted != expected)
			say(play, "\n    counter %d (enum synscope_counter): expected %+lld, got %+lld", i, expected,
			    counted);
	}
	memcpy(play->counters, now, sizeof(now));
}

/* Which side of the view is C? */
static int side_of_c(const struct play *play, const struct flow_view *view)
{
	struct endpoint c = endpoint_of(play, SIDE_C);
	const struct endpoint_view *client = &view->side[SIDE_CLIENT];
	__u32 host = ntohl(client->ip.word[play->variant.ipv6 ? 3 : 0]) & 0xffffff;

	return client->port == c.port && host == c.host ? SIDE_CLIENT : SIDE_SERVER;
}

static void check_endpoint(struct play *play, const struct endpoint_view *view, int side, int state)
{
	const struct tally *tally = &play->tally;
	char what[32];

	snprintf(what, sizeof(what), "state of %c", side == SIDE_C ? 'C' : 'S');
	expect_name(play, what, state_name(state), state_name(view->state));
	snprintf(what, sizeof(what), "packets of %c", side == SIDE_C ? 'C' : 'S');
	expect(play, what, tally->packets[side], view->packets);
	snprintf(what, sizeof(what), "bytes of %c", side == SIDE_C ? 'C' : 'S');
	expect(play, what, tally->bytes[side], view->bytes);
	snprintf(what, sizeof(what), "SYNs of %c", side == SIDE_C ? 'C' : 'S');
	expect(play, what, tally->syns[side], view->syns);
	snprintf(what, sizeof(what), "FINs of %c", side == SIDE_C ? 'C' : 'S');
	expect(play, what, tally->fins[side], view->fins);
	snprintf(what, sizeof(what), "RSTs of %c", side == SIDE_C ? 'C' : 'S');
	expect(play, what, tally->rsts[side], view->rsts);
	snprintf(what, sizeof(what), "flags of %c", side == SIDE_C ? 'C' : 'S');
	expect(play, what, tally->flags[side], view->flags);
}

/* The segment that was played as a step of the ladder, or NULL. */
static bool find_played(const struct play *play, const struct flow_view *view, const struct ladder_step *step,
			struct packet *packet)
{
	int c = side_of_c(play, view);

	for (int i = play->at; i >= 0; i--) {
		const struct step *played = &play->scenario->step[i];
		__u64 at = play->time_ns[i], since = at > view->first_seen_ns ? at - view->first_seen_ns : 0;

		if (played->from == 'W' || (played->from == 'C') != ((int)step->side == c) ||
		    (view->first_seen_ns && ((since ^ step->delta_ns) >> 10 & ~0U)))
			continue;
		*packet = step_packet(play, played);
		if ((packet->flags & 0xff) == step->flags && (!step->seq_known || packet->seq == step->seq) &&
		    (!step->ack_known || packet->ack == step->ack))
			return true;
	}
	return false;
}

/* The numbers in the ladder are those that the segments had. */
static void check_numbers(struct play *play, const struct flow_view *view, const struct ladder *ladder)
{
	struct packet packet;

	for (size_t i = 0; i < ladder->count; i++) {
		const struct ladder_step *step = &ladder->step[i];

		if ((step->seq_known || step->ack_known) && !find_played(play, view, step, &packet))
			say(play, "\n    ladder, step %zu: no segment had seq %u (%d), ack %u (%d)", i + 1, step->seq,
			    step->seq_known, step->ack, step->ack_known);
	}
}

/* Every step has a sentence, which names the states that have changed. */
static void check_explained(struct play *play, const struct ladder *ladder)
{
	struct buffer sentence;

	for (size_t i = 0; i < ladder->count; i++) {
		ck_assert_int_eq(buffer_init(&sentence, BUFFER_MEMORY), 0);
		explain_step(&sentence, ladder, i);
		buffer_char(&sentence, '\0');
		for (int side = 0; side < SIDE_COUNT; side++) {
			enum tcp_state state = ladder->step[i].state[side];

			if ((!i || ladder->step[i - 1].state[side] != state) &&
			    !strstr(sentence.data, state_name(state)))
				say(play, "\n    ladder, step %zu: %s is not explained by '%s'", i + 1,
				    state_name(state), sentence.data);
		}
		buffer_free(&sentence);
	}
}

/*
 * The states in the ladder, computed from the present facts, are those that the flow had. Not checked if steps were not
 * kept, or if a later step of the other end makes an earlier unseen ACK credible.
 */
static void check_ladder(struct play *play, const struct flow_view *view, const struct flow_record *record)
{
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder;

	ladder_of_record(&ladder, steps, record);
	check_numbers(play, view, &ladder);
	if (play->variant.entry == ENTRY_XDP && !play->variant.no_link)
		check_explained(play, &ladder);
	if (!ladder.count || ladder.count >= FLOW_OPENING_STEPS || view->anomalies[ANOMALY_ACK_UNSEEN])
		return;
	for (int side = 0; side < SIDE_COUNT; side++)
		expect_name(play, side == SIDE_CLIENT ? "ladder, client" : "ladder, server",
			    state_name(view->side[side].state), state_name(ladder.step[ladder.count - 1].state[side]));
}

static void check_flow(struct play *play, const struct step *step, const struct flow_record *record)
{
	struct flow_view view = harness_view(play->harness, record);
	int c = side_of_c(play, &view);

	check_endpoint(play, &view.side[c], SIDE_C, step->c);
	check_endpoint(play, &view.side[!c], SIDE_S, step->s);
	expect(play, "incarnation", play->incarnation, view.incarnation);
	for (int i = 0; i < ANOMALY_COUNT && !play->tally.any_anomaly; i++)
		if (view.anomalies[i] != play->tally.anomalies[i])
			say(play, "\n    anomaly %d of the flow: expected %u, got %u", i, play->tally.anomalies[i],
			    view.anomalies[i]);
	if (step->from != 'W')
		check_ladder(play, &view, record);
}

/* The table holds only the expected flow, or none. */
static bool check_table(struct play *play, bool wanted, struct flow_record *record)
{
	size_t flows = harness_flows(play->harness, record, 1);

	expect(play, "flows", wanted, flows);
	return wanted && flows == 1;
}

static void play_step(struct play *play, const struct step *step)
{
	struct flow_record record;

	harness_set_clock(play->harness, harness_clock(play->harness) + step->us * (__s64)USEC);
	harness_set_untimed(play->harness, step->untimed);
	play->time_ns[play->at] = harness_clock(play->harness);
	if (step->from != 'W') {
		struct packet packet = step_packet(play, step);

		harness_packet(play->harness, play->variant.entry, &packet);
		if (step->c != NO_FLOW)
			tally_segment(play, step, &packet);
	}
	check_counters(play, step);
	if (check_table(play, step->c != NO_FLOW, &record))
		check_flow(play, step, &record);
	settle(play);
}

static void expect_latency(struct play *play, const char *what, __s64 expected_us, __s64 got)
{
	if (expected_us != ANY)
		expect(play, what, expected_us ? expected_us * (__s64)USEC : LATENCY_UNKNOWN, got);
}

static void check_latencies(struct play *play, const struct expected *end, const struct flow_view *view)
{
	expect_latency(play, "syn_to_synack_ns", end->syn_to_synack, view->syn_to_synack_ns);
	expect_latency(play, "synack_to_ack_ns", end->synack_to_ack, view->synack_to_ack_ns);
	expect_latency(play, "handshake_ns", end->handshake, view->handshake_ns);
	expect_or_any(play, "rtt_ambiguous", end->ambiguous, view->rtt_ambiguous);
	expect_or_any(play, "syn_retransmits", end->syn_retransmits, view->side[SIDE_CLIENT].syn_retransmits);
	expect_or_any(play, "synack_retransmits", end->synack_retransmits, view->side[SIDE_SERVER].syn_retransmits);
	if (end->first_seen != ANY)
		expect(play, "first_seen_ns", CLOCK_START + end->first_seen * USEC, view->first_seen_ns);
	if (view->duration_ns > 1000000 * SEC_NS || view->last_seen_ns > harness_clock(play->harness) + 1000 * SEC_NS)
		say(play, "\n    duration %llu, last seen %llu", view->duration_ns, view->last_seen_ns);
}

/*
 * Whatever the order of the segments: each latency of the record was counted once, and nothing else was. The histograms
 * that no port has taken are left out, because reading them takes longer than all else of a scenario.
 */
static void check_histogram(struct play *play, enum flow_latency which, __s64 ns)
{
	const struct port_latencies *places = harness_latencies(play->harness);
	__u32 taken = harness_server_ports(play->harness)->taken, place = SERVER_PORT_OTHER;
	__u64 total = 0, there = 0, sum_ns = 0;

	do {
		for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++)
			total += places[place].count[which][i];
		sum_ns += places[place].sum_ns[which];
		if (ns != LATENCY_UNKNOWN)
			there += places[place].count[which][histogram_bucket(ns)];
		place = place == SERVER_PORT_OTHER ? 0 : place + 1;
	} while (place < taken);
	expect(play, "latencies counted", ns != LATENCY_UNKNOWN, total);
	expect(play, "latencies counted in the right bucket", ns != LATENCY_UNKNOWN, there);
	expect(play, "sum of the latencies counted", ns != LATENCY_UNKNOWN ? ns : 0, sum_ns);
}

static void check_histograms(struct play *play, const struct flow_view *view)
{
	if (view->incarnation > 1 || play->scenario->end.revised)
		return;
	check_histogram(play, LATENCY_SYN_TO_SYNACK, view->syn_to_synack_ns);
	check_histogram(play, LATENCY_SYNACK_TO_ACK, view->synack_to_ack_ns);
	check_histogram(play, LATENCY_HANDSHAKE, view->handshake_ns);
}

/* A time in microseconds, to the unit in which round trips are kept, and the rounding of two of them. */
static void expect_round_trip(struct play *play, const char *what, __s64 expected_us, __u64 got_ns)
{
	__s64 off = (__s64)got_ns - expected_us * (__s64)USEC;

	if (off < -4 * (1LL << ROUND_TRIP_SHIFT) || off > 1LL << ROUND_TRIP_SHIFT)
		expect(play, what, expected_us * (__s64)USEC, got_ns);
}

static void check_rtt(struct play *play, const char *what, const struct expected_rtt *expected,
		      const struct rtt_view *rtt)
{
	expect(play, what, expected->samples, rtt->samples);
	expect_round_trip(play, "minimum round trip", expected->min, rtt->min_ns);
	expect_round_trip(play, "last round trip", expected->last, rtt->last_ns);
	expect_round_trip(play, "smoothed round trip", expected->smoothed, rtt->smoothed_ns);
}

/* All round trips of the flow, and no others, were counted; those of earlier incarnations, too. */
static void check_trip_histograms(struct play *play, enum round_trip_end which, const struct expected_rtt *expected)
{
	const struct port_round_trips *places = harness_round_trips(play->harness);
	__u32 taken = harness_server_ports(play->harness)->taken;
	__u64 total = 0, last = 0;

	for (__u32 place = 0; place < taken; place++) {
		for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++)
			total += places[place].count[which][i];
		last += places[place].count[which][histogram_bucket(expected->last * USEC)];
	}
	expect(play, "round trips counted", expected->samples, total);
	if (expected->samples)
		expect(play, "the last round trip is in the right bucket", true, last > 0);
}

static void check_round_trips(struct play *play, const struct flow_view *view, int c)
{
	const struct expected *end = &play->scenario->end;

	check_rtt(play, "round trips to C", &end->rtt_c, &view->side[c].rtt);
	check_rtt(play, "round trips to S", &end->rtt_s, &view->side[!c].rtt);
	if (!play->scenario->rtt || view->incarnation > 1)
		return;
	check_trip_histograms(play, c == SIDE_CLIENT ? ROUND_TRIP_CLIENT : ROUND_TRIP_SERVER, &end->rtt_c);
	check_trip_histograms(play, c == SIDE_CLIENT ? ROUND_TRIP_SERVER : ROUND_TRIP_CLIENT, &end->rtt_s);
}

static void check_end_of(struct play *play, const struct endpoint_view *view, int side)
{
	const struct expected *end = &play->scenario->end;
	bool unknown = side == SIDE_C ? end->isn_unknown_c : end->isn_unknown_s;
	__u32 isn = play->variant.isn[side] + (side == SIDE_C ? end->isn_c : end->isn_s);

	expect_or_any(play, side == SIDE_C ? "retransmits of C" : "retransmits of S",
		      side == SIDE_C ? end->retransmits_c : end->retransmits_s, view->retransmits);
	expect_or_any(play, side == SIDE_C ? "payload of C" : "payload of S",
		      side == SIDE_C ? end->payload_c : end->payload_s, view->payload_bytes);
	expect(play, side == SIDE_C ? "ISN of C known" : "ISN of S known", !unknown, view->isn_known);
	if (!unknown && view->isn_known)
		expect(play, side == SIDE_C ? "ISN of C" : "ISN of S", isn, view->isn);
}

static void check_end(struct play *play)
{
	const struct expected *end = &play->scenario->end;
	struct flow_record record;
	struct flow_view view;
	int c;

	if (!harness_flows(play->harness, &record, 1))
		return;
	view = harness_view(play->harness, &record);
	c = side_of_c(play, &view);
	expect_name(play, "outcome", outcome_name(end->outcome), outcome_name(view.outcome));
	if (end->conn_state != ANY)
		expect_name(play, "conn_state", conn_state_name(end->conn_state), conn_state_name(view.conn_state));
	if (end->history)
		expect_name(play, "history", end->history, view.history);
	if (end->origin != ANY)
		expect_name(play, "origin", origin_name(end->origin), origin_name(view.origin));
	expect(play, "one_way", end->one_way, view.one_way);
	expect(play, "S is the client", end->swapped, c != SIDE_CLIENT);
	check_latencies(play, end, &view);
	check_histograms(play, &view);
	check_round_trips(play, &view, c);
	check_end_of(play, &view.side[c], SIDE_C);
	check_end_of(play, &view.side[!c], SIDE_S);
	settle(play);
}

static void play_variant(struct harness *harness, const struct scenario *scenario, const struct variant *variant)
{
	struct play play = { .harness = harness, .scenario = scenario, .variant = *variant, .incarnation = 1 };

	if (scenario->isns) {
		play.variant.isn[SIDE_C] = scenario->isn_c;
		play.variant.isn[SIDE_S] = scenario->isn_s;
	}
	harness_reset(harness);
	for (; play.at < SCENARIO_STEPS && scenario->step[play.at].from; play.at++)
		play_step(&play, &scenario->step[play.at]);
	play.at--;
	check_end(&play);
}

void play_scenario(struct harness *harness, const struct scenario *scenario, int variant)
{
	static const __u32 isns[][SIDES] = {
		{ 1000, 9000 }, { ~0U, ~0U }, { ~0U - 60, ~0U - 130 }, { 0x7fffffff, 0x7fffff80 }
	};
	struct variant how = { .ipv6 = variant & 1, .entry = variant & 2 ? ENTRY_TC : ENTRY_XDP };

	for (size_t i = 0; i < sizeof(isns) / sizeof(isns[0]); i++) {
		memcpy(how.isn, isns[i], sizeof(how.isn));
		how.no_link = how.c_is_high = false;
		play_variant(harness, scenario, &how);
		how.no_link = how.c_is_high = true;
		play_variant(harness, scenario, &how);
	}
}
