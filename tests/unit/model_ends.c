// SPDX-License-Identifier: GPL-2.0-only
#include "model_ends.h"

#include <stddef.h>

/* Rule 11: an ACK proves the handshake as long as no SYN of the other end has turned up. */
bool model_proven(const struct model_end *x, const struct model_end *p)
{
	return (x->proof && !p->syn) || (p->proof && !x->syn);
}

bool model_sent_syn(const struct model_end *x, const struct model_end *p)
{
	return x->syn || x->inferred || model_proven(x, p);
}

bool model_acked_syn(const struct model_end *x, const struct model_end *p)
{
	return x->acked_syn || model_proven(x, p) || (p->syn && x->acked && within(x->max_ack, p->isn, p->next_seq)) ||
	       (p->syn && x->late && within(x->late_ack, p->isn, p->next_seq));
}

bool model_acked_fin(const struct model_end *x, const struct model_end *p)
{
	return x->acked_fin || (p->fin && x->acked && beyond(x->max_ack, p->fin_seq)) ||
	       (p->fin && x->late && beyond(x->late_ack, p->fin_seq) && !beyond(x->late_ack, p->next_seq));
}

/* Section 2: did `x` close after the FIN of the other end, which may be in fragments? */
static bool has_closed_passively(const struct model_end *x, const struct model_end *p)
{
	return p->fin && x->fin_ack - p->fin_seq >= 1 && x->fin_ack - p->fin_seq <= 65536 + 1;
}

/* Rule 21: does its FIN count? */
bool model_has_closed(const struct model_end *x, const struct model_end *p)
{
	bool believed = x->acked && !beyond(x->fin_ack, x->max_ack), covered = !beyond(x->fin_ack, p->next_seq);

	return x->fin && (covered || believed || model_acked_fin(p, x));
}

enum tcp_state model_state(const struct model_end *x, const struct model_end *p)
{
	bool closed = model_has_closed(x, p), passive = closed && has_closed_passively(x, p);
	bool acked = x->fin && model_acked_fin(p, x), acked_peer = p->fin && model_acked_fin(x, p);
	const struct {
		bool applies;
		enum tcp_state state;
	} table[] = {
		{ x->rst || p->rst, STATE_CLOSED },
		{ !model_sent_syn(x, p) && model_sent_syn(p, x), STATE_LISTEN },
		{ !model_sent_syn(x, p), STATE_CLOSED },
		{ !model_acked_syn(x, p), STATE_SYN_SENT },
		{ !model_acked_syn(p, x), STATE_SYN_RECEIVED },
		{ passive && acked, STATE_CLOSED },
		{ passive, STATE_LAST_ACK },
		{ acked && acked_peer, STATE_TIME_WAIT },
		{ acked, STATE_FIN_WAIT_2 },
		{ closed && acked_peer, STATE_CLOSING },
		{ closed, STATE_FIN_WAIT_1 },
		{ acked_peer, STATE_CLOSE_WAIT },
		{ true, STATE_ESTABLISHED },
	};
	size_t row = 0;

	while (!table[row].applies)
		row++;
	return table[row].state;
}

bool model_fins_acked(const struct model_end *x, const struct model_end *p)
{
	return x->fin && p->fin && model_acked_fin(x, p) && model_acked_fin(p, x);
}

bool model_is_done(const struct model_end *x, const struct model_end *p)
{
	return model_fins_acked(x, p) && model_acked_syn(x, p) && model_acked_syn(p, x);
}
