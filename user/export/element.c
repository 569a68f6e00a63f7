// SPDX-License-Identifier: GPL-2.0-only
#include "export/element.h"

#include <netinet/in.h>
#include <string.h>

#include "base/clock.h"

#define ENTERPRISE_REVERSE 29305 /* RFC 5103: what the other endpoint sent */
#define ENTERPRISE_NTOP 35632
#define ENTERPRISE_CERT 6871

enum element_value {
	VALUE_CLIENT_IP,
	VALUE_SERVER_IP,
	VALUE_CLIENT_PORT,
	VALUE_SERVER_PORT,
	VALUE_PROTOCOL,
	VALUE_DIRECTION,
	VALUE_END_REASON,
	VALUE_FIRST_MS, /* since 1970 */
	VALUE_LAST_MS,
	VALUE_FIRST_UPTIME, /* ms since the host's start */
	VALUE_LAST_UPTIME,
	VALUE_CLIENT_BYTES,
	VALUE_CLIENT_PACKETS,
	VALUE_SERVER_BYTES,
	VALUE_SERVER_PACKETS,
	VALUE_CLIENT_FLAGS,
	VALUE_SERVER_FLAGS,
	VALUE_CLIENT_ISN,
	VALUE_SERVER_ISN,
	VALUE_SYNS,
	VALUE_INTERFACE,
	VALUE_VLAN,
	VALUE_SYNACK_TO_ACK_HALF_MS, /* half of it, as ntop defines the latency of a client's network */
	VALUE_SYN_TO_SYNACK_HALF_MS,
	VALUE_SYN_TO_SYNACK_MS,
	VALUE_SYNACK_TO_ACK_S,
	VALUE_SYNACK_TO_ACK_US, /* of its second */
	VALUE_SYN_TO_SYNACK_S,
	VALUE_SYN_TO_SYNACK_US,
	VALUE_SYN_TO_SYNACK_NS,
	VALUE_SYNACK_TO_ACK_NS,
	VALUE_HANDSHAKE_NS,
	VALUE_OUTCOME,
	VALUE_CLIENT_RTT_MIN_NS, /* these, and no others, from here on: first those of the client */
	VALUE_CLIENT_RTT_LAST_NS,
	VALUE_CLIENT_RTT_SMOOTHED_NS,
	VALUE_CLIENT_RTT_SAMPLES,
	VALUE_SERVER_RTT_MIN_NS,
	VALUE_SERVER_RTT_LAST_NS,
	VALUE_SERVER_RTT_SMOOTHED_NS,
	VALUE_SERVER_RTT_SAMPLES,
};

/* RFC 5610, sections 3.1 to 3.7 */
#define TYPE_UNSIGNED32 3
#define TYPE_UNSIGNED64 4
#define TYPE_STRING 13
#define SEMANTICS_DEFAULT 0
#define SEMANTICS_QUANTITY 1
#define SEMANTICS_TOTAL 2
#define UNITS_NONE 0
#define UNITS_NANOSECONDS 8

/* Members of an element. */
#define NAMED(text, number) .name = (text), .enterprise = (number)
#define IPFIX(number, length) .as[PROTOCOL_IPFIX] = { number, length }
#define NETFLOW9(number, length) .as[PROTOCOL_NETFLOW9] = { number, length }
#define NANOSECONDS .type = TYPE_UNSIGNED64, .semantics = SEMANTICS_QUANTITY, .units = UNITS_NANOSECONDS
#define TOTAL .type = TYPE_UNSIGNED32, .semantics = SEMANTICS_TOTAL, .units = UNITS_NONE
#define STRING .type = TYPE_STRING, .semantics = SEMANTICS_DEFAULT, .units = UNITS_NONE

/*
 * The order matters to nfdump 1.7, for which the flags that come last are those of the flow: so what the server sent
 * comes before what the client sent. It knows the latencies of the handshake only in NetFlow v9 (57554 to 57557).
 */
