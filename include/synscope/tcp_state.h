/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Facts of both endpoints -> RFC 9293 state of either. Pure: no time, no I/O, no packet. The same source is
 * compiled into the BPF programs, the command and the tests.
 *
 * Evidence rule: a segment that obliges its receiver to answer (SYN, SYN/ACK, FIN) moves the receiver only once the
 * answer has passed; a segment that needs no answer (a pure ACK, a RST) is taken as received.
 */
#ifndef SYNSCOPE_TCP_STATE_H
#define SYNSCOPE_TCP_STATE_H

#include <linux/types.h>

#include "flow.h"

/* RFC 9293 3.3.2. */
enum tcp_state {
	STATE_CLOSED,
	STATE_LISTEN,
	STATE_SYN_SENT,
	STATE_SYN_RECEIVED,
	STATE_ESTABLISHED,
	STATE_FIN_WAIT_1,
	STATE_FIN_WAIT_2,
	STATE_CLOSE_WAIT,
	STATE_CLOSING,
	STATE_LAST_ACK,
	STATE_TIME_WAIT,
	STATE_COUNT,
};

/* What one endpoint was seen to say. Sequence numbers in host order. */
struct tcp_facts {
	__u32 bits; /* FACT_* (the other bits of the facts word are ignored) */
	__u32 isn; /* valid with FACT_SYN; with FACT_INFERRED alone only in a flow first seen at its SYN/ACK */
	__u32 next_seq; /* valid with FACT_SEQ or FACT_INFERRED */
	__u32 max_ack; /* valid with FACT_ACK */
	__u32 fin_seq; /* valid with FACT_FIN */
	__u32 fin_ack; /* valid with FACT_FIN */
	__u32 late_ack; /* valid with FACT_LATE_ACK */
};

/* What only time tells. */
#define TIMED_OUT (1U << 0) /* the flow's timeout has passed */
#define TIME_WAIT_OVER (1U << 1) /* the TIME_WAIT period has passed */

