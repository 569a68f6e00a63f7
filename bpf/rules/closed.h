/* SPDX-License-Identifier: GPL-2.0-only */
/* What segments mean in a flow that is closed or in TIME_WAIT (docs/specification.md, rules 15, 16, 19). */
#ifndef SYNSCOPE_BPF_RULES_CLOSED_H
#define SYNSCOPE_BPF_RULES_CLOSED_H

#include "bpf/rules/established.h"
#include "bpf/rules/reset.h"

/*
 * Rule 15: may this SYN open a new incarnation although TIME_WAIT is not over (RFC 6191)? Its number must be above what
 * the receiver expects, as in Linux (tcp_timewait_state_process()).
 */
static __always_inline _Bool is_newer_syn(const struct segment *seg, const struct known *known,
					  const struct ruling *ruling)
{
	if (!(ruling->me.bits & FACT_SEQ) || seq_after(seg->seq, ruling->me.next_seq))
		return 1;
	return (seg->options & OPTION_TIMESTAMPS) && tsval_known(seg, &known->memory) &&
	       seq_after(seg->tsval, known->memory.last_tsval);
}

static __always_inline enum verdict syn_after_close(const struct segment *seg, const struct known *known,
						    struct ruling *ruling)
{
	ruling->effects |= EFFECT_STAY_CLOSED;
	if (seg->flags & SEGMENT_ACK) {
		if (answers_remembered(seg, &known->memory))
			return VERDICT_RENEW_REMEMBERED;
		anomaly(ruling, ANOMALY_BAD_ACK);
		return VERDICT_DONE;
	}
	if (known->memory.timeout == TIMEOUT_CLOSED || is_newer_syn(seg, known, ruling))
		return VERDICT_RENEW_SYN;
	remember_syn(ruling);
	return VERDICT_DONE;
}

/* A segment without SYN and RST: only a retransmitted FIN and its ACK restart TIME_WAIT. */
static __always_inline void ack_after_close(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	_Bool last_ack =
		segment_end(seg) == seg->seq && seg->ack == known->peer.next_seq && seg->seq == ruling->me.next_seq;

	if (known->memory.timeout == TIMEOUT_CLOSED || !((seg->flags & SEGMENT_FIN) || last_ack))
		ruling->effects |= EFFECT_STAY_CLOSED;
	else
		ruling->effects |= EFFECT_STEP;
	note_old(seg, known, ruling);
	keep_tsval(seg, known, ruling);
}

/* Any segment of a flow that is closed or in TIME_WAIT. */
static __always_inline enum verdict rule_after_close(const struct segment *seg, const struct known *known,
						     struct ruling *ruling)
{
	if (seg->flags & SEGMENT_SYN)
		return syn_after_close(seg, known, ruling);
	if (!(seg->flags & SEGMENT_RST))
		ack_after_close(seg, known, ruling);
	else if (known->memory.timeout == TIMEOUT_TIME_WAIT)
		return rule_rst(seg, known, ruling); /* rule 19 */
	else
		ruling->effects |= EFFECT_STAY_CLOSED;
	return VERDICT_DONE;
}

#endif
