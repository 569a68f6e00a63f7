/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clsact filters, which is how programs are attached to tc before Linux 6.6. Nothing removes a filter when its maker
 * dies, so each carries the name `synscope:<instance>` and, in its handle, whether its maker also made the qdisc.
 * All functions act in the present network namespace.
 */
#ifndef SYNSCOPE_KERNEL_CLSACT_H
#define SYNSCOPE_KERNEL_CLSACT_H

#include <linux/types.h>
#include <stdbool.h>

#include "synscope/config.h"

/* One of our filters. */
struct clsact_filter {
	__u32 ifindex;
	__u32 program_id;
	bool egress;
	bool made_qdisc; /* the clsact qdisc was made for it */
	char instance[INSTANCE_NAME_MAX];
};

#define CLSACT_FILTERS_MAX 16

/* Our filters on an interface. */
struct clsact_filters {
	struct clsact_filter item[CLSACT_FILTERS_MAX];
	int count;
};

/*
 * Does the clsact qdisc have to be made on `ifname`? Returns 1 or 0, or a negative errno (logged): -EEXIST if a qdisc
 * of another kind is in its place.
 */
int clsact_qdisc_missing(__u32 ifindex, const char *ifname, bool egress);

/*
 * Attach a program, after making the qdisc if `filter->made_qdisc`. Replaces an existing filter of the same name.
 * `reason` as for rtnl_ask(). Returns 0 or a negative errno (not logged).
 */
int clsact_attach(const struct clsact_filter *filter, int program_fd, char *reason);

/* Find our filters on an interface, of any instance. Returns 0 or a negative errno (not logged). */
int clsact_find(__u32 ifindex, struct clsact_filters *found);

/*
 * Remove a filter, and the qdisc if it was made for the filter and is empty now. Returns 0 or a negative errno (not
 * logged).
 */
int clsact_detach(const struct clsact_filter *filter);

/* Remove the qdisc of an interface if it has no filters. */
void clsact_remove_qdisc(__u32 ifindex);

#endif