const struct element elements[] = {
	{ NAMED("sourceIPv4Address", 0), IPFIX(8, 4), NETFLOW9(8, 4), .value = VALUE_CLIENT_IP, .family = 4 },
	{ NAMED("destinationIPv4Address", 0), IPFIX(12, 4), NETFLOW9(12, 4), .value = VALUE_SERVER_IP, .family = 4 },
	{ NAMED("sourceIPv6Address", 0), IPFIX(27, 16), NETFLOW9(27, 16), .value = VALUE_CLIENT_IP, .family = 6 },
	{ NAMED("destinationIPv6Address", 0), IPFIX(28, 16), NETFLOW9(28, 16), .value = VALUE_SERVER_IP, .family = 6 },
	{ NAMED("reverseTcpControlBits", ENTERPRISE_REVERSE), IPFIX(6, 2), .value = VALUE_SERVER_FLAGS },
	{ NAMED("reverseTcpSequenceNumber", ENTERPRISE_REVERSE), IPFIX(184, 4), .value = VALUE_SERVER_ISN,
	  .needs = PART_SERVER_ISN },
	{ NAMED("sourceTransportPort", 0), IPFIX(7, 2), NETFLOW9(7, 2), .value = VALUE_CLIENT_PORT },
	{ NAMED("destinationTransportPort", 0), IPFIX(11, 2), NETFLOW9(11, 2), .value = VALUE_SERVER_PORT },
	{ NAMED("protocolIdentifier", 0), IPFIX(4, 1), NETFLOW9(4, 1), .value = VALUE_PROTOCOL },
	{ NAMED("biflowDirection", 0), IPFIX(239, 1), .value = VALUE_DIRECTION },
	{ NAMED("flowEndReason", 0), IPFIX(136, 1), .value = VALUE_END_REASON },
	{ NAMED("flowStartMilliseconds", 0), IPFIX(152, 8), .value = VALUE_FIRST_MS },
	{ NAMED("flowEndMilliseconds", 0), IPFIX(153, 8), .value = VALUE_LAST_MS },
	{ NAMED("flowStartSysUpTime", 0), NETFLOW9(22, 4), .value = VALUE_FIRST_UPTIME },
	{ NAMED("flowEndSysUpTime", 0), NETFLOW9(21, 4), .value = VALUE_LAST_UPTIME },
	{ NAMED("octetDeltaCount", 0), IPFIX(1, 8), NETFLOW9(1, 8), .value = VALUE_CLIENT_BYTES },
	{ NAMED("packetDeltaCount", 0), IPFIX(2, 8), NETFLOW9(2, 8), .value = VALUE_CLIENT_PACKETS },
	{ NAMED("reverseOctetDeltaCount", ENTERPRISE_REVERSE), IPFIX(1, 8), .value = VALUE_SERVER_BYTES },
	{ NAMED("reversePacketDeltaCount", ENTERPRISE_REVERSE), IPFIX(2, 8), .value = VALUE_SERVER_PACKETS },
	{ NAMED("postOctetDeltaCount", 0), NETFLOW9(23, 8), .value = VALUE_SERVER_BYTES },
	{ NAMED("postPacketDeltaCount", 0), NETFLOW9(24, 8), .value = VALUE_SERVER_PACKETS },
	{ NAMED("tcpControlBits", 0), IPFIX(6, 2), NETFLOW9(6, 1), .value = VALUE_CLIENT_FLAGS },
	{ NAMED("tcpSequenceNumber", 0), IPFIX(184, 4), .value = VALUE_CLIENT_ISN, .needs = PART_CLIENT_ISN },
	{ NAMED("tcpSynTotalCount", 0), IPFIX(218, 8), .value = VALUE_SYNS, .needs = PART_SYNS },
	{ NAMED("ingressInterface", 0), IPFIX(10, 4), NETFLOW9(10, 4), .value = VALUE_INTERFACE },
	{ NAMED("vlanId", 0), IPFIX(58, 2), NETFLOW9(58, 2), .value = VALUE_VLAN },
	{ NAMED("clientNetworkLatency", ENTERPRISE_NTOP), IPFIX(123, 4), .value = VALUE_SYNACK_TO_ACK_HALF_MS,
	  .needs = PART_SYNACK_TO_ACK },
	{ NAMED("serverNetworkLatency", ENTERPRISE_NTOP), IPFIX(124, 4), .value = VALUE_SYN_TO_SYNACK_HALF_MS,
	  .needs = PART_SYN_TO_SYNACK },
	{ NAMED("reverseFlowDeltaMilliseconds", ENTERPRISE_CERT), IPFIX(21, 4), .value = VALUE_SYN_TO_SYNACK_MS,
	  .needs = PART_SYN_TO_SYNACK },
	{ NAMED("clientNetworkDelaySeconds", 0), NETFLOW9(57554, 4), .value = VALUE_SYNACK_TO_ACK_S,
	  .needs = PART_SYNACK_TO_ACK },
	{ NAMED("clientNetworkDelayMicroseconds", 0), NETFLOW9(57555, 4), .value = VALUE_SYNACK_TO_ACK_US,
	  .needs = PART_SYNACK_TO_ACK },
	{ NAMED("serverNetworkDelaySeconds", 0), NETFLOW9(57556, 4), .value = VALUE_SYN_TO_SYNACK_S,
	  .needs = PART_SYN_TO_SYNACK },
	{ NAMED("serverNetworkDelayMicroseconds", 0), NETFLOW9(57557, 4), .value = VALUE_SYN_TO_SYNACK_US,
	  .needs = PART_SYN_TO_SYNACK },
	{ NAMED("synToSynackNanoseconds", ENTERPRISE_OWN), IPFIX(1, 8), .value = VALUE_SYN_TO_SYNACK_NS,
	  .needs = PART_SYN_TO_SYNACK, NANOSECONDS },
	{ NAMED("synackToAckNanoseconds", ENTERPRISE_OWN), IPFIX(2, 8), .value = VALUE_SYNACK_TO_ACK_NS,
	  .needs = PART_SYNACK_TO_ACK, NANOSECONDS },
	{ NAMED("handshakeNanoseconds", ENTERPRISE_OWN), IPFIX(3, 8), .value = VALUE_HANDSHAKE_NS,
	  .needs = PART_HANDSHAKE, NANOSECONDS },
	{ NAMED("outcome", ENTERPRISE_OWN), IPFIX(4, ELEMENT_VARIABLE), .value = VALUE_OUTCOME, STRING },
	{ NAMED("clientRttMinNanoseconds", ENTERPRISE_OWN), IPFIX(5, 8), .value = VALUE_CLIENT_RTT_MIN_NS,
	  .needs = PART_CLIENT_RTT, NANOSECONDS },
	{ NAMED("clientRttLastNanoseconds", ENTERPRISE_OWN), IPFIX(6, 8), .value = VALUE_CLIENT_RTT_LAST_NS,
	  .needs = PART_CLIENT_RTT, NANOSECONDS },
	{ NAMED("clientRttSmoothedNanoseconds", ENTERPRISE_OWN), IPFIX(7, 8), .value = VALUE_CLIENT_RTT_SMOOTHED_NS,
	  .needs = PART_CLIENT_RTT, NANOSECONDS },
	{ NAMED("clientRttSamples", ENTERPRISE_OWN), IPFIX(8, 4), .value = VALUE_CLIENT_RTT_SAMPLES,
	  .needs = PART_CLIENT_RTT, TOTAL },
	{ NAMED("serverRttMinNanoseconds", ENTERPRISE_OWN), IPFIX(9, 8), .value = VALUE_SERVER_RTT_MIN_NS,
	  .needs = PART_SERVER_RTT, NANOSECONDS },
	{ NAMED("serverRttLastNanoseconds", ENTERPRISE_OWN), IPFIX(10, 8), .value = VALUE_SERVER_RTT_LAST_NS,
	  .needs = PART_SERVER_RTT, NANOSECONDS },
	{ NAMED("serverRttSmoothedNanoseconds", ENTERPRISE_OWN), IPFIX(11, 8), .value = VALUE_SERVER_RTT_SMOOTHED_NS,
	  .needs = PART_SERVER_RTT, NANOSECONDS },
	{ NAMED("serverRttSamples", ENTERPRISE_OWN), IPFIX(12, 4), .value = VALUE_SERVER_RTT_SAMPLES,
	  .needs = PART_SERVER_RTT, TOTAL },
};