/* Is a later than b? RFC 9293 3.4: comparisons are modulo 2^32 (rule 20). */
static inline _Bool seq_after(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

/* How far a is beyond b; negative if it is before. */
static inline __s32 seq_distance(__u32 a, __u32 b)
{
	return (__s32)(a - b);
}

/* The later of two numbers; of numbers that are 2^31 apart, neither of which is later, the first. */
static inline __u32 seq_max(__u32 a, __u32 b)
{
	return seq_after(b, a) ? b : a;
}

/* Are the numbers in different halves of their range? Whoever counts upwards leaves one half every 2 GiB. */
static inline _Bool in_other_half(__u32 a, __u32 b)
{
	return (a ^ b) >> 31;
}

/* Is ack in (isn, next_seq]: does it acknowledge the SYN, and nothing that was not sent? */
static inline _Bool acks_syn(__u32 ack, __u32 isn, __u32 next_seq)
{
	return ack - isn - 1 < next_seq - isn;
}

/* X proved the handshake by an ACK, and the peer's own SYN has not turned up since (docs/specification.md, rule 11). */
static inline _Bool proves_handshake(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	return (x->bits & FACT_PROOF) && !(peer->bits & FACT_SYN);
}

static inline _Bool handshake_proven(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	return proves_handshake(x, peer) || proves_handshake(peer, x);
}

/* Did X send a SYN, seen or inferred? */
static inline _Bool sent_syn(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	return (x->bits & (FACT_SYN | FACT_INFERRED)) || handshake_proven(x, peer);
}

/* Did X acknowledge the peer's SYN? Also when the SYN, or the bytes acknowledged with it, turned up only later. */
static inline _Bool acked_syn(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	if ((x->bits & FACT_ACKED_SYN) || handshake_proven(x, peer))
		return 1;
	if (!(peer->bits & FACT_SYN))
		return 0;
	return ((x->bits & FACT_ACK) && acks_syn(x->max_ack, peer->isn, peer->next_seq)) ||
	       ((x->bits & FACT_LATE_ACK) && acks_syn(x->late_ack, peer->isn, peer->next_seq));
}

/* Did X acknowledge the peer's FIN? */
static inline _Bool acked_fin(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	if (x->bits & FACT_ACKED_FIN)
		return 1;
	if (!(peer->bits & FACT_FIN))
		return 0;
	return ((x->bits & FACT_ACK) && seq_after(x->max_ack, peer->fin_seq)) ||
	       ((x->bits & FACT_LATE_ACK) && !seq_after(x->late_ack, peer->next_seq) &&
		seq_after(x->late_ack, peer->fin_seq));
}

/*
 * Does X's FIN count (docs/specification.md, rule 21)? One that acknowledges what the peer was not seen to send does
 * not, because its receiver drops it, until that turns up or the peer acknowledges the FIN.
 */
static inline _Bool fin_counts(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	if (!(x->bits & FACT_FIN))
		return 0;
	if (!seq_after(x->fin_ack, peer->next_seq) || acked_fin(peer, x))
		return 1;
	return (x->bits & FACT_ACK) && !seq_after(x->fin_ack, x->max_ack); /* believed: an end was missed */
}

/*
 * Had X received the peer's FIN when it sent its own? Then it acknowledged the number right after that FIN, of a FIN in
 * fragments one of the DATAGRAM_MAX after fin_seq. Not simply a later one: in a half-close the peer may send more than
 * 2 GiB between the two FINs, after which the older number looks like the later one.
 */
static inline _Bool closed_passively(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	return (peer->bits & FACT_FIN) && x->fin_ack - peer->fin_seq - 1 <= DATAGRAM_MAX;
}

/* Both FINs were sent and acknowledged. */
static inline _Bool both_closed(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	return (x->bits & FACT_FIN) && (peer->bits & FACT_FIN) && acked_fin(x, peer) && acked_fin(peer, x);
}

/* Is X in SYN_SENT? */
static inline _Bool in_syn_sent(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	return !((x->bits | peer->bits) & FACT_RST) && sent_syn(x, peer) && !acked_syn(x, peer);
}

/* State of X once it sent a FIN (rows 6 to 11 of the table in docs/specification.md, section 2). */
static inline enum tcp_state closing_state(const struct tcp_facts *x, const struct tcp_facts *peer, __u32 passed)
{
	_Bool fin_acked = acked_fin(peer, x);
	_Bool peer_fin_acked = (peer->bits & FACT_FIN) && acked_fin(x, peer);

	if (closed_passively(x, peer))
		return fin_acked ? STATE_CLOSED : STATE_LAST_ACK;
	if (fin_acked && peer_fin_acked)
		return (passed & TIME_WAIT_OVER) ? STATE_CLOSED : STATE_TIME_WAIT;
	if (fin_acked)
		return STATE_FIN_WAIT_2;
	return peer_fin_acked ? STATE_CLOSING : STATE_FIN_WAIT_1;
}

/* The state of X. `passed`: TIMED_OUT, TIME_WAIT_OVER. Total: any facts give exactly one state. */
static inline enum tcp_state tcp_state(const struct tcp_facts *x, const struct tcp_facts *peer, __u32 passed)
{
	if (((x->bits | peer->bits) & FACT_RST) || (passed & TIMED_OUT))
		return STATE_CLOSED;
	if (!sent_syn(x, peer))
		return sent_syn(peer, x) ? STATE_LISTEN : STATE_CLOSED;
	if (!acked_syn(x, peer))
		return STATE_SYN_SENT;
	if (!acked_syn(peer, x))
		return STATE_SYN_RECEIVED;
	if (fin_counts(x, peer))
		return closing_state(x, peer, passed);
	if ((peer->bits & FACT_FIN) && acked_fin(x, peer))
		return STATE_CLOSE_WAIT;
	return STATE_ESTABLISHED;
}

/* Facts of a direction as the record holds them, whose facts word is, or was when it was read, `word`. */
static inline struct tcp_facts tcp_facts_of(__u32 word, const struct flow_dir *hot, const struct flow_cold_dir *cold)
{
	__u32 bits = word & FACTS_MASK;
	struct tcp_facts facts = {
		.bits = bits,
		.isn = cold->isn,
		.next_seq = next_seq_of(bits, hot, cold),
		.max_ack = max_ack_of(bits, hot, cold),
		.fin_seq = cold->fin_seq,
		.fin_ack = cold->fin_ack,
		.late_ack = cold->late_ack,
	};

	return facts;
}

static inline struct tcp_facts tcp_facts(const struct flow_dir *hot, const struct flow_cold_dir *cold)
{
	return tcp_facts_of(hot->facts, hot, cold);
}

#endif
