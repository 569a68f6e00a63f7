/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a rule is asked, and what it answers.
 *
 * Rules are pure: no map, slot, clock, counter or atomic instruction is in this folder. The same source is compiled
 * into the programs, the command and the tests, as tcp_state.h is. Who carries out a ruling is bpf/record/commit.h.
 */
#ifndef SYNSCOPE_BPF_RULES_RULING_H
#define SYNSCOPE_BPF_RULES_RULING_H

#include <bpf/bpf_helpers.h>

#include "synscope/lifetime.h"
#include "synscope/segment.h"
#include "synscope/tcp_state.h"

/* The few words of a record that rules read beside the facts. */
struct memory {
	__u32 flags; /* flow_cold.flags */
	__u32 last_tsval; /* of the sender: flow_cold_dir.last_tsval */
	__u32 asked_first_tsval; /* of the receiver's first SYN (SYN/ACK) … */
	__u32 asked_last_tsval; /* … and of its last one while that was unanswered */
	__u32 hindsight; /* HINDSIGHT_*: what the segment says of an earlier RST or FIN (rule 19a) */
	__u32 remembered_isn; /* of the SYN of rule 13 */
	__u16 remembered_payload;
	__u16 asked_again; /* how often the receiver sent its SYN (SYN/ACK) again */
	__u8 remembered_flags; /* REMEMBERED_*: 0 if there is no such SYN */
	__u8 timeout; /* enum flow_timeout of the flow before the segment */
	__u8 expired; /* this timeout has passed */
	__u8 begins_record; /* the segment is the first one of the record */
};

/*
 * What is known of a flow before a segment, beside the facts of its sender: those are in the ruling, where the rules
 * change them (the stack has no room for both). `bits` of facts are whole facts words, without FACT_WRITING.
 */
struct known {
	struct tcp_facts peer; /* of the receiver */
	struct memory memory;
};

/* What is to happen with the record. */
enum verdict {
	VERDICT_DONE, /* it learns what the ruling says */
	/* the segment belongs to a new incarnation, which begins … */
	VERDICT_RENEW_SYN, /* … with this SYN */
	VERDICT_RENEW_SYNACK, /* … with this SYN/ACK, whose SYN was not seen */
	VERDICT_RENEW_MIDSTREAM, /* … somewhere in the middle */
	VERDICT_RENEW_REMEMBERED, /* … with the SYN that was remembered (rule 13), which this SYN/ACK answers */
	VERDICT_IGNORED, /* the segment belongs to no flow and begins none */
};

/* Which of the SYNs (SYN/ACKs) that were sent does a segment answer? */
enum answered {
	ANSWERED_FIRST,
	ANSWERED_LAST,
	ANSWERED_AMBIGUOUS, /* taken as the last */
};

/* What a segment does to a record beside its facts. */
#define EFFECT_NUMBERS (1U << 0) /* next_seq, max_ack, window or a FIN are to be stored */
#define EFFECT_ISN (1U << 1) /* the sender's numbers begin anew with me.isn */
#define EFFECT_SYN (1U << 2) /* time, timestamp and options of the sender's SYN are kept */
#define EFFECT_SYN_AGAIN (1U << 3) /* the sender's SYN was sent again … */
#define EFFECT_SYN_LAST (1U << 4) /* … and is the one that may be answered: its time and timestamp are kept */
#define EFFECT_REMEMBER (1U << 5) /* the SYN is remembered (rule 13) */
#define EFFECT_HANDSHAKE (1U << 6) /* the SYN of a flow that was first seen at its SYN/ACK (rule 8) */
#define EFFECT_ANSWERED (1U << 7) /* the client's SYN was answered; `answered` says which one */
#define EFFECT_ACKED (1U << 8) /* the client acknowledged the server's SYN; likewise */
#define EFFECT_LATE_ACK (1U << 9) /* me.late_ack is kept */
#define EFFECT_RETRANSMIT (1U << 10) /* counts as retransmitted */
#define EFFECT_TSVAL (1U << 11) /* the timestamp is kept for rule 15 */
#define EFFECT_REFUSED (1U << 12) /* the connect was refused */
#define EFFECT_HISTORY (1U << 13) /* its letter may be missing in the history */
#define EFFECT_STEP (1U << 14) /* it is a step of the ladder */
#define EFFECT_STAY_CLOSED (1U << 15) /* it does not move the time of the close */
#define EFFECT_MARK_RST (1U << 16) /* mark_of_rst() is kept */
#define EFFECT_MARK_SYNACK (1U << 17) /* a SYN/ACK passed while a RST stood */