const size_t element_count = sizeof(elements) / sizeof(elements[0]);

bool element_is_sent(const struct element *element, const struct dialect *dialect, bool ipv6, __u32 missing)
{
	return element->as[dialect->protocol].id && !(element->needs & missing) &&
	       (!element->family || (element->family == 6) == ipv6) &&
	       (element->enterprise != ENTERPRISE_OWN || dialect->pen);
}

__u32 record_missing(const struct export_record *record)
{
	const struct flow_view *view = &record->view;

	return (view->syn_to_synack_ns == LATENCY_UNKNOWN ? PART_SYN_TO_SYNACK : 0) |
	       (view->synack_to_ack_ns == LATENCY_UNKNOWN ? PART_SYNACK_TO_ACK : 0) |
	       (view->handshake_ns == LATENCY_UNKNOWN ? PART_HANDSHAKE : 0) |
	       (view->side[SIDE_CLIENT].isn_known ? 0 : PART_CLIENT_ISN) |
	       (view->side[SIDE_SERVER].isn_known ? 0 : PART_SERVER_ISN) |
	       (view->side[SIDE_CLIENT].syns ? 0 : PART_SYNS) |
	       (view->side[SIDE_CLIENT].rtt.samples ? 0 : PART_CLIENT_RTT) |
	       (view->side[SIDE_SERVER].rtt.samples ? 0 : PART_SERVER_RTT);
}

