// SPDX-License-Identifier: GPL-2.0-only
#include "invariants.h"

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/view.h"
#include "synscope/lifetime.h"

#define TICK_NS (1ULL << LAST_SEEN_SHIFT)

struct watch {
	struct host *host;
	struct flow_bucket *hot; /* the table before the frame */
	struct flow_cold *cold;
	__u64 counters[COUNTER_COUNT];
	__u64 clock_least, clock_most;
	__u32 *announced; /* flow_event.is of the last event of each slot */
	__u32 changed; /* number of records that the last frame changed */
};

static void __attribute__((format(printf, 3, 4))) breach(const struct watch *watch, __u32 slot, const char *format, ...)
{
	const struct flow_hot *hot = host_hot(watch->host, slot);
	va_list arguments;

	fprintf(stderr, "invariant: slot %u, tag %#x, facts %#x %#x: ", slot, hot->tag, hot->dir[0].facts,
		hot->dir[1].facts);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

static bool is_live(const struct flow_hot *hot)
{
	return hot->tag & TAG_LIVE;
}

/* Each event reports something that the one before did not, about a record that matches the table. */
static void check_event(const struct flow_event *event, void *argument)
{
	struct watch *watch = argument;
	__u32 slot = event->slot;

	if (slot >= host_slots(watch->host))
		breach(watch, 0, "event of slot %u", slot);
	if (!event->kinds || event->kinds >= EVENT_RETIRED << 1)
		breach(watch, slot, "event of kinds %#x", event->kinds);
	if (!(event->kinds & EVENT_NEW) && event->was != watch->announced[slot])
		breach(watch, slot, "event from %#x, announced was %#x", event->was, watch->announced[slot]);
	if (ANNOUNCED_CLIENT(event->is) >= STATE_COUNT || ANNOUNCED_SERVER(event->is) >= STATE_COUNT)
		breach(watch, slot, "event with states %#x", event->is);
	if ((event->kinds & EVENT_CLOSED) && (event->was & ANNOUNCED_CLOSED))
		breach(watch, slot, "closed twice");
	watch->announced[slot] = event->is;
}

struct watch *watch_open(struct host *host)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	watch->host = host;
	watch->hot = calloc(host->config.buckets, sizeof(*watch->hot));
	watch->cold = calloc(host_slots(host), sizeof(*watch->cold));
	watch->announced = calloc(host_slots(host), sizeof(*watch->announced));
	watch->clock_least = watch->clock_most = host->clock_ns;
	host->on_event = check_event;
	host->argument = watch;
	return watch;
}

void watch_close(struct watch *watch)
{
	free(watch->hot);
	free(watch->cold);
	free(watch->announced);
	free(watch);
}

static struct tcp_facts facts_of(const struct flow_hot *hot, const struct flow_cold *cold, int dir)
{
	return tcp_facts(&hot->dir[dir], &cold->dir[dir]);
}

/* Every combination of facts gives one state for each end; if a RST has closed one end, both are CLOSED. */
static void check_states(const struct watch *watch, __u32 slot, const struct flow_hot *hot,
			 const struct flow_cold *cold)
{
	struct tcp_facts a = facts_of(hot, cold, 0), b = facts_of(hot, cold, 1);
	enum tcp_state state_a = tcp_state(&a, &b, 0), state_b = tcp_state(&b, &a, 0);

	if ((__u32)state_a >= STATE_COUNT || (__u32)state_b >= STATE_COUNT)
		breach(watch, slot, "states %d %d", state_a, state_b);
	if (state_a == STATE_LISTEN && state_b != STATE_SYN_SENT)
		breach(watch, slot, "LISTEN, and the other end is %d", state_b);
	if (state_b == STATE_LISTEN && state_a != STATE_SYN_SENT)
		breach(watch, slot, "LISTEN, and the other end is %d", state_a);
	if (((a.bits | b.bits) & FACT_RST) && (state_a != STATE_CLOSED || state_b != STATE_CLOSED))
		breach(watch, slot, "reset, and states %d %d", state_a, state_b);
	if ((__u32)flow_timeout(&a, &b) >= TIMEOUT_COUNT)
		breach(watch, slot, "timeout %d", flow_timeout(&a, &b));
}

