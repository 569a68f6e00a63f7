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

void not_followed_tell(const char *where, const __u64 *counters, __u32 decap)
{
	char text[NOT_FOLLOWED_SIZE], kinds[TUNNEL_LIST_SIZE];
	__u64 packets = not_followed_put(text, counters);
	__u32 wanted = decap;

	if (!packets || counters[COUNTER_INSERTED])
		return;
	for (enum tunnel_kind kind = TUNNEL_PPPOE; kind < TUNNEL_KINDS; kind++)
		if (counters[COUNTER_OF_TUNNEL(kind)])
			wanted |= TUNNEL_BIT(kind);
	put_tunnel_kinds(kinds, wanted);
	if (wanted != decap)
		message_info("%s: no flow, but packets in tunnels that are not followed (%s): --decap %s follows them",
			     where, text, kinds);
	else
		message_info("%s: no flow, but packets in tunnels that cannot be followed: %s", where, text);
}
