// SPDX-License-Identifier: GPL-2.0-only
#include "format/explain.h"

#include <string.h>

#include "base/translate.h"
#include "synscope/segment.h"
#include "synscope/tcp_state.h"

/* What a segment is, to its receiver. */
enum meaning {
	MEANS_SYN,
	MEANS_SYN_AGAIN,
	MEANS_SYN_CROSSING,
	MEANS_SYNACK,
	MEANS_SYNACK_AGAIN,
	MEANS_HANDSHAKE_ACK,
	MEANS_HANDSHAKE_DATA,
	MEANS_MIDSTREAM,
	MEANS_ACK,
	MEANS_DATA,
	MEANS_DATA_AGAIN,
	MEANS_FIN,
	MEANS_FIN_TOO,
	MEANS_FIN_CROSSING,
	MEANS_FIN_AGAIN,
	MEANS_FIN_ACK,
	MEANS_REFUSAL,
	MEANS_GIVING_UP,
	MEANS_RESET,
	MEANS_LATE_RESET,
	MEANS_ANOMALY, /* and the enum flow_anomaly is added */
	MEANINGS = MEANS_ANOMALY + ANOMALY_COUNT,
};

/* {sender}, or {Sender} at the beginning, sent the segment to {other}. */
static const struct {
	const char *clause;
	const char *section; /* of RFC 9293 */
	const char *rfc5961; /* section of it, or NULL */
} meanings[MEANINGS] = {
	[MEANS_SYN] = { N_("{Sender} asks for a connection and tells the number that its bytes are counted from"),
			"3.5" },
	[MEANS_SYN_AGAIN] = { N_("{Sender} asks again, because nobody has answered its SYN in time"), "3.8.1" },
	[MEANS_SYN_CROSSING] = { N_("{Sender} asks for a connection, too: both SYNs were on their way at the same "
				    "time, "
				    "which is a simultaneous open"),
				 "3.5" },
	[MEANS_SYNACK] = { N_("{Sender} agrees: it acknowledges the SYN by its number plus one, and tells the number "
			      "that "
			      "its own bytes are counted from"),
			   "3.5" },
	[MEANS_SYNACK_AGAIN] = { N_("{Sender} answers again, because nobody has acknowledged its SYN in time"),
				 "3.8.1" },
	[MEANS_HANDSHAKE_ACK] = { N_("{Sender} acknowledges the other SYN by its number plus one, which completes the "
				     "handshake"),
				  "3.5" },
	[MEANS_HANDSHAKE_DATA] = { N_("{Sender} sends its first data, whose acknowledgement number completes the "
				      "handshake, "
				      "too"),
				   "3.5" },
	[MEANS_MIDSTREAM] = { N_("This is the first segment that was seen of a connection that is older"), "3.3.2" },
	[MEANS_ACK] = { N_("{Sender} acknowledges what has arrived, and tells how much more may be sent"), "3.8" },
	[MEANS_DATA] = { N_("{Sender} sends data, and acknowledges what has arrived"), "3.8" },
	[MEANS_DATA_AGAIN] = { N_("{Sender} sends again what nobody has acknowledged in time"), "3.8.1" },
	[MEANS_FIN] = { N_("{Sender} has nothing more to send: its FIN says so, counts as one number, and asks for an "
			   "acknowledgement"),
			"3.6" },
	[MEANS_FIN_TOO] = { N_("{Sender} has nothing more to send, either, and sends its own FIN"), "3.6" },
	[MEANS_FIN_CROSSING] = { N_("{Sender} sends its FIN before it has seen the other one: both close at the same "
				    "time"),
				 "3.6" },
	[MEANS_FIN_AGAIN] = { N_("{Sender} sends its FIN again, because nobody has acknowledged it in time"), "3.8.1" },
	[MEANS_FIN_ACK] = { N_("{Sender} acknowledges the FIN by its number plus one"), "3.6" },
	[MEANS_REFUSAL] = { N_("{Sender} refuses: no program listens at this port, so the SYN is answered by a RST"),
			    "3.10.7.1" },
	[MEANS_GIVING_UP] = { N_("{Sender} gives up its attempt by a RST, before the handshake is complete"), "3.5.2" },
	[MEANS_RESET] = { N_("{Sender} ends the connection at once by a RST; what is on its way is lost"), "3.5.3" },
	[MEANS_LATE_RESET] = { N_("{Sender} knows the connection no more, and answers by a RST what came late"),
			       "3.5.2" },
	[MEANS_ANOMALY +
		ANOMALY_BAD_ACK] = { N_("{Sender} acknowledges a SYN that {other} has not sent, so that nobody "
					"believes it; such an answer may belong to an older connection"),
				     "3.10.7.3" },
	[MEANS_ANOMALY + ANOMALY_BAD_RST] = { N_("This RST has not exactly the number that {other} expects; it may be "
						 "forged, and is only answered by a challenge ACK"),
					      "3.10.7.4", "3" },
	[MEANS_ANOMALY +
		ANOMALY_BAD_SEQ] = { N_("The numbers of this segment are far outside of the window of {other}, "
					"which drops it"),
				     "3.10.7.4" },
	[MEANS_ANOMALY +
		ANOMALY_ACK_UNSEEN] = { N_("{Sender} acknowledges what {other} was not seen to send: it may be forged, "
					   "or a segment was missed here; its number is not believed for now"),
					"3.10.7.4" },
	[MEANS_ANOMALY + ANOMALY_CHALLENGE_SYN] = { N_("A SYN within a connection changes nothing; {other} asks by a "
						       "challenge ACK whether {sender} has begun anew"),
						    "3.10.7.4", "4" },
	[MEANS_ANOMALY +
		ANOMALY_REORDERED] = { N_("This segment of {sender} was overtaken by a later one, and fills the "
					  "hole that it left"),
				       "3.4" },
	[MEANS_ANOMALY +
		ANOMALY_DUPLICATE] = { N_("This is a copy of a segment that {sender} has sent once, made by the "
					  "network or by the capture"),
				       "3.4" },
	[MEANS_ANOMALY + ANOMALY_RST_REFUTED] = { N_("{Sender} goes on as only a live connection does, so that the RST "
						     "before was forged or never arrived"),
						  "3.5.3" },
	[MEANS_ANOMALY +
		ANOMALY_FIN_REFUTED] = { N_("{Sender} acknowledges data at the number of the FIN and beyond it, so "
					    "that this FIN was not genuine"),
					 "3.6" },
};

