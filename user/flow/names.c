// SPDX-License-Identifier: GPL-2.0-only
#include "flow/names.h"

const char *const side_names[SIDE_COUNT] = {
	[SIDE_CLIENT] = "client",
	[SIDE_SERVER] = "server",
};

const char *const anomaly_names[ANOMALY_COUNT] = {
	[ANOMALY_BAD_ACK] = NAME_BAD_ACK,
	[ANOMALY_BAD_RST] = NAME_BAD_RST,
	[ANOMALY_BAD_SEQ] = NAME_BAD_SEQ,
	[ANOMALY_ACK_UNSEEN] = NAME_ACK_UNSEEN,
	[ANOMALY_CHALLENGE_SYN] = NAME_CHALLENGE_SYN,
	[ANOMALY_REORDERED] = NAME_REORDERED,
	[ANOMALY_DUPLICATE] = NAME_DUPLICATE,
};

const char *const tcp_flag_names[TCP_FLAGS_COUNT] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };

const char *const latency_headings[LATENCY_COUNT] = {
	[LATENCY_SYN_TO_SYNACK] = HEADING_SYN_TO_SYNACK,
	[LATENCY_SYNACK_TO_ACK] = HEADING_SYNACK_TO_ACK,
	[LATENCY_HANDSHAKE] = HEADING_HANDSHAKE,
};

const char *const latency_labels[LATENCY_COUNT] = {
	[LATENCY_SYN_TO_SYNACK] = HEADING_SYN_TO_SYNACK,
	[LATENCY_SYNACK_TO_ACK] = HEADING_SYNACK_TO_ACK,
	[LATENCY_HANDSHAKE] = "handshake",
};