/* What is true of every live record by itself. */
static void check_record(const struct watch *watch, __u32 slot, const struct flow_hot *hot,
			 const struct flow_cold *cold)
{
	__u32 a = hot->dir[0].facts, b = hot->dir[1].facts;

	if (!(a & FACT_CLIENT) == !(b & FACT_CLIENT))
		breach(watch, slot, "%s client", a & FACT_CLIENT ? "two ends are the" : "no");
	if (!((a | b) & FACT_SEQ))
		breach(watch, slot, "nobody spoke");
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		if ((hot->dir[dir].facts & FACT_SEQ) && !dir_packets(&hot->dir[dir], &cold->dir[dir]))
			breach(watch, slot, "spoke in no packet");
	if (!cold->incarnation)
		breach(watch, slot, "no incarnation");
	if ((cold->flags & FLOW_ORIGIN_MASK) > ORIGIN_MIDSTREAM)
		breach(watch, slot, "origin %u", cold->flags & FLOW_ORIGIN_MASK);
	for (int i = 0; i < ANOMALY_COUNT; i++)
		if (cold->anomalies[i] > watch->host->counters[COUNTER_BAD_ACK + i])
			breach(watch, slot, "anomaly %d counted %u times, %llu in all", i, cold->anomalies[i],
			       watch->host->counters[COUNTER_BAD_ACK + i]);
	check_states(watch, slot, hot, cold);
}

/* Each letter is known, occurs once for each end, and none comes after the end. */
static void check_history(const struct watch *watch, __u32 slot, const struct flow_cold *cold)
{
	__u32 seen = 0;
	bool over = false;

	for (int i = 0; i < HISTORY_LETTERS; i++) {
		__u32 letter = history_letter(cold->history, i);

		if (letter && (over || (letter & ~HISTORY_SERVER) > HISTORY_RST || (letter & ~HISTORY_SERVER) == 0 ||
			       (seen & 1U << letter)))
			breach(watch, slot, "history %#llx", cold->history);
		over |= !letter;
		seen |= 1U << letter;
	}
}

static void check_latency(const struct watch *watch, __u32 slot, const char *name, __s64 latency)
{
	__u64 span = watch->clock_most - watch->clock_least;

	if (latency != LATENCY_UNKNOWN && (latency < 0 || (__u64)latency > span))
		breach(watch, slot, "%s of %lld ns in %llu ns", name, latency, span);
}

/* The decoded flow: no duration is longer than the time that has passed, no total is smaller than a part of it. */
static void check_view(const struct watch *watch, __u32 slot)
{
	struct flow_record record = { .hot = *host_hot(watch->host, slot),
				      .cold = watch->host->cold[slot],
				      .slot = slot };
	struct flow_view view;

	memset(&view, 0xff, sizeof(view));
	flow_view_decode(&view, &record, watch->host->config.timeout_ns, watch->host->clock_ns);
	check_latency(watch, slot, "syn_to_synack", view.syn_to_synack_ns);
	check_latency(watch, slot, "synack_to_ack", view.synack_to_ack_ns);
	check_latency(watch, slot, "handshake", view.handshake_ns);
	if (view.duration_ns > watch->clock_most - watch->clock_least)
		breach(watch, slot, "duration of %llu ns", view.duration_ns);
	if (view.first_seen_ns < watch->clock_least || view.first_seen_ns > watch->clock_most)
		breach(watch, slot, "first seen at %llu", view.first_seen_ns);
	for (int side = 0; side < SIDE_COUNT; side++)
		if ((__u32)view.side[side].state >= STATE_COUNT)
			breach(watch, slot, "state %d to users", view.side[side].state);
}

/* Did the last frame count an anomaly of the flow in that slot? */
static bool counted(const struct watch *watch, __u32 slot, enum flow_anomaly kind)
{
	return watch->cold[slot].anomalies[kind] != watch->host->cold[slot].anomalies[kind];
}

/*
 * The first FIN's number stands, unless that FIN is refuted (rule 19a). If it was in a datagram of fragments, its
 * number may turn out to be a later one.
 */
static void check_fin_stayed(const struct watch *watch, __u32 slot, int dir)
{
	const struct flow_cold *was_cold = &watch->cold[slot], *is_cold = &watch->host->cold[slot];
	__u32 was = was_cold->dir[dir].fin_seq, is = is_cold->dir[dir].fin_seq;

	if (counted(watch, slot, ANOMALY_FIN_REFUTED))
		return;
	if (was != is && !((was_cold->open_flags[dir] & OPEN_FIN) && seq_after(is, was)))
		breach(watch, slot, "the FIN of end %d moved from %u to %u", dir, was, is);
	if (was_cold->dir[dir].fin_ack != is_cold->dir[dir].fin_ack)
		breach(watch, slot, "the acknowledgement of the FIN of end %d moved from %u to %u", dir,
		       was_cold->dir[dir].fin_ack, is_cold->dir[dir].fin_ack);
}

