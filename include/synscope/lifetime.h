/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long a flow lives: which timeout of docs/specification.md, section 6, applies to its facts. Pure. Expiry is
 * decided where it matters, by a reader or by an insert that needs room: it needs no daemon.
 */
#ifndef SYNSCOPE_LIFETIME_H
#define SYNSCOPE_LIFETIME_H

#include "config.h"
#include "tcp_state.h"

/* All timeouts: the end of the enumerator, the name for users, and the default in seconds. */
#define FLOW_TIMEOUTS(X)                      \
	X(SYN_SENT, "syn_sent", 120)          \
	X(SYN_RECEIVED, "syn_received", 60)   \
	X(ESTABLISHED, "established", 432000) \
	X(FIN_WAIT, "fin_wait", 120)          \
	X(CLOSE_WAIT, "close_wait", 3600)     \
	X(LAST_ACK, "last_ack", 30)           \
	X(TIME_WAIT, "time_wait", 60)         \
	X(ONE_WAY, "one_way", 300)            \
	X(CLOSED, "closed", 10)

#define FLOW_TIMEOUT_COUNTED(enumerator, name, seconds) +1
_Static_assert(0 FLOW_TIMEOUTS(FLOW_TIMEOUT_COUNTED) == (int)TIMEOUT_COUNT, "each timeout has a name and a default");

/* The defaults in ns, to initialise an array by enum flow_timeout. */
#define FLOW_TIMEOUT_NS(enumerator, name, seconds) [TIMEOUT_##enumerator] = seconds * 1000000000ULL,
#define DEFAULT_TIMEOUTS_NS                    \
	{                                      \
		FLOW_TIMEOUTS(FLOW_TIMEOUT_NS) \
	}

/* The timeout that applies to a flow with these facts. */
static inline enum flow_timeout flow_timeout(const struct tcp_facts *a, const struct tcp_facts *b)
{
	_Bool fin_a = fin_counts(a, b), fin_b = fin_counts(b, a);

	if ((a->bits | b->bits) & FACT_RST)
		return TIMEOUT_CLOSED;
	if (!acked_syn(a, b) || !acked_syn(b, a)) /* rule 5 */
		return sent_syn(a, b) && sent_syn(b, a) ? TIMEOUT_SYN_RECEIVED : TIMEOUT_SYN_SENT;
	if (!(a->bits & b->bits & FACT_SEQ)) /* rule 11 */
		return TIMEOUT_ONE_WAY;
	if (fin_a && fin_b)
		return both_closed(a, b) ? TIMEOUT_TIME_WAIT : TIMEOUT_LAST_ACK;
	if (fin_a || fin_b)
		return (fin_a ? acked_fin(b, a) : acked_fin(a, b)) ? TIMEOUT_CLOSE_WAIT : TIMEOUT_FIN_WAIT;
	return TIMEOUT_ESTABLISHED;
}

#endif
