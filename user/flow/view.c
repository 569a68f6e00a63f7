// SPDX-License-Identifier: GPL-2.0-only
#include "flow/view.h"

#include <string.h>

#include <arpa/inet.h>

#include "synscope/latency.h"

static __u64 later(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

/* a - b, or 0 if b is later, because a record has times of two clocks. */
static __u64 since(__u64 a, __u64 b)
{
	return a > b ? a - b : 0;
}

/* a + b, or the largest number if that is too large. */
static __u64 saturating_sum(__u64 a, __u64 b)
{
	return a + b < a ? ~0ULL : a + b;
}

int flow_client_dir(const struct flow_record *record)
{
	if (record->hot.dir[0].facts & FACT_CLIENT)
		return 0;
	if (record->hot.dir[1].facts & FACT_CLIENT)
		return 1;
	return !!(record->cold.flags & FLOW_FIRST_DIR);
}

#define COARSE_RANGE (1ULL << 32) /* of coarse time, in units of 2^LAST_SEEN_SHIFT ns: 834 days */
#define COARSE_BEFORE (COARSE_RANGE / 8)

/*
 * The full time of which only the low 32 bits were kept. Most often it is after that of the last segment which was
 * timed exactly, but before it where the clock of a capture ran backwards. The present time tells little, because it
 * may be years later; only that the time is not far in the future.
 */
static __u64 coarse_time(__u32 word, __u64 exact_ns, __u64 now_ns)
{
	__u64 exact = exact_ns >> LAST_SEEN_SHIFT, from = exact > COARSE_BEFORE ? exact - COARSE_BEFORE : 0;
	__u64 time = from + (__u32)(word - from);

	if (time >= COARSE_RANGE && time > (now_ns >> LAST_SEEN_SHIFT) + COARSE_RANGE / 2)
		time -= COARSE_RANGE;
	return time << LAST_SEEN_SHIFT;
}

static __u64 last_seen(const struct flow_record *record, __u64 now_ns)
{
	const __u64 last_exact = record->cold.last_exact_ns;
	__u64 last = last_exact;

	for (int i = 0; i < FLOW_DIRS; i++)
		if (dir_packets(&record->hot.dir[i], &record->cold.dir[i]))
			last = later(last, coarse_time(record->hot.dir[i].last_seen, last_exact, now_ns));
	return last;
}

/* Numbers beyond next_seq that the peer's ACK tells of: of a datagram in fragments, whose end was not seen. */
static __u32 told_by_ack(const struct flow_record *record, int dir, __u32 next_seq)
{
	const struct flow_dir *peer = &record->hot.dir[!dir];
	__u32 ack = max_ack_of(peer->facts, peer, &record->cold.dir[!dir]);

	if (!(record->cold.open_flags[dir] & OPEN_END) || !(peer->facts & FACT_ACK) || !seq_after(ack, next_seq) ||
	    ack - record->cold.open_seq[dir] > DATAGRAM_MAX)
		return 0;
	return ack - next_seq;
}

/* Sequence space covered by payload: from the byte after the SYN to the last one before the FIN. */
static __u64 payload_bytes(const struct flow_record *record, int dir, enum flow_origin origin)
{
	const struct flow_dir *hot = &record->hot.dir[dir];
	const struct flow_cold_dir *cold = &record->cold.dir[dir];
	__u32 next_seq = next_seq_of(hot->facts, hot, cold);
	__s64 covered = (__s64)(((__u64)cold->seq_wraps << 32) + next_seq) - cold->isn;

	if (!(hot->facts & FACT_SEQ))
		return 0;
	covered += told_by_ack(record, dir, next_seq);
	if ((hot->facts & FACT_SYN) ||
	    ((hot->facts & FACT_INFERRED) && (hot->facts & FACT_CLIENT) && origin == ORIGIN_SYNACK))
		covered--;
	if (hot->facts & FACT_FIN)
		covered--;
	return covered > 0 ? covered : 0;
}

struct flow_record event_record(const struct flow_event *event)
{
	return (struct flow_record){
		.hot = event->hot, .cold = event->cold, .round_trips = event->round_trips, .slot = event->slot
	};
}

/* Those to the endpoint that acknowledges what this direction sends. */
static struct rtt_view decode_rtt(const struct round_trip *trip)
{
	if (!trip->samples)
		return (struct rtt_view){ 0 };
	return (struct rtt_view){
		.samples = trip->samples,
		.min_ns = (__u64)trip->min << ROUND_TRIP_SHIFT,
		.last_ns = (__u64)trip->last << ROUND_TRIP_SHIFT,
		.smoothed_ns = (__u64)trip->smoothed << ROUND_TRIP_SHIFT,
	};
}

static void decode_side(struct endpoint_view *side, const struct flow_record *record, int dir, enum flow_origin origin)
{
	const struct flow_dir *hot = &record->hot.dir[dir];
	const struct flow_cold_dir *cold = &record->cold.dir[dir];

	side->ip.ipv6 = record->cold.flags & FLOW_IPV6;
	for (int i = 0; i < 4; i++)
		side->ip.word[i] = record->cold.addr[dir][i];
	side->port = ntohs(record->hot.port[dir]);
	side->syns = cold->syns;
	side->fins = cold->fins;
	side->rsts = cold->rsts;
	side->syn_retransmits = cold->syn_retransmits;
	side->mss = cold->mss;
	side->wscale = facts_wscale(hot->facts);
	side->isn_known = hot->facts & FACT_SYN;
	side->options = side->isn_known ? (record->cold.flags >> FLOW_OPTIONS_SHIFT(dir)) & FLOW_OPTIONS_MASK : 0;
	if (!(side->options & OPTION_KNOWN) && side->wscale == WSCALE_MAX)
		side->wscale = FACTS_WSCALE_NONE; /* a capture cut it off; windows are judged as if it were that */
	side->isn = cold->isn;
	side->packets = dir_packets(hot, cold);
	side->flags = dir_flags(hot, &record->cold, dir);
	side->bytes = (__u64)cold->bytes_high << 32 | hot->bytes;
	side->payload_bytes = payload_bytes(record, dir, origin);
	side->retransmits = cold->retransmits;
	side->rtt = decode_rtt(&record->round_trips.dir[!dir]);
}

static __s64 latency(const struct flow_cold *cold, int client, enum flow_latency which)
{
	__u64 ns;

	return flow_latency(cold, cold->flags, client, which, &ns) ? (__s64)ns : LATENCY_UNKNOWN;
}

struct lifetime {
	__u32 passed; /* TIMED_OUT, TIME_WAIT_OVER */
	bool lingered; /* the linger of a closed flow has passed */
};

/* Which timeouts (`passed` in outcome.h) a flow of this class has behind it when it ends. */
static __u32 ended(enum flow_timeout class)
{
	return class == TIMEOUT_TIME_WAIT ? TIME_WAIT_OVER : TIMED_OUT;
}

/*
 * Which timeouts (`passed` in outcome.h) a flow of this class has behind it now. TIME_WAIT and the linger begin at the
 * last segment that was timed exactly.
 */
static struct lifetime flow_lifetime(enum flow_timeout class, const __u64 *timeout_ns, __u64 idle_ns,
				     __u64 exact_idle_ns)
{
	struct lifetime life = { 0 };
	__u64 timeout = timeout_ns[class];
	__u64 linger = timeout_ns[TIMEOUT_CLOSED];

	if (class == TIMEOUT_CLOSED) {
		life.lingered = exact_idle_ns > linger;
		return life;
	}
	if (class == TIMEOUT_TIME_WAIT)
		idle_ns = exact_idle_ns;
	if (idle_ns > timeout)
		life.passed = ended(class);
	life.lingered = idle_ns > saturating_sum(timeout, linger);
	return life;
}

/* The facts of both endpoints, without a FIN that does not count (rule 21). */
static void read_facts(struct tcp_facts facts[SIDE_COUNT], const struct flow_record *record)
{
	int client = flow_client_dir(record);
	bool counts[SIDE_COUNT];

	facts[SIDE_CLIENT] = tcp_facts(&record->hot.dir[client], &record->cold.dir[client]);
	facts[SIDE_SERVER] = tcp_facts(&record->hot.dir[!client], &record->cold.dir[!client]);
	counts[SIDE_CLIENT] = fin_counts(&facts[SIDE_CLIENT], &facts[SIDE_SERVER]);
	counts[SIDE_SERVER] = fin_counts(&facts[SIDE_SERVER], &facts[SIDE_CLIENT]);
	for (int side = 0; side < SIDE_COUNT; side++)
		if (!counts[side])
			facts[side].bits &= ~FACT_FIN;
}

/* Of which end was the first RST that stands? Those of both may (rule 19a). */
static int reset_side(const struct tcp_facts facts[SIDE_COUNT], const __u32 mark[SIDE_COUNT])
{
	if (!(facts[SIDE_CLIENT].bits & FACT_RST))
		return SIDE_SERVER;
	if (!(facts[SIDE_SERVER].bits & FACT_RST))
		return SIDE_CLIENT;
	return mark[SIDE_SERVER] >> MARK_PEER_FACTS_SHIFT & FACT_RST ? SIDE_CLIENT : SIDE_SERVER;
}

/* What both ends had sent when the flow was reset, or by now if it was not: what passed later changes no outcome. */
static void facts_at_end(struct tcp_facts then[SIDE_COUNT], const struct tcp_facts facts[SIDE_COUNT],
			 const struct flow_record *record)
{
	int client = flow_client_dir(record), side;
	const __u32 mark[] = {
		[SIDE_CLIENT] = record->cold.mark[client],
		[SIDE_SERVER] = record->cold.mark[!client],
	};

	then[SIDE_CLIENT] = facts[SIDE_CLIENT];
	then[SIDE_SERVER] = facts[SIDE_SERVER];
	if (!((facts[SIDE_CLIENT].bits | facts[SIDE_SERVER].bits) & FACT_RST))
		return;
	side = reset_side(facts, mark);
	if (!(mark[side] & MARK_RST))
		return;
	then[side].bits = (mark[side] & MARK_FACTS) | FACT_RST;
	then[!side].bits = mark[side] >> MARK_PEER_FACTS_SHIFT & MARK_FACTS & ~FACT_RST;
	for (int i = 0; i < SIDE_COUNT; i++)
		then[i].bits &= ~(FACT_ACK | FACT_LATE_ACK); /* numbers are of now; FACT_ACKED_* say all */
}

/* Set what depends on the facts of both endpoints and on the timeouts that have passed. */
static void decode_facts(struct flow_view *view, const struct tcp_facts facts[SIDE_COUNT],
			 const struct flow_record *record, struct lifetime life)
{
	struct tcp_facts then[SIDE_COUNT];
	__u32 flags = record->cold.flags;
	const struct tcp_facts *client = &facts[SIDE_CLIENT], *server = &facts[SIDE_SERVER];

	view->side[SIDE_CLIENT].state = tcp_state(client, server, life.passed);
	view->side[SIDE_SERVER].state = tcp_state(server, client, life.passed);
	view->closed = view->side[SIDE_CLIENT].state == STATE_CLOSED && view->side[SIDE_SERVER].state == STATE_CLOSED;
	view->expired = view->closed && life.lingered;
	facts_at_end(then, facts, record);
	view->outcome = flow_outcome(&then[SIDE_CLIENT], &then[SIDE_SERVER], life.passed, flags);
	view->conn_state = flow_conn_state(&then[SIDE_CLIENT], &then[SIDE_SERVER]);
	view->failed = outcome_failed(view->outcome, &then[SIDE_CLIENT], &then[SIDE_SERVER], flags);
	view->one_way = !(client->bits & FACT_SEQ) != !(server->bits & FACT_SEQ) &&
			(view->origin == ORIGIN_MIDSTREAM || handshake_proven(client, server));
}

__u64 flow_first_seen(const struct flow_cold *cold)
{
	return cold->dir[!!(cold->flags & FLOW_FIRST_DIR)].syn_first_ns;
}

__s64 flow_age(const struct flow_view *view)
{
	return view->first_seen_ns ? (__s64)(view->duration_ns + view->idle_ns) : LATENCY_UNKNOWN;
}

/* Who said that the server is unreachable, and why. */
static void decode_unreachable(struct flow_view *view, const struct flow_cold *cold)
{
	const struct unreachable_report *report = &cold->unreachable;
	struct unreachable_view *unreachable = &view->unreachable;

	*unreachable = (struct unreachable_view){ 0 };
	if (view->outcome != OUTCOME_UNREACHABLE)
		return;
	unreachable->by.ipv6 = cold->flags & FLOW_IPV6;
	memcpy(unreachable->by.word, report->by, sizeof(report->by));
	unreachable->type = report->type;
	unreachable->code = report->code;
	unreachable->reason = unreachable_reason(unreachable->by.ipv6, report->type, report->code);
}

/* Set what does not depend on the facts. */
static void decode_record(struct flow_view *view, const struct flow_record *record, __u64 now_ns)
{
	const struct flow_cold *cold = &record->cold;
	int client = flow_client_dir(record);
	__u32 origin = cold->flags & FLOW_ORIGIN_MASK;

	view->origin = origin > ORIGIN_MIDSTREAM ? ORIGIN_MIDSTREAM : origin;
	decode_side(&view->side[SIDE_CLIENT], record, client, view->origin);
	decode_side(&view->side[SIDE_SERVER], record, !client, view->origin);
	history_decode(cold->history, view->history);
	view->packets_estimated = cold->flags & FLOW_PACKETS_ESTIMATED;
	view->syn_to_synack_ns = latency(cold, client, LATENCY_SYN_TO_SYNACK);
	view->synack_to_ack_ns = latency(cold, client, LATENCY_SYNACK_TO_ACK);
	view->handshake_ns = latency(cold, client, LATENCY_HANDSHAKE);
	view->rtt_ambiguous = (cold->flags & FLOW_SYNACK_AMBIGUOUS) ||
			      ((cold->flags & FLOW_ACK_AMBIGUOUS) && !is_simultaneous(cold->flags));
	view->first_seen_ns = flow_first_seen(cold);
	view->last_seen_ns = later(last_seen(record, now_ns), view->first_seen_ns);
	view->duration_ns = view->first_seen_ns ? view->last_seen_ns - view->first_seen_ns : 0;
	view->idle_ns = since(now_ns, view->last_seen_ns);
	view->ifindex = cold->ifindex;
	view->incarnation = cold->incarnation;
	for (int i = 0; i < ANOMALY_COUNT; i++)
		view->anomalies[i] = cold->anomalies[i];
	view->vlans = (cold->flags >> FLOW_VLANS_SHIFT) & FLOW_VLANS_MASK;
	for (int i = 0; i < 3; i++)
		view->vlan[i] = cold->vlan[i];
	view->tunnel = cold->tunnel;
}

/* A flow whose end was not seen before another incarnation began. An attempt without an answer is still that. */
static void end_replaced(struct flow_view *view, const struct tcp_facts facts[SIDE_COUNT],
			 const struct flow_record *record, enum flow_timeout class)
{
	decode_facts(view, facts, record, (struct lifetime){ .passed = ended(class) });
	if (view->outcome == OUTCOME_IDLE_TIMEOUT)
		view->outcome = OUTCOME_SUPERSEDED;
}

void flow_view_decode_retired(struct flow_view *view, const struct flow_record *record, enum retire_reason reason,
			      const __u64 *timeout_ns, __u64 now_ns)
{
	struct tcp_facts facts[SIDE_COUNT];
	enum flow_timeout class;

	read_facts(facts, record);
	class = flow_timeout(&facts[SIDE_CLIENT], &facts[SIDE_SERVER]);
	decode_record(view, record, now_ns);
	decode_facts(view, facts, record,
		     flow_lifetime(class, timeout_ns, view->idle_ns, since(now_ns, record->cold.last_exact_ns)));
	if (reason == RETIRE_EVICTED) {
		view->outcome = OUTCOME_EVICTED;
		view->failed = false;
	}
	if (reason == RETIRE_REPLACED && !view->closed)
		end_replaced(view, facts, record, class);
	decode_unreachable(view, &record->cold);
}

void flow_view_decode(struct flow_view *view, const struct flow_record *record, const __u64 *timeout_ns, __u64 now_ns)
{
	flow_view_decode_retired(view, record, RETIRE_NOT, timeout_ns, now_ns);
}
