/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules, all of them: what a segment means for a flow of which this is known. */
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
	return seg->payload ? HISTORY_DATA : HISTORY_ACK;
}

/*
 * Is the segment's letter in the history already? Facts tell of ACK and data. That of the first segment of a record is
 * not among them: its direction stays young (facts_are_young()).
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
	__u32 window = window_log(seg->window), mask = FACTS_WINDOW_MASK << FACTS_WINDOW_SHIFT;

	if ((ruling->effects & EFFECT_NUMBERS) && window << FACTS_WINDOW_SHIFT > (ruling->me.bits & mask))
		ruling->me.bits = (ruling->me.bits & ~mask) | window << FACTS_WINDOW_SHIFT;
}

static __always_inline enum verdict what_happens(const struct segment *seg, const struct known *known,
						 struct ruling *ruling)
{
	const struct memory *memory = &known->memory;

	if (memory->expired) /* section 6, rule 19b: judged as if there were no record */
		return what_begins(seg);
	if (memory->timeout == TIMEOUT_TIME_WAIT ||
	    (memory->timeout == TIMEOUT_CLOSED && !(memory->hindsight & HINDSIGHT_QUIETLY)))
		return rule_after_close(seg, known, ruling);
	if (seg->flags & SEGMENT_RST)
		return rule_rst(seg, known, ruling);
	if (!(seg->flags & SEGMENT_SYN))
		return rule_ack(seg, known, ruling);
	return seg->flags & SEGMENT_ACK ? rule_synack(seg, known, ruling) : rule_syn(seg, known, ruling);
}

/* What the segment means: the answer goes to *ruling, which has the facts of the sender. */
static __always_inline void rule(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	__u32 hindsight = known->memory.hindsight;

	ruling->effects = 0;
	ruling->remark = REMARK_NONE;
	ruling->answered = ANSWERED_FIRST;
	ruling->anomalies = 0;
	ruling->verdict = what_happens(seg, known, ruling);
	barrier_var(hindsight); /* or all of what_happens() is there twice, once for each answer */
	if (hindsight & HINDSIGHT_QUIETLY)
		keep_quiet(seg, ruling);
	note_refuted(hindsight, ruling);
	note_letter(seg, &known->memory, ruling);
	note_window(seg, ruling);
}

#endif
