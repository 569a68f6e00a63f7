/* SPDX-License-Identifier: GPL-2.0-only */
/* What output calls the ends of a flow, the anomalies and the latencies. (name.h has how a user names a flow.) */
#ifndef SYNSCOPE_FLOW_NAMES_H
#define SYNSCOPE_FLOW_NAMES_H

#include "synscope/histogram.h"

#include "flow/view.h"

/* "client", "server" */
extern const char *const side_names[SIDE_COUNT];

/* Anomalies: in records, in filters, in a ladder, and as counters of an instance. */
#define NAME_BAD_ACK "bad_ack"
#define NAME_BAD_RST "bad_rst"
#define NAME_BAD_SEQ "bad_seq"
#define NAME_ACK_UNSEEN "ack_unseen"
#define NAME_CHALLENGE_SYN "challenge_syn"
#define NAME_REORDERED "reordered"
#define NAME_DUPLICATE "duplicate"
#define NAME_RST_REFUTED "rst_refuted"
#define NAME_FIN_REFUTED "fin_refuted"
extern const char *const anomaly_names[ANOMALY_COUNT];

/* Flags of the TCP header, from bit 0 on. */
#define TCP_FLAGS_COUNT 8
extern const char *const tcp_flag_names[TCP_FLAGS_COUNT];

/* Latencies as headings of columns and histograms. */
#define HEADING_SYN_TO_SYNACK "SYN-SYNACK"
#define HEADING_SYNACK_TO_ACK "SYNACK-ACK"
#define HEADING_HANDSHAKE "HANDSHAKE"
extern const char *const latency_headings[LATENCY_COUNT];

/* Round trips likewise, by the end to which they go. */
#define HEADING_CLIENT_RTT "CLIENT RTT"
#define HEADING_SERVER_RTT "SERVER RTT"
extern const char *const rtt_headings[SIDE_COUNT];

/* Latencies before a value: "SYN-SYNACK", "SYNACK-ACK", "handshake". */
extern const char *const latency_labels[LATENCY_COUNT];

#endif
