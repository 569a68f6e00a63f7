/* SPDX-License-Identifier: GPL-2.0-only */
/* What is exported of a flow: a copy that depends on nothing else, so that it can wait in a queue. */
#ifndef SYNSCOPE_EXPORT_RECORD_H
#define SYNSCOPE_EXPORT_RECORD_H

#include <net/if.h>

#include "format/sink.h"
#include "flow/labels.h"
#include "flow/view.h"
#include "history/flow.h"
#include "synscope/tunnel.h"

/* Why there is a record. */
enum record_reason {
	RECORD_ACTIVE, /* the flow lives on; this is what is new since its record before */
	RECORD_ENDED,
	RECORD_FLUSHED, /* the user forgot the flow */
	RECORD_DETACHED, /* its instance was detached */
};

/* What one endpoint sent since the record before, or since the first segment. */
struct record_delta {
	__u64 packets, bytes;
};

/* What a view was decoded from. */
struct record_origin {
	const struct flow_hot *hot;
	const struct flow_cold *cold; /* with the steps of its ladder */
	const struct flow_round_trips *round_trips;
	const __u64 *timeout_ns; /* TIMEOUT_COUNT */
	__u64 now_ns;
	enum retire_reason retired;
};

struct export_record {
	enum record_reason reason;
	struct flow_view view; /* as of now: its counters are those since the first segment */
	struct record_delta delta[SIDE_COUNT];
	__u64 told_ns; /* last_seen_ns of the record before; 0: this is the first one */
	__s64 wall_offset_ns; /* to add to a time of the view to get the time since 1970 */
	const char *instance; /* must live as long as the record */
	char ifname[IF_NAMESIZE]; /* "": not known */
	bool interface_deleted;
	bool tunnel_known;
	struct flow_tunnel tunnel;
	const struct record_origin *origin; /* valid only while the record is put into the queues; NULL: not known */
};

/* Copy the labels of the flow into a record whose view is set. */
void export_record_label(struct export_record *record, const struct flow_labels *labels);

/* The record as a history has it. Its origin must be known. */
void export_record_flow(struct history_flow *flow, const struct export_record *record);

/*
 * The record as a line of JSON, of one level with `flat`: the members of a flow, `record`, which is its reason,
 * `delta`, and `host`, the name of this machine; NULL: not known.
 */
void export_record_line(struct buffer *out, const struct export_record *record, const char *host, bool flat);

#endif
