// SPDX-License-Identifier: GPL-2.0-only
#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "synscope/history.h"
#include "synscope/tcp_state.h"

/*
 * A number counts only if the facts say that it is valid. Facts that the next segment would latch count from the moment
 * when the numbers imply them.
 */
static void take_dir(struct outcome_dir *out, const struct flow_hot *hot_of, const struct flow_cold *cold_of, int dir)
{
	const struct flow_dir *hot = &hot_of->dir[dir];
	const struct flow_cold_dir *cold = &cold_of->dir[dir];
	struct tcp_facts facts = tcp_facts(hot, cold), peer = tcp_facts(&hot_of->dir[!dir], &cold_of->dir[!dir]);

	out->facts = hot->facts & ~(FACTS_GENERATION_MASK << FACTS_GENERATION_SHIFT);
	out->facts |= (acked_syn(&facts, &peer) ? FACT_ACKED_SYN : 0) | (acked_fin(&facts, &peer) ? FACT_ACKED_FIN : 0);
	out->next_seq = facts.bits & (FACT_SEQ | FACT_INFERRED) ? facts.next_seq : 0;
	out->max_ack = facts.bits & FACT_ACK ? facts.max_ack : 0;
	out->packets = hot->packets >> PACKETS_SHIFT;
	out->tcp_flags = dir_flags(hot, cold_of, dir);
	out->bytes = hot->bytes;
	out->packets_high = cold->packets_high;
	out->bytes_high = cold->bytes_high;
	out->isn = cold->isn;
	out->fin_seq = facts.bits & FACT_FIN ? facts.fin_seq : 0;
	out->fin_ack = facts.bits & FACT_FIN ? facts.fin_ack : 0;
	out->late_ack = facts.bits & FACT_LATE_ACK ? facts.late_ack : 0;
	out->syns = cold->syns;
	out->fins = cold->fins;
	out->rsts = cold->rsts;
	out->syn_retransmits = cold->syn_retransmits;
	out->retransmits = cold->retransmits;
	out->seq_wraps = cold->seq_wraps;
	out->mss = cold->mss;
}

static __u32 sum_of(const struct flow_step *steps, int count)
{
	__u32 sum = 0;

	for (int i = 0; i < count; i++)
		sum += (steps[i].flags * 31U + steps[i].remark) * 2654435761U;
	return sum;
}

static void take_flow(struct outcome_flow *out, const struct flow_hot *hot, const struct flow_cold *cold)
{
	out->present++;
	out->flags = cold->flags;
	out->incarnation = cold->incarnation;
	for (int i = 0; i < HISTORY_LETTERS; i++)
		out->letters |= 1U << history_letter(cold->history, i);
	out->remembered_isn = cold->remembered.isn;
	out->remembered_flags = cold->remembered.flags;
	for (int i = 0; i < ANOMALY_COUNT; i++)
		out->anomalies[i] = cold->anomalies[i];
	out->steps = sum_of(cold->opening, FLOW_OPENING_STEPS) + 3 * sum_of(cold->closing, FLOW_CLOSING_STEPS);
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		take_dir(&out->dir[dir], hot, cold, dir);
}

/* Is the counter also, or only, for operations that are given up? */
static bool is_of_luck(enum synscope_counter counter)
{
	return counter == COUNTER_BUSY || counter == COUNTER_TWIN || counter == COUNTER_REFUSED_BUSY ||
	       counter == COUNTER_REFUSED_FULL || counter == COUNTER_SYN || counter == COUNTER_SYNACK;
}

void outcome_take(struct outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	for (__u32 slot = 0; slot < world_slots(); slot++) {
		int flow = world_hot(slot)->tag & TAG_LIVE ? world_flow_of(world_hot(slot)) : -1;

		if (flow >= 0)
			take_flow(&outcome->flow[flow], world_hot(slot), world_cold(slot));
	}
	for (int i = 0; i < COUNTER_COUNT; i++)
		outcome->counter[i] = is_of_luck(i) ? 0 : world_counter(i);
}

#define FIELD(of, name)                             \
	{                                           \
#name, __builtin_offsetof(of, name) \
	}