/* What a segment says of an earlier RST or FIN (rule 19a): the facts that it refutes, FACT_* of both ends, … */
#define HINDSIGHT(senders, receivers) ((senders) | (__u32)(receivers) << 15)
#define HINDSIGHT_SENDER(hindsight) ((hindsight)&0x7fff)
#define HINDSIGHT_RECEIVER(hindsight) ((hindsight) >> 15 & 0x7fff)
#define HINDSIGHT_QUIETLY (1U << 31) /* … or that a RST stands, and it is to be learnt as if there were none */

struct ruling {
	struct tcp_facts me; /* of the sender: before rule() as they were, after it as they are now */
	__u32 effects; /* EFFECT_* */
	__u8 verdict; /* enum verdict; with VERDICT_RENEW_* nothing else is valid */
	__u8 remark; /* enum flow_remark, for the ladder */
	__u16 answered : 2; /* enum answered */
	__u16 anomalies : 14; /* 1 << enum flow_anomaly, those that the segment counts as */
};

#define SEQ_SLACK 65536U /* beyond the window, rule 21a */

_Static_assert(ANOMALY_COUNT <= 14, "a bit for each anomaly in ruling.anomalies");

static __always_inline _Bool is_client(const struct ruling *ruling)
{
	return !!(ruling->me.bits & FACT_CLIENT);
}

/* The segment is not what it should be. The last remark stands. */
static __always_inline void anomaly(struct ruling *ruling, enum flow_anomaly kind)
{
	ruling->anomalies |= 1U << kind;
	ruling->remark = REMARK_OF_ANOMALY(kind);
	ruling->effects |= EFFECT_STEP;
}

/* The number after the segment's last one. */
static __always_inline __u32 segment_end(const struct segment *seg)
{
	return seg->seq + seg->payload + !!(seg->flags & (SEGMENT_SYN | SEGMENT_FIN));
}

/* Was a timestamp of the sender kept? */
static __always_inline _Bool tsval_known(const struct segment *seg, const struct memory *memory)
{
	return !!(memory->flags & ((__u32)OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(seg->dir & 1)));
}

/*
 * What a record says; the facts of the segment's sender go to *me. `mine` and `peer`: the facts words of the sender and
 * of the receiver, as they are or were when they were read. The caller adds what only time tells.
 */
static __always_inline void known_of(struct known *known, struct tcp_facts *me, const struct segment *seg,
				     const struct flow_hot *hot, const struct flow_cold *cold, __u32 mine, __u32 peer)
{
	const struct flow_cold_dir *asked = &cold->dir[!seg->dir];

	*me = tcp_facts_of(mine, &hot->dir[seg->dir & 1], &cold->dir[seg->dir & 1]);
	known->peer = tcp_facts_of(peer, &hot->dir[!seg->dir], asked);
	me->bits = mine;
	known->peer.bits = peer;
	known->memory = (struct memory){
		.flags = cold->flags,
		.last_tsval = cold->dir[seg->dir & 1].last_tsval,
		.asked_first_tsval = asked->syn_first_tsval,
		.asked_last_tsval = asked->last_tsval,
		.asked_again = asked->syn_retransmits,
		.remembered_flags = cold->remembered.flags,
		.remembered_isn = cold->remembered.isn,
		.remembered_payload = cold->remembered.payload,
		.timeout = flow_timeout(me, &known->peer),
	};
}

#endif
