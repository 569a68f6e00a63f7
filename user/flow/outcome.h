/* SPDX-License-Identifier: GPL-2.0-only */
/* The outcome of a flow, in our terms and in Zeek's: pure functions of the facts of both endpoints. */
#ifndef SYNSCOPE_FLOW_OUTCOME_H
#define SYNSCOPE_FLOW_OUTCOME_H

#include <stdbool.h>

#include "synscope/history.h"
#include "synscope/lifetime.h"

enum flow_outcome {
	OUTCOME_OPENING,
	OUTCOME_OPEN,
	OUTCOME_CLOSING,
	OUTCOME_CLOSED,
	OUTCOME_RESET_BY_CLIENT,
	OUTCOME_RESET_BY_SERVER,
	OUTCOME_REFUSED,
	OUTCOME_UNANSWERED,
	OUTCOME_HALF_OPEN,
	OUTCOME_UNREACHABLE,
	OUTCOME_IDLE_TIMEOUT,
	OUTCOME_SUPERSEDED,
	OUTCOME_EVICTED,
	OUTCOME_COUNT,
};

/* Zeek's conn.log. */
enum conn_state {
	CONN_S0,
	CONN_S1,
	CONN_S2,
	CONN_S3,
	CONN_SF,
	CONN_REJ,
	CONN_RSTO,
	CONN_RSTR,
	CONN_RSTOS0,
	CONN_RSTRH,
	CONN_SH,
	CONN_SHR,
	CONN_OTH,
	CONN_COUNT,
};

/* `passed`: TIMED_OUT, TIME_WAIT_OVER; `flags`: flow_cold.flags. */
enum flow_outcome flow_outcome(const struct tcp_facts *client, const struct tcp_facts *server, __u32 passed,
			       __u32 flags);
/* Does that outcome mean that the flow ended before there was a connection? */
bool outcome_failed(enum flow_outcome outcome, const struct tcp_facts *client, const struct tcp_facts *server,
		    __u32 flags);
enum conn_state flow_conn_state(const struct tcp_facts *client, const struct tcp_facts *server);

/* The letters of flow_cold.history, with a terminating NUL; lower case: sent by the server. */
void history_decode(__u64 history, char text[HISTORY_LETTERS + 1]);

/* The words in output. The value must be valid. */
const char *outcome_name(enum flow_outcome outcome);
const char *conn_state_name(enum conn_state state);
const char *origin_name(enum flow_origin origin);
const char *state_name(enum tcp_state state);

#endif