/* ---- values */

/* flowEndReason of IANA's registry: 1 idle timeout, 2 active timeout, 3 end detected, 4 forced, 5 lack of resources. */
static __u64 end_reason(const struct export_record *record)
{
	if (record->reason == RECORD_ACTIVE)
		return 2;
	if (record->reason != RECORD_ENDED)
		return 4;
	switch (record->view.outcome) {
	case OUTCOME_EVICTED:
		return 5;
	case OUTCOME_UNANSWERED:
	case OUTCOME_HALF_OPEN:
	case OUTCOME_UNREACHABLE:
	case OUTCOME_IDLE_TIMEOUT:
		return 1;
	default:
		return 3;
	}
}

/* Rounded to the nearest. */
static __u64 in_units(__s64 ns, __u64 unit)
{
	return ((__u64)ns + unit / 2) / unit;
}

static __u64 time_value(const struct export_record *record, enum element_value value)
{
	const struct flow_view *view = &record->view;

	switch (value) {
	case VALUE_FIRST_MS:
		return (view->first_seen_ns + record->wall_offset_ns) / NS_PER_MS;
	case VALUE_LAST_MS:
		return (view->last_seen_ns + record->wall_offset_ns) / NS_PER_MS;
	case VALUE_FIRST_UPTIME: /* on top of the start of the clock, this is VALUE_FIRST_MS again */
		return (view->first_seen_ns + record->wall_offset_ns) / NS_PER_MS - record->wall_offset_ns / NS_PER_MS;
	default:
		return (view->last_seen_ns + record->wall_offset_ns) / NS_PER_MS - record->wall_offset_ns / NS_PER_MS;
	}
}

static __u64 latency_value(const struct flow_view *view, enum element_value value)
{
	switch (value) {
	case VALUE_SYNACK_TO_ACK_HALF_MS:
		return in_units(view->synack_to_ack_ns, 2 * NS_PER_MS);
	case VALUE_SYN_TO_SYNACK_HALF_MS:
		return in_units(view->syn_to_synack_ns, 2 * NS_PER_MS);
	case VALUE_SYN_TO_SYNACK_MS:
		return in_units(view->syn_to_synack_ns, NS_PER_MS);
	case VALUE_SYNACK_TO_ACK_S:
		return view->synack_to_ack_ns / NS_PER_S;
	case VALUE_SYNACK_TO_ACK_US:
		return view->synack_to_ack_ns % NS_PER_S / NS_PER_US;
	case VALUE_SYN_TO_SYNACK_S:
		return view->syn_to_synack_ns / NS_PER_S;
	case VALUE_SYN_TO_SYNACK_US:
		return view->syn_to_synack_ns % NS_PER_S / NS_PER_US;
	case VALUE_SYN_TO_SYNACK_NS:
		return view->syn_to_synack_ns;
	case VALUE_SYNACK_TO_ACK_NS:
		return view->synack_to_ack_ns;
	default:
		return view->handshake_ns;
	}
}

