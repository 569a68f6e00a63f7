/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a rule is asked, and what it answers.
 *
 * Rules are pure: no map, slot, clock, counter or atomic instruction is in this folder. The same source is compiled
 * into the programs, the command and the tests, as tcp_state.h is. bpf/record/commit.h carries out a ruling.
 */
#ifndef SYNSCOPE_BPF_RULES_RULING_H
#define SYNSCOPE_BPF_RULES_RULING_H

#include <bpf/bpf_helpers.h>

#include "synscope/latency.h"
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
	__u8 expired : 1; /* this timeout has passed */
	__u8 begins_record : 1; /* the segment is the first one of the record */
	__u8 fills_hole : 1; /* some of the segment's bytes are in the hole of its direction (rule 32) */
	__u8 is_copy : 1; /* it repeats the last SYN or SYN/ACK of its sender, within 10 ms (rule 31) */
	__u8 open; /* of the sender: OPEN_* */
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
#define EFFECT_HOLE (1U << 16) /* a hole begins at next_seq, and ends where the segment begins (rule 32) */
#define EFFECT_FILL (1U << 17) /* the segment fills the hole, or a part of it */
#define EFFECT_SIMULTANEOUS (1U << 18) /* both ends sent a SYN that answers none (rule 7) */
#define EFFECT_OPEN_END (1U << 19) /* where it begins is kept, because its end is not known (rule 25) */
#define EFFECT_OPEN_FIN (1U << 20) /* the number of its FIN is not known, only that it is not below me.fin_seq */
#define EFFECT_FIN_KNOWN (1U << 21) /* the number of its FIN is known now */
#define EFFECT_MARK_RST (1U << 22) /* mark_of_rst() is kept, and the numbers of both ends */
#define EFFECT_MARK_SYNACK (1U << 23) /* a SYN/ACK passed while a RST stood */

/* What a segment says of an earlier RST or FIN (rule 19a): the facts that it refutes, FACT_* of both ends, … */
#define HINDSIGHT(senders, receivers) ((senders) | (__u32)(receivers) << 15)
#define HINDSIGHT_SENDER(hindsight) ((hindsight)&0x7fff)
#define HINDSIGHT_RECEIVER(hindsight) ((hindsight) >> 15 & 0x7fff)
#define HINDSIGHT_UNCOUNTED (1U << 30) /* … of which a FIN never counted (rule 21), … */
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

/* The segment counts as an anomaly. If there are several, the last one is the remark. */
static __always_inline void anomaly(struct ruling *ruling, enum flow_anomaly kind)
{
	ruling->anomalies |= 1U << kind;
	ruling->remark = REMARK_OF_ANOMALY(kind);
	ruling->effects |= EFFECT_STEP;
}

/* The acknowledgement number is kept aside, and not believed. */
static __always_inline void note_late_ack(const struct segment *seg, struct ruling *ruling)
{
	ruling->me.late_ack = seg->ack;
	ruling->me.bits |= FACT_LATE_ACK;
	ruling->effects |= EFFECT_LATE_ACK;
}

/*
 * Rule 2: an end of which only segments were seen that do not answer the other end's SYN: a SYN/ACK or a challenge ACK
 * with another number, which is its late_ack.
 */
static __always_inline _Bool is_unbelieved(const struct tcp_facts *x)
{
	return (x->bits & (FACT_SYN | FACT_INFERRED | FACT_SEQ | FACT_PROOF | FACT_LATE_ACK)) == FACT_LATE_ACK;
}

