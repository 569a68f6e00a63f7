/* SPDX-License-Identifier: GPL-2.0-only */
/* All rules together: what a segment means for a flow, given what is known of the flow. */
#ifndef SYNSCOPE_BPF_RULES_RULE_H
#define SYNSCOPE_BPF_RULES_RULE_H

#include "synscope/history.h"
#include "bpf/rules/begin.h"
#include "bpf/rules/closed.h"
#include "bpf/rules/refuted.h"

/* The letter of Zeek's history for a segment: one bit of SYN, FIN, RST decides, then data, then a pure ACK. */
static __always_inline __u32 segment_letter(const struct segment *seg)
{
	if (seg->flags & SEGMENT_SYN)
		return seg->flags & SEGMENT_ACK ? HISTORY_SYNACK : HISTORY_SYN;
	if (seg->flags & SEGMENT_RST)
		return HISTORY_RST;
	if (seg->flags & SEGMENT_FIN)
		return HISTORY_FIN;
	return carries_data(seg) ? HISTORY_DATA : HISTORY_ACK;
}

/*
 * Notes whether the segment's letter may be missing in the history. Facts say whether ACK and data are there, but not
 * for the first segment of a record, whose direction must stay young (facts_are_young()).
 */
static __always_inline void note_letter(const struct segment *seg, const struct memory *memory, struct ruling *ruling)
{
	__u32 letter = segment_letter(seg);
	__u32 fact = letter == HISTORY_DATA ? FACT_HISTORY_DATA : letter == HISTORY_ACK ? FACT_HISTORY_ACK : 0;

	if (!fact)
		ruling->effects |= EFFECT_HISTORY | EFFECT_STEP;
	else if (!(ruling->me.bits & fact))
		ruling->effects |= EFFECT_HISTORY;
	if (!memory->begins_record)
		ruling->me.bits |= fact;
}

/* The largest raw window that the sender offered, for rule 21a. */
static __always_inline void note_window(const struct segment *seg, struct ruling *ruling)
{
	const __u32 mask = FACTS_WINDOW_MASK << FACTS_WINDOW_SHIFT;

	if ((ruling->effects & EFFECT_NUMBERS) && seg->window > facts_window(ruling->me.bits))
		ruling->me.bits = (ruling->me.bits & ~mask) | window_log(seg->window) << FACTS_WINDOW_SHIFT;
}

/* Rule 31: a copy of a segment teaches nothing. */
static __always_inline enum verdict rule_copy(const struct known *known, struct ruling *ruling)
{
	anomaly(ruling, ANOMALY_DUPLICATE);
	if (known->memory.timeout == TIMEOUT_CLOSED || known->memory.timeout == TIMEOUT_TIME_WAIT)
		ruling->effects |= EFFECT_STAY_CLOSED;
	return VERDICT_DONE;
}

/* Which of the rules a segment is judged by. */
enum rule_kind { RULE_COPY, RULE_AFTER_CLOSE, RULE_BEGINS, RULE_RST, RULE_ACK, RULE_SYNACK, RULE_SYN };

static __always_inline enum rule_kind rule_kind_of(const struct segment *seg, const struct known *known)
{
	const struct memory *memory = &known->memory;

	if (memory->is_copy)
		return RULE_COPY;
	if (memory->expired) /* section 6, rule 19b: judged as if there were no record */
		return RULE_BEGINS;
	if (memory->timeout == TIMEOUT_TIME_WAIT ||
	    (memory->timeout == TIMEOUT_CLOSED && !(memory->hindsight & HINDSIGHT_QUIETLY)))
		return RULE_AFTER_CLOSE;
	if (seg->flags & SEGMENT_RST)
		return RULE_RST;
	if (!(seg->flags & SEGMENT_SYN))
		return RULE_ACK;
	return seg->flags & SEGMENT_ACK ? RULE_SYNACK : RULE_SYN;
}

/* Judges by the rules of one kind: what they change of the ruling, and its verdict. */
static __always_inline enum verdict rule_as(enum rule_kind kind, const struct segment *seg, const struct known *known,
					    struct ruling *ruling)
{
	switch (kind) {
	case RULE_COPY:
		return rule_copy(known, ruling);
	case RULE_AFTER_CLOSE:
		return rule_after_close(seg, known, ruling);
	case RULE_BEGINS:
		return what_begins(seg);
	case RULE_RST:
		return rule_rst(seg, known, ruling);
	case RULE_ACK:
		return rule_ack(seg, known, ruling);
	case RULE_SYNACK:
		return rule_synack(seg, known, ruling);
	default:
		return rule_syn(seg, known, ruling);
	}
}

/* A ruling that says nothing yet, but has the facts of the sender. */
static __always_inline void clear_ruling(struct ruling *ruling)
{
	ruling->effects = 0;
	ruling->remark = REMARK_NONE;
	ruling->answered = ANSWERED_FIRST;
	ruling->anomalies = 0;
}

/* What any segment adds to a ruling. */
static __always_inline void rule_end(const struct segment *seg, const struct memory *memory, struct ruling *ruling)
{
	if (memory->hindsight & HINDSIGHT_QUIETLY)
		keep_quiet(seg, ruling);
	note_refuted(memory->hindsight, ruling);
	note_letter(seg, memory, ruling);
	note_window(seg, ruling);
}

/*
 * What the segment means: the answer goes to *ruling, which has the facts of the sender. The programs do the same in
 * parts (judge() in track.h), because the verifier follows all paths through what is one function.
 */
static __always_inline void rule(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	clear_ruling(ruling);
	ruling->verdict = rule_as(rule_kind_of(seg, known), seg, known, ruling);
	rule_end(seg, &known->memory, ruling);
}

#endif
