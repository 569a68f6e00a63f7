/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has been told of the flows of one instance: up to which segment each was exported, by slot, so that every
 * segment of a flow is in exactly one record. The memory is that of the table's slots, and is used only by those of
 * which something was told.
 */
#ifndef SYNSCOPE_EXPORT_TOLD_H
#define SYNSCOPE_EXPORT_TOLD_H

#include "export/record.h"

/* Of one incarnation of a flow. */
struct told_flow {
	__u64 identity; /* of told_identity(), 0: nothing was told */
	__u64 packets[SIDE_COUNT], bytes[SIDE_COUNT]; /* that were told */
	__u64 last_seen_ns; /* of what was told */
	__u64 at_ns; /* when it was told */
	bool ended; /* the end of the flow was told */
};

struct told {
	struct told_flow *flow; /* by slot */
	__u64 slots;
	__u64 start_ns; /* when the export began, on the clock of the records */
	__u64 active_ns; /* between two records of a flow that lives */
};

/* Returns 0 or -ENOMEM (logged). */
int told_open(struct told *told, __u64 slots, __u64 start_ns, __u64 active_ns);
void told_close(struct told *told);

/* What tells one incarnation in a slot from others: its tag, its generation and its number. Never 0. */
__u64 told_identity(const struct flow_hot *hot, const struct flow_cold *cold, __u32 announced);

/* Was something told of another incarnation that had the slot, whose end is not known yet? */
bool told_of_another(const struct told *told, __u32 slot, __u64 identity);

/* What was told of this incarnation. If another one had the slot, nothing was, and what was of that is forgotten. */
struct told_flow *told_of(struct told *told, __u32 slot, __u64 identity);

/* Has a segment passed since the last record? */
bool told_has_more(const struct told_flow *flow, const struct flow_view *view);

/* Is a record due of a flow that lives? */
bool told_is_due(const struct told *told, const struct told_flow *flow, const struct flow_view *view, __u64 now_ns);

/* Set what is new in a record whose view and reason are set, and remember that it was told. */
void told_take(struct told_flow *flow, __u64 identity, struct export_record *record, __u64 now_ns);

#endif