/* {end} is in this state now. */
static const struct {
	const char *clause;
} reasons[STATE_COUNT] = {
	[STATE_CLOSED] = { N_("{end} is in CLOSED and forgets the connection") },
	[STATE_LISTEN] = { N_("{end} is taken to be in LISTEN") },
	[STATE_SYN_SENT] = { N_("{end} is in SYN_SENT until an answer comes") },
	[STATE_SYN_RECEIVED] = { N_("{end} is in SYN_RECEIVED until its own SYN is acknowledged") },
	[STATE_ESTABLISHED] = { N_("{end} is in ESTABLISHED and may send data") },
	[STATE_FIN_WAIT_1] = { N_("{end} is in FIN_WAIT_1 until its FIN is acknowledged") },
	[STATE_FIN_WAIT_2] = { N_("{end} is in FIN_WAIT_2, and still receives data until the other end closes, too") },
	[STATE_CLOSE_WAIT] = { N_("{end} is in CLOSE_WAIT, and may still send data until its program closes, too") },
	[STATE_CLOSING] = { N_("{end} is in CLOSING until its own FIN is acknowledged") },
	[STATE_LAST_ACK] = { N_("{end} is in LAST_ACK until its FIN is acknowledged") },
	[STATE_TIME_WAIT] = { N_(
		"{end} is in TIME_WAIT for twice the life of a segment, so that it can answer if this last ACK "
		"is lost and the FIN comes again, and so that late segments reach no new connection") },
};

