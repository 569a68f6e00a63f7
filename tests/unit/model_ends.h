/* SPDX-License-Identifier: GPL-2.0-only */
/* An end of a flow as rules_model.h knows it, and what follows from both (docs/specification.md, section 2). */
#ifndef SYNSCOPE_TESTS_UNIT_MODEL_ENDS_H
#define SYNSCOPE_TESTS_UNIT_MODEL_ENDS_H

#include <stdbool.h>

#include <linux/types.h>

#include "synscope/tcp_state.h"

/* The facts of section 2. */
struct model_end {
	bool syn, inferred, acked_syn, fin, acked_fin, rst, late, proof, heard, acked;
	__u32 isn, next_seq, max_ack, fin_seq, fin_ack, late_ack;
	bool open, open_fin; /* rule 25: a datagram's end is not known; the number of the FIN in it is not */
	__u32 open_seq; /* where that datagram begins */
	struct { /* rule 19a: what was known at its RST */
		bool spoke, late; /* it had been heard or inferred; the other end had acknowledged something unseen */
		__u32 next_seq, peer_next_seq;
	} reset;
	bool synack_after_rst; /* rule 19a: it sent a SYN/ACK while a RST stood */
	bool tsval_known; /* rule 15 */
	__u32 tsval;
	__u32 hole_from, hole_to; /* rule 32, unless its RST stands: [hole_from, hole_to) was not seen */
};

static inline bool beyond(__u32 a, __u32 b) /* a is beyond b */
{
	return (__s32)(a - b) > 0;
}

static inline bool within(__u32 number, __u32 above, __u32 up_to) /* (above, up_to] */
{
	return beyond(number, above) && !beyond(number, up_to);
}

/* Section 2: has `x` acknowledged the other end's SYN, its FIN? */
bool model_acked_syn(const struct model_end *x, const struct model_end *p);
bool model_acked_fin(const struct model_end *x, const struct model_end *p);

/* Section 2: the state of `x`. */
enum tcp_state model_state(const struct model_end *x, const struct model_end *p);

/* Rule 11: has either end proved the handshake? */
bool model_proven(const struct model_end *x, const struct model_end *p);

/* Has `x` sent a SYN, seen or inferred? Does its FIN count (rule 21)? */
bool model_sent_syn(const struct model_end *x, const struct model_end *p);
bool model_has_closed(const struct model_end *x, const struct model_end *p);

/* Are both FINs acknowledged? And the handshake was done? */
bool model_fins_acked(const struct model_end *x, const struct model_end *p);
bool model_is_done(const struct model_end *x, const struct model_end *p);

#endif
