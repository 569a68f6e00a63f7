// SPDX-License-Identifier: GPL-2.0-only
#include "flow/outcome.h"

#include <ctype.h>

/* Rule 28: that the flow had an answer is also known from the client, which proves the handshake by its ACK. */
static bool unreachable(const struct tcp_facts *client, const struct tcp_facts *server, __u32 flags)
{
	return (flags & FLOW_UNREACHABLE) && !(server->bits & (FACT_SEQ | FACT_RST)) && !(client->bits & FACT_PROOF);
}

static enum flow_outcome timeout_outcome(enum flow_timeout class)
{
	switch (class) {
	case TIMEOUT_SYN_SENT:
		return OUTCOME_UNANSWERED;
	case TIMEOUT_SYN_RECEIVED:
		return OUTCOME_HALF_OPEN;
	default:
		return OUTCOME_IDLE_TIMEOUT;
	}
}

enum flow_outcome flow_outcome(const struct tcp_facts *client, const struct tcp_facts *server, __u32 passed,
			       __u32 flags)
{
	if (unreachable(client, server, flags))
		return OUTCOME_UNREACHABLE;
	if (((client->bits | server->bits) & FACT_RST) && !both_closed(client, server)) {
		if (!(server->bits & FACT_RST))
			return OUTCOME_RESET_BY_CLIENT;
		return sent_syn(server, client) ? OUTCOME_RESET_BY_SERVER : OUTCOME_REFUSED;
	}
	if (both_closed(client, server))
		return OUTCOME_CLOSED;
	if (passed & TIMED_OUT)
		return timeout_outcome(flow_timeout(client, server));
	if ((client->bits | server->bits) & FACT_FIN)
		return OUTCOME_CLOSING;
	if ((flags & FLOW_ORIGIN_MASK) == ORIGIN_MIDSTREAM || (acked_syn(client, server) && acked_syn(server, client)))
		return OUTCOME_OPEN;
	return OUTCOME_OPENING;
}

bool outcome_failed(enum flow_outcome outcome, const struct tcp_facts *client, const struct tcp_facts *server,
		    __u32 flags)
{
	if ((flags & FLOW_ORIGIN_MASK) == ORIGIN_MIDSTREAM)
		return false;
	switch (outcome) {
	case OUTCOME_REFUSED:
	case OUTCOME_UNANSWERED:
	case OUTCOME_HALF_OPEN:
	case OUTCOME_UNREACHABLE:
		return true;
	case OUTCOME_RESET_BY_CLIENT:
	case OUTCOME_RESET_BY_SERVER:
		return !acked_syn(client, server) || !acked_syn(server, client);
	default:
		return false;
	}
}

/*
 * The state of one endpoint in Zeek's terms; coarser than RFC 9293, because Zeek does not wait for the answer to a FIN.
 */
enum zeek_endpoint {
	ZEEK_INACTIVE,
	ZEEK_PARTIAL, /* sent segments, but no SYN that was seen */
	ZEEK_SYN_SENT,
	ZEEK_ESTABLISHED,
	ZEEK_CLOSED,
	ZEEK_RESET,
};

static enum zeek_endpoint zeek_endpoint(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	if (x->bits & peer->bits & FACT_FIN)
		return ZEEK_CLOSED; /* after both FINs, a RST does not change the outcome */
	if (x->bits & FACT_RST)
		return ZEEK_RESET;
	if (x->bits & FACT_FIN)
		return ZEEK_CLOSED;
	if (x->bits & FACT_SYN)
		return !(x->bits & FACT_CLIENT) || (peer->bits & FACT_SYN) ? ZEEK_ESTABLISHED : ZEEK_SYN_SENT;
	if (!(x->bits & FACT_SEQ))
		return ZEEK_INACTIVE;
	return (x->bits & FACT_CLIENT) && (peer->bits & FACT_SYN) ? ZEEK_ESTABLISHED : ZEEK_PARTIAL;
}

static bool zeek_inactive(enum zeek_endpoint endpoint)
{
	return endpoint == ZEEK_INACTIVE || endpoint == ZEEK_PARTIAL;
}

enum conn_state flow_conn_state(const struct tcp_facts *client, const struct tcp_facts *server)
{
	enum zeek_endpoint c = zeek_endpoint(client, server);
	enum zeek_endpoint s = zeek_endpoint(server, client);

