/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long a flow lives: which timeout of docs/specification.md, section 6, applies to its facts. Pure. Expiry is
 * decided where it matters, by a reader or by an insert that needs room: it needs no daemon.
 */
#ifndef SYNSCOPE_LIFETIME_H
#define SYNSCOPE_LIFETIME_H

#include "config.h"
#include "tcp_state.h"

/* The timeout that applies to a flow with these facts. */
static inline enum flow_timeout flow_timeout(const struct tcp_facts *a, const struct tcp_facts *b)
{
	_Bool fin_a = !!(a->bits & FACT_FIN), fin_b = !!(b->bits & FACT_FIN);

	if ((a->bits | b->bits) & FACT_RST)
		return TIMEOUT_CLOSED;
	if (!acked_syn(a, b) || !acked_syn(b, a))
		return sent_syn(a, b) && sent_syn(b, a) ? TIMEOUT_SYN_RECEIVED : TIMEOUT_SYN_SENT;
	if (fin_a && fin_b)
		return both_closed(a, b) ? TIMEOUT_TIME_WAIT : TIMEOUT_LAST_ACK;
	if (fin_a || fin_b)
		return (fin_a ? acked_fin(b, a) : acked_fin(a, b)) ? TIMEOUT_CLOSE_WAIT : TIMEOUT_FIN_WAIT;
	return TIMEOUT_ESTABLISHED;
}

#endif