/* What a copy of a SYN or SYN/ACK has in common with it (rule 31), as one number: never 0. */
static __always_inline __u32 syn_digest(const struct segment *seg)
{
	__u64 numbers = (__u64)seg->seq << 32 | seg->ack;
	__u64 rest = (__u64)seg->tsval << 32 | (__u32)seg->ip_id << 16 | (__u32)seg->flags << 8 | (seg->payload & 0xff);
	__u64 mixed = numbers * 0x9e3779b97f4a7c15ULL ^ rest * 0xc2b2ae3d27d4eb4fULL;

	mixed = (mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15ULL;
	return mixed >> 32 | 1;
}

/*
 * 1 if x is not 0. This function and the next three have no branches, because the verifier would follow all
 * combinations.
 */
static __always_inline __u32 is_some(__u32 x)
{
	barrier_var(x);
	return (x | -x) >> 31;
}

/* 1 if a is later than b. */
static __always_inline __u32 is_after(__u32 a, __u32 b)
{
	return (b - a) >> 31;
}

/* Rule 32: are some of the segment's bytes in the hole? */
static __always_inline __u32 is_in_hole(const struct segment *seg, const struct sequence_hole *hole)
{
	return is_some(hole->from ^ hole->to) & is_some(seg->payload) & is_after(hole->to, seg->seq) &
	       is_after(seg->seq + seg->payload, hole->from);
}

/* Takes the segment out of the hole. If it lies in the middle, the upper part is left, because senders go upwards. */
static __always_inline void fill_hole(const struct segment *seg, struct sequence_hole *hole)
{
	__u32 end = seg->seq + seg->payload;

	if (seq_after(seg->seq, hole->from) && !seq_after(hole->to, end))
		hole->to = seg->seq;
	else
		hole->from = end;
	if (!seq_after(hole->to, hole->from))
		*hole = (struct sequence_hole){ 0 };
}

/* The number after the segment's last one. */
static __always_inline __u32 segment_end(const struct segment *seg)
{
	return seg->seq + seg->payload + !!(seg->flags & (SEGMENT_SYN | SEGMENT_FIN));
}

/*
 * Rule 25: where the receiver's datagram in fragments ended is not known until the first ACK of it. While this ACK is
 * judged, the receiver counts as having sent all that it acknowledges.
 */
static __always_inline void hear_of_end(struct tcp_facts *peer, __u32 open_flags, __u32 open_seq,
					const struct segment *seg)
{
	if ((open_flags & OPEN_END) && (seg->flags & SEGMENT_ACK) && seq_after(seg->ack, peer->next_seq) &&
	    seg->ack - open_seq <= DATAGRAM_MAX)
		peer->next_seq = seg->ack;
}

/* Was a timestamp of the sender kept? */
static __always_inline _Bool tsval_known(const struct segment *seg, const struct memory *memory)
{
	return !!(memory->flags & ((__u32)OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(seg->dir & 1)));
}

/* Rule 31: a SYN that is seen again within this time is a copy, because no sender's timer is so short. */
#define COPY_WITHIN (10000000U >> LAST_SYN_SHIFT) /* 10 ms exactly */

/* Is it the last SYN or SYN/ACK of its sender once more? Two queues or captures may exchange their order. */
static __always_inline __u32 is_copy(const struct segment *seg, const struct last_syn *last, __u64 now)
{
	__u32 apart = (__u32)(now >> LAST_SYN_SHIFT) - last->at + COPY_WITHIN;
	__u32 too_far = (2ULL * COPY_WITHIN - apart) >> 63;

	return (seg->flags & SEGMENT_SYN) / SEGMENT_SYN & ~is_some((last->digest ^ seg->syn_digest) | too_far);
}

/*
 * What a record says of both ends; the facts of the segment's sender go to *me. `mine` and `peers`: the facts words of
 * the sender and of the receiver, as they are or were when they were read.
 */
static __always_inline void known_facts(struct known *known, struct tcp_facts *me, const struct segment *seg,
					const struct flow_hot *hot, const struct flow_cold *cold, __u32 mine,
					__u32 peers)
{
	*me = tcp_facts_of(mine, &hot->dir[seg->dir & 1], &cold->dir[seg->dir & 1]);
	known->peer = tcp_facts_of(peers, &hot->dir[!seg->dir], &cold->dir[!seg->dir]);
	me->bits = mine;
	known->peer.bits = peers;
}

/* What it says beside the facts, which known_facts() has read. The caller adds what depends on the time. */
static __always_inline void known_memory(struct known *known, const struct tcp_facts *me, const struct segment *seg,
					 const struct flow_cold *cold)
{
	const struct flow_cold_dir *asked = &cold->dir[!seg->dir];
	struct memory *memory = &known->memory;

	memory->flags = cold->flags;
	memory->last_tsval = cold->dir[seg->dir & 1].last_tsval;
	memory->asked_first_tsval = asked->syn_first_tsval;
	memory->asked_last_tsval = asked->last_tsval;
	memory->asked_again = asked->syn_retransmits;
	memory->remembered_flags = cold->remembered.flags;
	memory->remembered_isn = cold->remembered.isn;
	memory->remembered_payload = cold->remembered.payload;
	memory->timeout = flow_timeout(me, &known->peer);
	memory->hindsight = 0;
	memory->fills_hole = ~is_some(me->bits & FACT_RST) & is_in_hole(seg, &cold->span[seg->dir & 1].hole);
	memory->open = cold->open_flags[seg->dir & 1];
	hear_of_end(&known->peer, cold->open_flags[!seg->dir], cold->open_seq[!seg->dir], seg);
}

/* All that a record says. */
static __always_inline void known_of(struct known *known, struct tcp_facts *me, const struct segment *seg,
				     const struct flow_hot *hot, const struct flow_cold *cold, __u32 mine, __u32 peers)
{
	*known = (struct known){ 0 };
	known_facts(known, me, seg, hot, cold, mine, peers);
	known_memory(known, me, seg, cold);
}

#endif