	if (s == ZEEK_RESET) {
		if (c == ZEEK_SYN_SENT)
			return CONN_REJ;
		return zeek_inactive(c) ? CONN_RSTRH : CONN_RSTR;
	}
	if (c == ZEEK_RESET) {
		bool only_syn = (client->bits & FACT_SYN) && !(client->bits & (FACT_HISTORY_ACK | FACT_FIN));

		if (!zeek_inactive(s))
			return CONN_RSTO;
		return only_syn ? CONN_RSTOS0 : CONN_OTH;
	}
	if (c == ZEEK_CLOSED && s == ZEEK_CLOSED)
		return CONN_SF;
	if (c == ZEEK_CLOSED)
		return zeek_inactive(s) ? CONN_SH : CONN_S2;
	if (s == ZEEK_CLOSED)
		return zeek_inactive(c) ? CONN_SHR : CONN_S3;
	if (c == ZEEK_SYN_SENT && s == ZEEK_INACTIVE)
		return CONN_S0;
	return c == ZEEK_ESTABLISHED && s == ZEEK_ESTABLISHED ? CONN_S1 : CONN_OTH;
}

void history_decode(__u64 history, char text[HISTORY_LETTERS + 1])
{
	static const char names[] = "?" HISTORY_NAMES "?????????"; /* by 4 bits */
	__u32 at = 0;

	for (; at < HISTORY_LETTERS && history_letter(history, at); at++) {
		__u32 letter = history_letter(history, at);
		char name = names[letter & (HISTORY_SERVER - 1)];

		text[at] = (letter & HISTORY_SERVER) ? (char)tolower(name) : name;
	}
	text[at] = '\0';
}

const char *outcome_name(enum flow_outcome outcome)
{
	static const char *const names[OUTCOME_COUNT] = {
		[OUTCOME_OPENING] = "opening",
		[OUTCOME_OPEN] = "open",
		[OUTCOME_CLOSING] = "closing",
		[OUTCOME_CLOSED] = "closed",
		[OUTCOME_RESET_BY_CLIENT] = "reset_by_client",
		[OUTCOME_RESET_BY_SERVER] = "reset_by_server",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_UNANSWERED] = "unanswered",
		[OUTCOME_HALF_OPEN] = "half_open",
		[OUTCOME_UNREACHABLE] = "unreachable",
		[OUTCOME_IDLE_TIMEOUT] = "idle_timeout",
		[OUTCOME_SUPERSEDED] = "superseded",
		[OUTCOME_EVICTED] = "evicted",
	};

	return names[outcome];
}

const char *conn_state_name(enum conn_state state)
{
	static const char *const names[CONN_COUNT] = {
		[CONN_S0] = "S0",	  [CONN_S1] = "S1",	  [CONN_S2] = "S2",	[CONN_S3] = "S3",
		[CONN_SF] = "SF",	  [CONN_REJ] = "REJ",	  [CONN_RSTO] = "RSTO", [CONN_RSTR] = "RSTR",
		[CONN_RSTOS0] = "RSTOS0", [CONN_RSTRH] = "RSTRH", [CONN_SH] = "SH",	[CONN_SHR] = "SHR",
		[CONN_OTH] = "OTH",
	};

	return names[state];
}

const char *origin_name(enum flow_origin origin)
{
	static const char *const names[] = {
		[ORIGIN_HANDSHAKE] = "handshake",
		[ORIGIN_SYNACK] = "synack",
		[ORIGIN_MIDSTREAM] = "midstream",
	};

	return names[origin];
}

const char *state_name(enum tcp_state state)
{
	static const char *const names[STATE_COUNT] = {
		[STATE_CLOSED] = "CLOSED",	     [STATE_LISTEN] = "LISTEN",
		[STATE_SYN_SENT] = "SYN_SENT",	     [STATE_SYN_RECEIVED] = "SYN_RECEIVED",
		[STATE_ESTABLISHED] = "ESTABLISHED", [STATE_FIN_WAIT_1] = "FIN_WAIT_1",
		[STATE_FIN_WAIT_2] = "FIN_WAIT_2",   [STATE_CLOSE_WAIT] = "CLOSE_WAIT",
		[STATE_CLOSING] = "CLOSING",	     [STATE_LAST_ACK] = "LAST_ACK",
		[STATE_TIME_WAIT] = "TIME_WAIT",
	};

	return names[state];
}
