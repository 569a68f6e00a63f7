/* SPDX-License-Identifier: GPL-2.0-only */
/* An order of the flows of a capture that does not depend on the hash key, which differs from replay to replay. */
#ifndef SYNSCOPE_REPLAY_ORDER_H
#define SYNSCOPE_REPLAY_ORDER_H

#include "synscope/flow.h"

/* As for qsort(): by the time first seen, then by addresses, ports, VLAN ids and incarnation. */
int replay_order(const struct flow_hot *a_hot, const struct flow_cold *a_cold, const struct flow_hot *b_hot,
		 const struct flow_cold *b_cold);

#endif