/*
 * The facts that the last frame may have taken back: no more than what it is counted for (rule 19a), and a FIN that did
 * not count (rule 21).
 */
static __u32 withdrawn(const struct watch *watch, __u32 slot, bool fin_counted)
{
	return (fin_counted ? 0 : FACT_FIN) | (counted(watch, slot, ANOMALY_RST_REFUTED) ? FACT_RST : 0) |
	       (counted(watch, slot, ANOMALY_FIN_REFUTED) ? FACT_FIN | FACT_ACKED_FIN : 0);
}

/* During one incarnation, facts are only added, but for those that are refuted. */
static void check_facts_grew(const struct watch *watch, __u32 slot, int dir)
{
	const struct flow_hot *was = &watch->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
	const struct flow_hot *is = host_hot(watch->host, slot);
	const struct flow_cold_dir *was_cold = &watch->cold[slot].dir[dir],
				   *is_cold = &watch->host->cold[slot].dir[dir];
	__u32 before = was->dir[dir].facts & FACTS_MASK, after = is->dir[dir].facts & FACTS_MASK;
	struct tcp_facts peer = facts_of(was, &watch->cold[slot], !dir), me = facts_of(was, &watch->cold[slot], dir);

	if (before & ~after & ~(FACT_INFERRED | withdrawn(watch, slot, fin_counts(&me, &peer))))
		breach(watch, slot, "end %d lost facts: had %#x, has %#x", dir, before, after);
	if ((before & ~after & FACT_INFERRED) && !(after & FACT_SYN))
		breach(watch, slot, "end %d is no longer inferred, without a SYN", dir);
	if ((before ^ after) & FACT_CLIENT)
		breach(watch, slot, "the roles changed");
	if (fin_counts(&me, &peer))
		check_fin_stayed(watch, slot, dir);
	if (!(before & FACT_SYN) || !acked_syn(&peer, &me))
		return;
	if (was_cold->isn != is_cold->isn)
		breach(watch, slot, "the acknowledged ISN of end %d moved from %u to %u", dir, was_cold->isn,
		       is_cold->isn);
	if (seq_after(was->dir[dir].next_seq, is->dir[dir].next_seq))
		breach(watch, slot, "next_seq of end %d went back from %u to %u", dir, was->dir[dir].next_seq,
		       is->dir[dir].next_seq);
	if ((before & FACT_ACK) && (before & FACT_ACKED_SYN) && seq_after(was->dir[dir].max_ack, is->dir[dir].max_ack))
		breach(watch, slot, "max_ack of end %d went back from %u to %u", dir, was->dir[dir].max_ack,
		       is->dir[dir].max_ack);
}

static __u64 packets_of(const struct flow_hot *hot, const struct flow_cold *cold)
{
	__u64 packets = 0;

	for (int dir = 0; dir < FLOW_DIRS; dir++)
		packets += dir_packets(&hot->dir[dir], &cold->dir[dir]);
	return packets;
}

/* Totals only grow, and so does the history. */
static void check_totals_grew(const struct watch *watch, __u32 slot)
{
	const struct flow_cold *was = &watch->cold[slot], *is = &watch->host->cold[slot];

	if (was->history & ~is->history)
		breach(watch, slot, "history %#llx became %#llx", was->history, is->history);
	if (was->flags & ~is->flags & FLOW_ACKED)
		breach(watch, slot, "the handshake was done at %llu, and is not", was->acked_ns);
	for (int i = 0; i < ANOMALY_COUNT; i++)
		if (was->anomalies[i] > is->anomalies[i])
			breach(watch, slot, "anomaly %d: %u, then %u", i, was->anomalies[i], is->anomalies[i]);
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		if (was->dir[dir].syns > is->dir[dir].syns || was->dir[dir].fins > is->dir[dir].fins ||
		    was->dir[dir].rsts > is->dir[dir].rsts || was->dir[dir].retransmits > is->dir[dir].retransmits ||
		    was->dir[dir].syn_retransmits > is->dir[dir].syn_retransmits)
			breach(watch, slot, "a count of end %d went back", dir);
}

