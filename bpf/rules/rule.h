/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules, all of them: what a segment means for a flow of which this is known. */
#ifndef SYNSCOPE_BPF_RULES_RULE_H
#define SYNSCOPE_BPF_RULES_RULE_H

#include "synscope/history.h"
#include "bpf/rules/begin.h"
#include "bpf/rules/closed.h"

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

/* Rule 31: the same segment once more teaches nothing. */
static __always_inline enum verdict rule_copy(const struct known *known, struct ruling *ruling)
{
	anomaly(ruling, ANOMALY_DUPLICATE);
	if (known->memory.timeout == TIMEOUT_CLOSED || known->memory.timeout == TIMEOUT_TIME_WAIT)
		ruling->effects |= EFFECT_STAY_CLOSED;
	return VERDICT_DONE;
}

static __always_inline enum verdict what_happens(const struct segment *seg, const struct known *known,
						 struct ruling *ruling)
{
	if (known->memory.is_copy)
		return rule_copy(known, ruling);
	if (known->memory.timeout == TIMEOUT_CLOSED || known->memory.timeout == TIMEOUT_TIME_WAIT)
		return rule_after_close(seg, known, ruling);
	if (known->memory.expired) /* section 6: judged as if there were no record */
		return what_begins(seg);
	if (seg->flags & SEGMENT_RST)
		return rule_rst(seg, known, ruling);
	if (!(seg->flags & SEGMENT_SYN))
		return rule_ack(seg, known, ruling);
	return seg->flags & SEGMENT_ACK ? rule_synack(seg, known, ruling) : rule_syn(seg, known, ruling);
}

/* What the segment means: the answer goes to *ruling. */
static __always_inline void rule(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	*ruling = (struct ruling){ .me = known->me };
	ruling->verdict = what_happens(seg, known, ruling);
	note_letter(seg, &known->memory, ruling);
	note_window(seg, ruling);
}

#endif