static const struct {
	const char *name;
	size_t at;
} flow_fields[] = {
	FIELD(struct outcome_flow, present),
	FIELD(struct outcome_flow, flags),
	FIELD(struct outcome_flow, incarnation),
	FIELD(struct outcome_flow, letters),
	FIELD(struct outcome_flow, remembered_isn),
	FIELD(struct outcome_flow, remembered_flags),
	FIELD(struct outcome_flow, anomalies[ANOMALY_BAD_ACK]),
	FIELD(struct outcome_flow, anomalies[ANOMALY_BAD_RST]),
	FIELD(struct outcome_flow, anomalies[ANOMALY_BAD_SEQ]),
	FIELD(struct outcome_flow, anomalies[ANOMALY_ACK_UNSEEN]),
	FIELD(struct outcome_flow, anomalies[ANOMALY_CHALLENGE_SYN]),
	FIELD(struct outcome_flow, anomalies[ANOMALY_REORDERED]),
	FIELD(struct outcome_flow, anomalies[ANOMALY_DUPLICATE]),
	FIELD(struct outcome_flow, anomalies[ANOMALY_RST_REFUTED]),
	FIELD(struct outcome_flow, anomalies[ANOMALY_FIN_REFUTED]),
	FIELD(struct outcome_flow, steps),
}, dir_fields[] = {
	FIELD(struct outcome_dir, tcp_flags),
	FIELD(struct outcome_dir, facts),	  FIELD(struct outcome_dir, next_seq),
	FIELD(struct outcome_dir, max_ack),	  FIELD(struct outcome_dir, packets),
	FIELD(struct outcome_dir, bytes),	  FIELD(struct outcome_dir, packets_high),
	FIELD(struct outcome_dir, bytes_high),	  FIELD(struct outcome_dir, isn),
	FIELD(struct outcome_dir, fin_seq),	  FIELD(struct outcome_dir, fin_ack),
	FIELD(struct outcome_dir, late_ack),	  FIELD(struct outcome_dir, syns),
	FIELD(struct outcome_dir, fins),	  FIELD(struct outcome_dir, rsts),
	FIELD(struct outcome_dir, syn_retransmits), FIELD(struct outcome_dir, retransmits),
	FIELD(struct outcome_dir, seq_wraps),	  FIELD(struct outcome_dir, mss),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static __u32 word_of(const void *of, size_t at)
{
	__u32 word;

	memcpy(&word, (const char *)of + at, sizeof(word));
	return word;
}

/* The text about the first few differences. */
struct report {
	char text[400];
	size_t length;
};

static void __attribute__((format(printf, 2, 3))) say(struct report *report, const char *format, ...)
{
	va_list arguments;

	if (report->length >= sizeof(report->text))
		return;
	va_start(arguments, format);
	report->length +=
		vsnprintf(report->text + report->length, sizeof(report->text) - report->length, format, arguments);
	va_end(arguments);
}

static void report_flow(struct report *report, int number, const struct outcome_flow *is,
			const struct outcome_flow *should_be)
{
	for (size_t i = 0; i < COUNT(flow_fields); i++)
		if (word_of(is, flow_fields[i].at) != word_of(should_be, flow_fields[i].at))
			say(report, "; flow %d: %s is %#x and not %#x", number, flow_fields[i].name,
			    word_of(is, flow_fields[i].at), word_of(should_be, flow_fields[i].at));
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		for (size_t i = 0; i < COUNT(dir_fields); i++) {
			__u32 a = word_of(&is->dir[dir], dir_fields[i].at);
			__u32 b = word_of(&should_be->dir[dir], dir_fields[i].at);

			if (a != b)
				say(report, "; flow %d, %s: %s is %#x and not %#x", number,
				    dir == world_client_dir(number) ? "client" : "server", dir_fields[i].name, a, b);
		}
}

static unsigned int distance(const void *a, const void *b, size_t bytes)
{
	unsigned int count = 0;

	for (size_t at = 0; at < bytes; at += sizeof(__u32))
		count += word_of(a, at) != word_of(b, at);
	return count;
}

unsigned int outcome_distance(const struct outcome *a, const struct outcome *b)
{
	return distance(a, b, sizeof(*a));
}

unsigned int outcome_flow_distance(const struct outcome_flow *a, const struct outcome_flow *b)
{
	return distance(a, b, sizeof(*a));
}

const char *outcome_difference(const struct outcome *is, const struct outcome *should_be)
{
	static struct report report;

	report.length = 0;
	report.text[0] = 0;
	for (int i = 0; i < FLOWS_MOST; i++)
		report_flow(&report, i, &is->flow[i], &should_be->flow[i]);
	for (int i = 0; i < COUNTER_COUNT; i++)
		if (is->counter[i] != should_be->counter[i])
			say(&report, "; counter %d is %u and not %u", i, is->counter[i], should_be->counter[i]);
	return report.length ? report.text + 2 : "none";
}
