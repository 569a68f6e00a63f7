/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose flows they are: the processes or containers of this host at the ends of flows. */
#ifndef SYNSCOPE_STATS_OWNERS_H
#define SYNSCOPE_STATS_OWNERS_H

#include "flow/processes.h"
#include "stats/key.h"

struct stats_ends;

/* A zeroed struct is empty. */
struct stats_owners {
	enum stats_by by;
	struct stats_ends *ends; /* of each flow */
	size_t count, room;
	struct processes processes;
	const char **name; /* of owners, sorted, each once; they are those of `processes` */
	__u32 names;
};

void stats_owners_begin(struct stats_owners *owners); /* forget all flows */
void stats_owners_free(struct stats_owners *owners);

/* Take the next flow. Returns 0 or -ENOMEM (logged). */
int stats_owners_take(struct stats_owners *owners, const struct flow_view *view);

/* When all flows are taken: read the processes of this host. Returns 0 or -ENOMEM (logged). */
int stats_owners_find(struct stats_owners *owners, enum stats_by by, const struct instance_meta *meta);

/* Who owns flow number `i`. Returns how many there are: 1, or 2 if the ends have different owners. */
int stats_owners_of(const struct stats_owners *owners, size_t i, __u32 owner[SIDE_COUNT]);

/* The name of an owner; NULL: of the flows that have none, or whose is not known. */
const char *stats_owner_name(const struct stats_owners *owners, __u32 owner);

#endif
