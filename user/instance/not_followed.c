// SPDX-License-Identifier: GPL-2.0-only
#include "instance/not_followed.h"

#include <stdio.h>

#include "base/message.h"
#include "flow/tunnel.h"

__u64 not_followed_put(char text[NOT_FOLLOWED_SIZE], const __u64 *counters)
{
	size_t length = 0;
	__u64 sum = 0;

	*text = '\0';
	for (enum tunnel_kind kind = TUNNEL_PPPOE; kind < TUNNEL_KINDS && length < NOT_FOLLOWED_SIZE; kind++) {
		__u64 packets = counters[COUNTER_OF_TUNNEL(kind)];

		if (packets)
			length += snprintf(text + length, NOT_FOLLOWED_SIZE - length, "%s%llu %s", length ? ", " : "",
					   packets, tunnel_kind_name(kind));
		sum += packets;
	}
	return sum;
}

bool not_followed_explain(char text[NOT_FOLLOWED_TEXT], const __u64 *counters, __u32 decap)
{
	char packets[NOT_FOLLOWED_SIZE], kinds[TUNNEL_LIST_SIZE];
	bool any = not_followed_put(packets, counters) && !counters[COUNTER_INSERTED];
	__u32 wanted = decap;

	*text = '\0';
	if (!any)
		return false;
	for (enum tunnel_kind kind = TUNNEL_PPPOE; kind < TUNNEL_KINDS; kind++)
		if (counters[COUNTER_OF_TUNNEL(kind)])
			wanted |= TUNNEL_BIT(kind);
	put_tunnel_kinds(kinds, wanted);
	if (wanted != decap)
		snprintf(text, NOT_FOLLOWED_TEXT,
			 "no flow, but packets in tunnels that are not followed (%s): --decap %s follows them", packets,
			 kinds);
	else
		snprintf(text, NOT_FOLLOWED_TEXT, "no flow, but packets in tunnels that cannot be followed: %s",
			 packets);
	return true;
}

bool not_followed_tell(const char *where, const __u64 *counters, __u32 decap)
{
	char text[NOT_FOLLOWED_TEXT];
	bool any = not_followed_explain(text, counters, decap);

	if (any)
		message_info("%s: %s", where, text);
	return any;
}