/* What ends or has ended a flow without a segment. */
static const struct {
	const char *sentence;
	const char *section; /* of RFC 9293 */
} endings[OUTCOME_COUNT] = {
	[OUTCOME_OPENING] = { N_("The connection is being opened"), "3.5" },
	[OUTCOME_OPEN] = { N_("Later segments, of which no step was kept, led here"), "3.3.2" },
	[OUTCOME_CLOSING] = { N_("Later segments, of which no step was kept, led here"), "3.3.2" },
	[OUTCOME_CLOSED] = { N_("Twice the life of a segment has passed without one, so that nothing of the connection "
				"can come any more"),
			     "3.10.8" },
	[OUTCOME_RESET_BY_CLIENT] = { N_("A RST of the client has ended the connection"), "3.5.3" },
	[OUTCOME_RESET_BY_SERVER] = { N_("A RST of the server has ended the connection"), "3.5.3" },
	[OUTCOME_REFUSED] = { N_("The server has refused the connection by a RST"), "3.10.7.1" },
	[OUTCOME_UNANSWERED] = { N_("Nobody has answered the SYN; the client has given up by now"), "3.10.8" },
	[OUTCOME_HALF_OPEN] = { N_("Nobody has acknowledged the SYN/ACK; the server has given up by now"), "3.10.8" },
	[OUTCOME_UNREACHABLE] = { N_("An ICMP error says that the SYN did not arrive"), "3.9.2.2" },
	[OUTCOME_IDLE_TIMEOUT] = { N_("Nothing was seen for longer than the timeout, so that the connection is taken "
				      "to "
				      "have ended"),
				   "3.8.3" },
	[OUTCOME_SUPERSEDED] = { N_("A new connection between the same ports has begun"), "3.6.1" },
	[OUTCOME_EVICTED] = { N_("The flow had to make room in the table, and how it went on is not known"), "3.3.2" },
};

static const char *const senders[SIDE_COUNT] = { N_("The client"), N_("The server") };
static const char *const ends[SIDE_COUNT] = { N_("the client"), N_("the server") };

/* A step, and the states before it; `first`: there is no step before it. */
struct explained {
	const struct ladder_step *step;
	enum tcp_state was[SIDE_COUNT];
	bool first;
};

static bool became(const struct explained *explained, enum flow_side side, enum tcp_state from, enum tcp_state to)
{
	return explained->was[side] == from && explained->step->state[side] == to;
}

static bool completes_handshake(const struct explained *explained)
{
	enum tcp_state client = explained->was[SIDE_CLIENT];

	return !explained->first && (client == STATE_SYN_SENT || client == STATE_SYN_RECEIVED) &&
	       explained->step->state[SIDE_CLIENT] == STATE_ESTABLISHED;
}

static bool acknowledges_fin(const struct explained *explained)
{
	enum flow_side peer = !explained->step->side;

	return became(explained, peer, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2) ||
	       became(explained, peer, STATE_LAST_ACK, STATE_CLOSED) ||
	       became(explained, peer, STATE_CLOSING, STATE_TIME_WAIT) ||
	       became(explained, peer, STATE_FIN_WAIT_1, STATE_TIME_WAIT);
}

static enum meaning meaning_of_reset(const struct explained *explained)
{
	enum flow_side side = explained->step->side;
	enum tcp_state mine = explained->was[side], peers = explained->was[!side];

	if (peers == STATE_SYN_SENT && mine != STATE_SYN_RECEIVED)
		return MEANS_REFUSAL;
	if (mine == STATE_SYN_SENT || mine == STATE_SYN_RECEIVED)
		return MEANS_GIVING_UP;
	if (mine == STATE_CLOSED || mine == STATE_TIME_WAIT)
		return MEANS_LATE_RESET;
	return MEANS_RESET;
}

static enum meaning meaning_of_syn(const struct ladder_step *step)
{
	bool again = step->remark == REMARK_RETRANSMIT;

	if (step->flags & SEGMENT_ACK)
		return again ? MEANS_SYNACK_AGAIN : MEANS_SYNACK;
	if (again)
		return MEANS_SYN_AGAIN;
	return step->side == SIDE_SERVER ? MEANS_SYN_CROSSING : MEANS_SYN;
}

static enum meaning meaning_of_fin(const struct explained *explained)
{
	const struct ladder_step *step = explained->step;
	enum tcp_state peers = explained->was[!step->side];

	if (step->remark == REMARK_RETRANSMIT)
		return MEANS_FIN_AGAIN;
	if (step->state[step->side] == STATE_LAST_ACK || explained->was[step->side] == STATE_CLOSE_WAIT)
		return MEANS_FIN_TOO;
	return peers == STATE_FIN_WAIT_1 || peers == STATE_FIN_WAIT_2 ? MEANS_FIN_CROSSING : MEANS_FIN;
}

static enum meaning meaning_of(const struct explained *explained)
{
	const struct ladder_step *step = explained->step;

