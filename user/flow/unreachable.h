/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a host was unreachable, in words: the types and codes of ICMP (RFC 792, RFC 1812) and ICMPv6 (RFC 4443). */
#ifndef SYNSCOPE_FLOW_UNREACHABLE_H
#define SYNSCOPE_FLOW_UNREACHABLE_H

#include <stdbool.h>

#include <linux/types.h>

enum unreachable_reason {
	UNREACHABLE_PORT,
	UNREACHABLE_HOST, /* also an address that no neighbour has */
	UNREACHABLE_NET, /* also no route to it */
	UNREACHABLE_PROTOCOL,
	UNREACHABLE_ADMIN_PROHIBITED, /* by a firewall: the communication, the host or the network */
	UNREACHABLE_TTL_EXCEEDED, /* in transit, as in a routing loop */
	UNREACHABLE_PARAMETER_PROBLEM,
	UNREACHABLE_SOURCE_ROUTE,
	UNREACHABLE_PRECEDENCE,
	UNREACHABLE_SCOPE, /* beyond the scope of the source address */
	UNREACHABLE_SOURCE_POLICY, /* the source address failed a policy */
	UNREACHABLE_REJECT_ROUTE,
	UNREACHABLE_OTHER,
	UNREACHABLE_COUNT,
};

/* What the header of an ICMP error, or of an ICMPv6 one, says. */
enum unreachable_reason unreachable_reason(bool ipv6, __u8 type, __u8 code);

/* "port", "admin_prohibited": as in JSON and filters. */
const char *unreachable_reason_name(enum unreachable_reason reason);

#endif