static __u64 rtt_value(const struct flow_view *view, enum element_value value)
{
	bool server = value >= VALUE_SERVER_RTT_MIN_NS;
	const struct rtt_view *rtt = &view->side[server ? SIDE_SERVER : SIDE_CLIENT].rtt;

	switch (value) {
	case VALUE_CLIENT_RTT_MIN_NS:
	case VALUE_SERVER_RTT_MIN_NS:
		return rtt->min_ns;
	case VALUE_CLIENT_RTT_LAST_NS:
	case VALUE_SERVER_RTT_LAST_NS:
		return rtt->last_ns;
	case VALUE_CLIENT_RTT_SMOOTHED_NS:
	case VALUE_SERVER_RTT_SMOOTHED_NS:
		return rtt->smoothed_ns;
	default:
		return rtt->samples;
	}
}

static __u64 number_value(const struct export_record *record, enum element_value value)
{
	const struct endpoint_view *client = &record->view.side[SIDE_CLIENT], *server = &record->view.side[SIDE_SERVER];

	switch (value) {
	case VALUE_CLIENT_PORT:
		return client->port;
	case VALUE_SERVER_PORT:
		return server->port;
	case VALUE_PROTOCOL:
		return IPPROTO_TCP;
	case VALUE_DIRECTION: /* RFC 5103: 1 the source is the initiator, 0 that is not known */
		return record->view.origin != ORIGIN_MIDSTREAM;
	case VALUE_END_REASON:
		return end_reason(record);
	case VALUE_CLIENT_BYTES:
		return record->delta[SIDE_CLIENT].bytes;
	case VALUE_CLIENT_PACKETS:
		return record->delta[SIDE_CLIENT].packets;
	case VALUE_SERVER_BYTES:
		return record->delta[SIDE_SERVER].bytes;
	case VALUE_SERVER_PACKETS:
		return record->delta[SIDE_SERVER].packets;
	case VALUE_CLIENT_FLAGS:
		return client->flags;
	case VALUE_SERVER_FLAGS:
		return server->flags;
	case VALUE_CLIENT_ISN:
		return client->isn;
	case VALUE_SERVER_ISN:
		return server->isn;
	case VALUE_SYNS:
		return client->syns;
	case VALUE_INTERFACE:
		return record->view.ifindex;
	case VALUE_VLAN: /* 0: no tag */
		return record->view.vlans ? record->view.vlan[0] : 0;
	case VALUE_FIRST_MS:
	case VALUE_LAST_MS:
	case VALUE_FIRST_UPTIME:
	case VALUE_LAST_UPTIME:
		return time_value(record, value);
	default:
		return value >= VALUE_CLIENT_RTT_MIN_NS ? rtt_value(&record->view, value)
							: latency_value(&record->view, value);
	}
}

/* ---- bytes */

__u8 *put_number(__u8 *p, __u64 value, __u16 bytes)
{
	for (__u16 i = bytes; i--; value >>= 8)
		p[i] = (__u8)value;
	return p + bytes;
}

__u8 *put_element(__u8 *p, const struct element *element, __u16 bytes, const struct export_record *record)
{
	const char *outcome;

	switch (element->value) {
	case VALUE_CLIENT_IP:
		memcpy(p, record->view.side[SIDE_CLIENT].ip.word, bytes);
		return p + bytes;
	case VALUE_SERVER_IP:
		memcpy(p, record->view.side[SIDE_SERVER].ip.word, bytes);
		return p + bytes;
	case VALUE_OUTCOME:
		outcome = outcome_name(record->view.outcome);
		*p++ = (__u8)strlen(outcome);
		memcpy(p, outcome, strlen(outcome));
		return p + strlen(outcome);
	default:
		return put_number(p, number_value(record, element->value), bytes);
	}
}