	for (int i = 0; i < ANOMALY_COUNT; i++)
		if ((int)step->remark == REMARK_OF_ANOMALY(i))
			return MEANS_ANOMALY + i;
	if (step->flags & SEGMENT_RST)
		return meaning_of_reset(explained);
	if (step->flags & SEGMENT_SYN)
		return meaning_of_syn(step);
	if (step->flags & SEGMENT_FIN)
		return meaning_of_fin(explained);
	if (explained->first)
		return MEANS_MIDSTREAM;
	if (completes_handshake(explained))
		return step->payload ? MEANS_HANDSHAKE_DATA : MEANS_HANDSHAKE_ACK;
	if (step->remark == REMARK_RETRANSMIT)
		return MEANS_DATA_AGAIN;
	if (step->payload)
		return MEANS_DATA;
	return acknowledges_fin(explained) ? MEANS_FIN_ACK : MEANS_ACK;
}

/* What stands for a {name} in a text. */
struct insertion {
	const char *name, *text;
};

/* Write a text with its insertions, of which the last one has no name. */
static void put(struct buffer *out, const char *text, const struct insertion *insertions)
{
	for (; *text; text++) {
		const struct insertion *insertion = insertions;
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		size_t length = end ? (size_t)(end - text - 1) : 0;

		while (end && insertion->name &&
		       (strlen(insertion->name) != length || memcmp(insertion->name, text + 1, length) != 0))
			insertion++;
		if (end && insertion->name) {
			buffer_text(out, insertion->text);
			text = end;
		} else {
			buffer_char(out, *text);
		}
	}
}

static void put_reference(struct buffer *out, const char *section, const char *rfc5961)
{
	const struct insertion insertions[] = { { "section", section }, { "more", rfc5961 ? rfc5961 : "" }, { 0 } };

	put(out,
	    rfc5961 ? _(" (RFC 9293 section {section}; RFC 5961 section {more}).")
		    : _(" (RFC 9293 section {section})."),
	    insertions);
}

static void put_reason(struct buffer *out, const char *joint, const char *end, enum tcp_state state)
{
	buffer_text(out, joint);
	put(out, _(reasons[state].clause), (struct insertion[]){ { "end", end }, { 0 } });
}

/* What both ends have come to together, or NULL. */
static const char *common_reason(const struct explained *explained)
{
	const enum tcp_state *state = explained->step->state, *was = explained->was;

	if (state[SIDE_CLIENT] != state[SIDE_SERVER])
		return NULL;
	if (!explained->first && (was[SIDE_CLIENT] == state[SIDE_CLIENT] || was[SIDE_SERVER] == state[SIDE_SERVER]))
		return NULL;
	if (state[SIDE_CLIENT] == STATE_ESTABLISHED)
		return _("both ends are in ESTABLISHED and may send data");
	if (state[SIDE_CLIENT] == STATE_TIME_WAIT)
		return _("both ends are in TIME_WAIT for twice the life of a segment, so that they can answer if a FIN "
			 "comes again");
	return state[SIDE_CLIENT] == STATE_CLOSED ? _("both ends are in CLOSED and forget the connection") : NULL;
}

/* The sender comes first, but if there is much to say of it. */
static void put_reasons(struct buffer *out, const struct explained *explained)
{
	const struct ladder_step *step = explained->step;
	bool sender_last = step->state[step->side] == STATE_TIME_WAIT;
	const char *common = common_reason(explained);
	bool begun = false;

	if (common) {
		buffer_text(out, _(", so "));
		buffer_text(out, common);
		return;
	}
	for (int i = 0; i < SIDE_COUNT; i++) {
		enum flow_side side = !i == sender_last ? !step->side : step->side;

		if (!explained->first && step->state[side] == explained->was[side])
			continue;
		put_reason(out, begun ? _(", and ") : _(", so "),
			   side == step->side && !begun ? _("it") : _(ends[side]), step->state[side]);
		begun = true;
	}
}

void explain_step(struct buffer *out, const struct ladder *ladder, size_t at)
{
	const struct ladder_step *step = &ladder->step[at];
	struct explained explained = { .step = step, .first = !at };
	const struct insertion insertions[] = { { "Sender", _(senders[step->side]) },
						{ "sender", _(ends[step->side]) },
						{ "other", _(ends[!step->side]) },
						{ 0 } };
	enum meaning meaning;

	for (int side = 0; side < SIDE_COUNT && at; side++)
		explained.was[side] = step[-1].state[side];
	meaning = meaning_of(&explained);
	put(out, _(meanings[meaning].clause), insertions);
	put_reasons(out, &explained);
	put_reference(out, meanings[meaning].section, meanings[meaning].rfc5961);
}

void explain_now(struct buffer *out, const struct flow_view *view)
{
	buffer_text(out, _(endings[view->outcome].sentence));
	put_reference(out, endings[view->outcome].section, NULL);
}
