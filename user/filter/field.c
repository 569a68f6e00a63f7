// SPDX-License-Identifier: GPL-2.0-only
#include "filter/internal.h"
#include "flow/names.h"

#define A_NUMBER "a number (10K) or a range (10-20)"
#define BYTES "bytes (10M) or a range (1K-2K)"
#define A_TIME "a time with its unit (100ms) or a range (10ms-1s)"
#define A_DATE "a date (2026-11-26, 2026-11-26T03:00) or how long ago (-2h)"
#define AN_ADDRESS "an address or a prefix (10.0.0.0/8)"

/* clang-format off */
const struct filter_field filter_fields[] = {
	{ "state", FIELD_STATE, KIND_WORD, SIDES_EITHER, 0, "a state", "as RFC 9293 or ss names it, or a group of ss" },
	{ "outcome", FIELD_OUTCOME, KIND_WORD, SIDES_FLOW, 0, "an outcome", "what became of the flow" },
	{ "unreachable", FIELD_UNREACHABLE_BY, KIND_ADDRESS, SIDES_FLOW, 0, "by and an address or a prefix (10.0.0.0/8)",
	  "unreachable by ADDRESS: who said that the server is unreachable" },
	{ "reason", FIELD_REASON, KIND_WORD, SIDES_FLOW, 0, "a reason", "why the server is unreachable" },
	{ "origin", FIELD_ORIGIN, KIND_WORD, SIDES_FLOW, 0, "an origin", "how the flow was first seen" },
	{ "conn_state", FIELD_CONN_STATE, KIND_WORD, SIDES_FLOW, 0, "a state of a connection", "as in Zeek's conn.log" },
	{ "flags", FIELD_FLAGS, KIND_WORD, SIDES_EITHER, 0, "a flag", "flags has FLAG: a flag of TCP that it ever set" },
	{ "host", FIELD_ADDRESS, KIND_ADDRESS, SIDES_EITHER, 0, AN_ADDRESS,
	  "an address, a prefix such as 10.0.0.0/8 or 2001:db8::/32, or a name" },
	{ "net", FIELD_ADDRESS, KIND_ADDRESS, SIDES_EITHER, 0, AN_ADDRESS, NULL },
	{ "ip", FIELD_ADDRESS, KIND_ADDRESS, SIDES_EITHER, 0, AN_ADDRESS, NULL },
	{ "port", FIELD_PORT, KIND_NUMBER, SIDES_EITHER, 65535, "a port (443), a service (https) or a range (8000-8080)",
	  "a port, a service such as https, or a range such as 8000-8080" },
	{ "interface", FIELD_INTERFACE, KIND_NAME, SIDES_FLOW, 0, "the name of an interface",
	  "where the flow was first seen" },
	{ "ifname", FIELD_INTERFACE, KIND_NAME, SIDES_FLOW, 0, "the name of an interface", NULL },
	{ "dev", FIELD_INTERFACE, KIND_NAME, SIDES_FLOW, 0, "the name of an interface", NULL },
	{ "vlan", FIELD_VLAN, KIND_NUMBER, SIDES_FLOW, 4095, "a VLAN id (10) or a range (10-20)", "any tag of the flow's first segment" },
	{ "tunnel", FIELD_TUNNEL, KIND_WORD, SIDES_FLOW, 0, "a kind of tunnel", "any tunnel that the flow was found in, or none" },
	{ "vni", FIELD_VNI, KIND_NUMBER, SIDES_FLOW, 0xffffff, "a VNI (42) or a range (1-100)", "the network of a vxlan or geneve tunnel" },
	{ "tunnel_id", FIELD_TUNNEL_ID, KIND_NUMBER, SIDES_FLOW, 0xffffffff, A_NUMBER,
	  "the id of any tunnel: session, label, key, VNI or TEID" },
	{ "instance", FIELD_INSTANCE, KIND_NAME, SIDES_FLOW, 0, "the name of an instance", "the instance's name" },
	{ "process", FIELD_PROCESS, KIND_NAME, SIDES_EITHER, 0, "the name of a process",
	  "the process of this host at that end, as in /proc/PID/comm" },
	{ "container", FIELD_CONTAINER, KIND_NAME, SIDES_EITHER, 0, "the name or id of a container",
	  "the container of that process: its host name or id" },
	{ "pid", FIELD_PID, KIND_NUMBER, SIDES_EITHER, 0, "a process id (4711) or a range",
	  "the id of that process, the lowest if several have the socket" },
	{ "packets", FIELD_PACKETS, KIND_NUMBER, SIDES_SUM, 0, A_NUMBER, "segments" },
	{ "bytes", FIELD_BYTES, KIND_BYTES, SIDES_SUM, 0, BYTES, "bytes of IP datagrams" },
	{ "payload", FIELD_PAYLOAD, KIND_BYTES, SIDES_SUM, 0, BYTES,
	  "bytes of data, without retransmissions" },
	{ "payload_bytes", FIELD_PAYLOAD, KIND_BYTES, SIDES_SUM, 0, BYTES, NULL },
	{ "retransmits", FIELD_RETRANSMITS, KIND_NUMBER, SIDES_SUM, 0, A_NUMBER, "retransmitted segments with data or FIN" },
	{ "syn", FIELD_SYN, KIND_NUMBER, SIDES_SUM, 0, A_NUMBER, "segments with SYN" },
	{ "fin", FIELD_FIN, KIND_NUMBER, SIDES_SUM, 0, A_NUMBER, "segments with FIN" },
	{ "rst", FIELD_RST, KIND_NUMBER, SIDES_SUM, 0, A_NUMBER, "segments with RST" },
	{ "mss", FIELD_MSS, KIND_NUMBER, SIDES_EITHER, 65535, A_NUMBER, "the maximum segment size that the SYN offered" },
	{ "latency", FIELD_HANDSHAKE, KIND_TIME, SIDES_FLOW, 0, A_TIME, "of the whole handshake: SYN to ACK" },
	{ "handshake", FIELD_HANDSHAKE, KIND_TIME, SIDES_FLOW, 0, A_TIME, NULL },
	{ "syn_to_synack", FIELD_SYN_TO_SYNACK, KIND_TIME, SIDES_FLOW, 0, A_TIME, "its first part: network and server" },
	{ "synack_to_ack", FIELD_SYNACK_TO_ACK, KIND_TIME, SIDES_FLOW, 0, A_TIME, "its second part: network and client" },
	{ "rtt", FIELD_RTT, KIND_TIME, SIDES_EITHER, 0, A_TIME " or a multiple (3 x server rtt min)",
	  "to either end (--rtt), smoothed; rtt min, rtt last: the least and the last one; rtt samples: how many" },
	{ "age", FIELD_AGE, KIND_TIME, SIDES_FLOW, 0, A_TIME, "since the first segment" },
	{ "idle", FIELD_IDLE, KIND_TIME, SIDES_FLOW, 0, A_TIME, "since the last segment" },
	{ "duration", FIELD_DURATION, KIND_TIME, SIDES_FLOW, 0, A_TIME, "from the first to the last segment" },
	{ "started", FIELD_STARTED, KIND_WHEN, SIDES_FLOW, 0, A_DATE, "when its first segment was seen" },
	{ "ended", FIELD_ENDED, KIND_WHEN, SIDES_FLOW, 0, A_DATE,
	  "when the last segment of a flow that has ended was seen; unknown while it has not" },
	{ "syn_retransmits", FIELD_SYN_RETRANSMITS, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER, "retransmitted SYNs" },
	{ "synack_retransmits", FIELD_SYNACK_RETRANSMITS, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "retransmitted SYN/ACKs" },
	{ "anomalies", FIELD_ANOMALIES, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER, "the sum of the next ones" },
	{ NAME_BAD_ACK, FIELD_ANOMALY + ANOMALY_BAD_ACK, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "SYN/ACKs that acknowledge no SYN" },
	{ NAME_BAD_RST, FIELD_ANOMALY + ANOMALY_BAD_RST, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "RSTs that the receiver would ignore" },
	{ NAME_BAD_SEQ, FIELD_ANOMALY + ANOMALY_BAD_SEQ, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "segments far outside of the window" },
	{ NAME_ACK_UNSEEN, FIELD_ANOMALY + ANOMALY_ACK_UNSEEN, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "ACKs of data that was not seen" },
	{ NAME_CHALLENGE_SYN, FIELD_ANOMALY + ANOMALY_CHALLENGE_SYN, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "SYNs within a connection" },
	{ NAME_REORDERED, FIELD_ANOMALY + ANOMALY_REORDERED, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "segments that came late, in another order" },
	{ NAME_DUPLICATE, FIELD_ANOMALY + ANOMALY_DUPLICATE, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "SYNs and SYN/ACKs that were seen twice" },
	{ NAME_RST_REFUTED, FIELD_ANOMALY + ANOMALY_RST_REFUTED, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "RSTs after which the connection went on" },
	{ NAME_FIN_REFUTED, FIELD_ANOMALY + ANOMALY_FIN_REFUTED, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER,
	  "FINs beyond which data was acknowledged" },
	{ "incarnation", FIELD_INCARNATION, KIND_NUMBER, SIDES_FLOW, 0, A_NUMBER, "which connection of these endpoints it is, from 1" },
	{ "failed", FIELD_FAILED, KIND_FLAG, SIDES_FLOW, 0, NULL,
	  "the attempt to connect failed: refused, unanswered, half_open, unreachable, or reset within the handshake" },
	{ "tcp", FIELD_TCP, KIND_FLAG, SIDES_FLOW, 0, NULL, "every flow; may stand before a test, as in 'tcp port 443'" },
	{ "ipv4", FIELD_IPV4, KIND_FLAG, SIDES_FLOW, 0, NULL, "over IPv4" },
	{ "ipv6", FIELD_IPV6, KIND_FLAG, SIDES_FLOW, 0, NULL, "over IPv6" },
	{ "one_way", FIELD_ONE_WAY, KIND_FLAG, SIDES_FLOW, 0, NULL, "only one endpoint was seen to send" },
	{ "rtt_ambiguous", FIELD_RTT_AMBIGUOUS, KIND_FLAG, SIDES_FLOW, 0, NULL,
	  "retransmissions make the latencies uncertain" },
	{ "packets_estimated", FIELD_PACKETS_ESTIMATED, KIND_FLAG, SIDES_FLOW, 0, NULL,
	  "packets are estimated from the length of merged ones" },
	{ 0 },
};
/* clang-format on */

const struct filter_field *filter_field_find(const struct token *name)
{
	for (const struct filter_field *field = filter_fields; field->name; field++)
		if (token_is(name, field->name))
			return field;
	return NULL;
}