/* Compares a record before and after a frame. */
static void check_change(struct watch *watch, __u32 slot)
{
	const struct flow_hot *was = &watch->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
	const struct flow_hot *is = host_hot(watch->host, slot);
	const struct flow_cold *cold = &watch->host->cold[slot];
	bool same = is_live(was) && is_live(is) &&
		    facts_generation(was->dir[0].facts) == facts_generation(is->dir[0].facts);

	watch->changed += memcmp(was->dir, is->dir, sizeof(is->dir)) != 0 || was->id[0] != is->id[0];
	if (!same)
		return;
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		check_facts_grew(watch, slot, dir);
	check_totals_grew(watch, slot);
	if (packets_of(was, &watch->cold[slot]) > packets_of(is, cold))
		breach(watch, slot, "fewer packets than before");
	if (cold->incarnation != watch->cold[slot].incarnation)
		breach(watch, slot, "an incarnation without a generation");
}

/* No flow has two records. */
static void check_twins(const struct watch *watch, __u32 slot)
{
	const struct flow_hot *mine = host_hot(watch->host, slot);

	for (__u32 i = 0; i < host_slots(watch->host); i++) {
		const struct flow_hot *other = host_hot(watch->host, i);

		if (i != slot && is_live(other) && other->tag == mine->tag &&
		    !memcmp(other->id, mine->id, sizeof(mine->id)) &&
		    !memcmp(other->port, mine->port, sizeof(mine->port)))
			breach(watch, slot, "the same flow is in slot %u", i);
	}
}

static void check_slot(struct watch *watch, __u32 slot)
{
	struct flow_hot *was = &watch->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
	const struct flow_hot *hot = host_hot(watch->host, slot);
	const struct flow_cold *cold = &watch->host->cold[slot];

	if (!memcmp(was, hot, sizeof(*hot)) && !memcmp(&watch->cold[slot], cold, sizeof(*cold)))
		return;
	if (hot->tag & TAG_BUSY)
		breach(watch, slot, "left busy");
	if ((hot->dir[0].facts | hot->dir[1].facts) & FACT_WRITING)
		breach(watch, slot, "left with FACT_WRITING");
	if (facts_generation(hot->dir[0].facts) != facts_generation(hot->dir[1].facts))
		breach(watch, slot, "two generations");
	if (is_live(hot)) {
		check_record(watch, slot, hot, cold);
		check_history(watch, slot, cold);
		check_view(watch, slot);
		check_twins(watch, slot);
	}
	check_change(watch, slot);
	*was = *hot;
	watch->cold[slot] = *cold;
}

/* A segment that is judged counts once; one to its own sender for both ends, however it is judged (rule 11a). */
static __u64 most_by_one_frame(int counter)
{
	return (counter >= COUNTER_BAD_ACK && counter <= COUNTER_NO_FLOW) || counter == COUNTER_REFUSED_FULL ? 2 : 1;
}

/* These counters cannot change with a single CPU; and a segment that is counted as refused changes no record. */
static void check_counters(const struct watch *watch)
{
	static const enum synscope_counter never[] = { COUNTER_BUSY, COUNTER_TWIN, COUNTER_REFUSED_BUSY };
	const __u64 *is = watch->host->counters, *was = watch->counters;
	bool refused = false;

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (is[never[i]])
			breach(watch, 0, "counter %d (enum synscope_counter) is %llu", never[i], is[never[i]]);
	for (int i = 0; i < COUNTER_COUNT; i++)
		if (is[i] - was[i] > most_by_one_frame(i))
			breach(watch, 0, "one frame moved counter %d by %lld", i, is[i] - was[i]);
	for (int i = COUNTER_NON_IP; i <= COUNTER_NOT_FOLLOWED_LAST; i++)
		refused |= is[i] != was[i];
	if (refused && watch->changed)
		breach(watch, 0, "a frame that was refused changed %u records", watch->changed);
	if (watch->changed > 1)
		breach(watch, 0, "one frame changed %u records", watch->changed);
}

static void check_table(struct watch *watch)
{
	watch->changed = 0;
	if (watch->host->clock_ns < watch->clock_least)
		watch->clock_least = watch->host->clock_ns;
	if (watch->host->clock_ns > watch->clock_most)
		watch->clock_most = watch->host->clock_ns;
	for (__u32 slot = 0; slot < host_slots(watch->host); slot++)
		check_slot(watch, slot);
}

void watch_frame(struct watch *watch, const struct host_frame *frame, int verdict)
{
	if (verdict != (frame->tc ? TC_ACT_UNSPEC : XDP_PASS))
		breach(watch, 0, "the program returned %d", verdict);
	check_table(watch);
	check_counters(watch);
	memcpy(watch->counters, watch->host->counters, sizeof(watch->counters));
}

void watch_sweep(struct watch *watch)
{
	check_table(watch);
}
