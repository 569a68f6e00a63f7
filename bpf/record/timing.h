/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both halves of the handshake latency (docs/specification.md, section 4). When a question was sent more than once, the
 * timestamp option tells which one was answered (RFC 7323: TSecr of the answer is TSval of the question); the first and
 * the last one sent are kept. Otherwise it is measured from the last and marked ambiguous (Karn and Partridge, 1987).
 */
#ifndef SYNSCOPE_BPF_TIMING_H
#define SYNSCOPE_BPF_TIMING_H

#include "bpf/record/record.h"

enum answered {
	ANSWERED_FIRST,
	ANSWERED_LAST,
	ANSWERED_AMBIGUOUS, /* taken as the last */
};

/* Which of the SYNs (SYN/ACKs) that `asker` sent does this segment answer? */
static __always_inline enum answered which_answered(const struct flow_cold_dir *asker, const struct segment *seg)
{
	_Bool first = seg->tsecr == asker->syn_first_tsval, last = seg->tsecr == asker->last_tsval;

	if (!asker->syn_retransmits)
		return ANSWERED_FIRST;
	if (!(seg->options & OPTION_TIMESTAMPS) || first == last)
		return ANSWERED_AMBIGUOUS;
	return first ? ANSWERED_FIRST : ANSWERED_LAST;
}

/* The server's first SYN/ACK passed. A time that runs backwards (two queues) leaves the latency unknown. */
static __always_inline void note_syn_answered(struct tracking *tracking, struct flow_cold *cold,
					      const struct segment *seg)
{
	const struct flow_cold_dir *client = &cold->dir[!seg->dir];
	enum answered which = which_answered(client, seg);
	__u64 asked = which == ANSWERED_FIRST ? client->syn_first_ns : client->syn_last_ns;

	__sync_fetch_and_and(&cold->flags, ~(__u32)(FLOW_SYN_TO_SYNACK | FLOW_SYNACK_AMBIGUOUS));
	if (tracking->now < asked)
		return;
	cold->syn_to_synack_ns = tracking->now - asked;
	__sync_fetch_and_or(&cold->flags,
			    FLOW_SYN_TO_SYNACK | (which == ANSWERED_AMBIGUOUS ? FLOW_SYNACK_AMBIGUOUS : 0));
	tracking->effects.latency_known = 1;
}

/* The client's first believed ACK passed. Which SYN/ACK it answers is settled here, the difference when it is read. */
static __always_inline void note_acked(struct tracking *tracking, struct flow_cold *cold, const struct segment *seg)
{
	const struct flow_cold_dir *server = &cold->dir[!seg->dir];
	enum answered which = which_answered(server, seg);

	cold->acked_ns = tracking->now;
	__sync_fetch_and_or(&cold->flags, FLOW_ACKED | (which == ANSWERED_FIRST ? FLOW_ACK_OF_FIRST_SYNACK : 0) |
						  (which == ANSWERED_AMBIGUOUS ? FLOW_ACK_AMBIGUOUS : 0));
	tracking->effects.latency_known = 1;
}

#endif
