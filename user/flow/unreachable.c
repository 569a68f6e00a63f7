// SPDX-License-Identifier: GPL-2.0-only
#include "flow/unreachable.h"

#include "synscope/flow.h"

/* RFC 792 has codes 0 to 5, RFC 1122 3.2.2.1 those up to 12, RFC 1812 5.2.7.1 the rest. */
static const __u8 reasons[] = {
	UNREACHABLE_NET,
	UNREACHABLE_HOST,
	UNREACHABLE_PROTOCOL,
	UNREACHABLE_PORT,
	UNREACHABLE_OTHER, /* fragmentation needed, which makes nothing unreachable */
	UNREACHABLE_SOURCE_ROUTE,
	UNREACHABLE_NET, /* unknown */
	UNREACHABLE_HOST, /* unknown */
	UNREACHABLE_HOST, /* the source is isolated */
	UNREACHABLE_ADMIN_PROHIBITED, /* the network */
	UNREACHABLE_ADMIN_PROHIBITED, /* the host */
	UNREACHABLE_NET, /* for this type of service */
	UNREACHABLE_HOST, /* likewise */
	UNREACHABLE_ADMIN_PROHIBITED,
	UNREACHABLE_PRECEDENCE, /* violation */
	UNREACHABLE_PRECEDENCE, /* cut off */
};

/* RFC 4443 3.1 */
static const __u8 reasons_ipv6[] = {
	UNREACHABLE_NET,  UNREACHABLE_ADMIN_PROHIBITED, UNREACHABLE_SCOPE,	  UNREACHABLE_HOST,
	UNREACHABLE_PORT, UNREACHABLE_SOURCE_POLICY,	UNREACHABLE_REJECT_ROUTE,
};

enum unreachable_reason unreachable_reason(bool ipv6, __u8 type, __u8 code)
{
	if (type == (ipv6 ? ICMPV6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED))
		return UNREACHABLE_TTL_EXCEEDED;
	if (type == (ipv6 ? ICMPV6_PARAMETER_PROBLEM : ICMP_PARAMETER_PROBLEM))
		return UNREACHABLE_PARAMETER_PROBLEM;
	if (type != (ipv6 ? ICMPV6_UNREACHABLE : ICMP_UNREACHABLE))
		return UNREACHABLE_OTHER;
	if (ipv6)
		return code < sizeof(reasons_ipv6) ? reasons_ipv6[code] : UNREACHABLE_OTHER;
	return code < sizeof(reasons) ? reasons[code] : UNREACHABLE_OTHER;
}

const char *unreachable_reason_name(enum unreachable_reason reason)
{
	static const char *const names[UNREACHABLE_COUNT] = {
		[UNREACHABLE_PORT] = "port",
		[UNREACHABLE_HOST] = "host",
		[UNREACHABLE_NET] = "net",
		[UNREACHABLE_PROTOCOL] = "protocol",
		[UNREACHABLE_ADMIN_PROHIBITED] = "admin_prohibited",
		[UNREACHABLE_TTL_EXCEEDED] = "ttl_exceeded",
		[UNREACHABLE_PARAMETER_PROBLEM] = "parameter_problem",
		[UNREACHABLE_SOURCE_ROUTE] = "source_route",
		[UNREACHABLE_PRECEDENCE] = "precedence",
		[UNREACHABLE_SCOPE] = "beyond_scope",
		[UNREACHABLE_SOURCE_POLICY] = "source_policy",
		[UNREACHABLE_REJECT_ROUTE] = "reject_route",
		[UNREACHABLE_OTHER] = "other",
	};

	return names[reason];
}
