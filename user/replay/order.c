// SPDX-License-Identifier: GPL-2.0-only
#include "replay/order.h"

#include <string.h>

#include "flow/view.h"

int replay_order(const struct flow_hot *a_hot, const struct flow_cold *a_cold, const struct flow_hot *b_hot,
		 const struct flow_cold *b_cold)
{
	__u64 a_first = flow_first_seen(a_cold), b_first = flow_first_seen(b_cold);
	int order = (a_first > b_first) - (a_first < b_first);

	if (!order)
		order = memcmp(a_cold->addr, b_cold->addr, sizeof(a_cold->addr));
	if (!order)
		order = memcmp(a_hot->port, b_hot->port, sizeof(a_hot->port));
	if (!order)
		order = memcmp(a_cold->vlan, b_cold->vlan, sizeof(a_cold->vlan));
	return order ? order : (int)a_cold->incarnation - (int)b_cold->incarnation;
}
