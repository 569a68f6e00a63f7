/* SPDX-License-Identifier: GPL-2.0-only */
/* The full-screen view of `top` and `run`, from the first picture to the last. */
#ifndef SYNSCOPE_TOP_TOP_H
#define SYNSCOPE_TOP_TOP_H

#include "filter/filter.h"
#include "query/order.h"

struct top_options {
	enum sort_key sort;
	bool all; /* closed flows too */
	bool processes; /* name those of both ends */
	bool host_names; /* of both ends; the sources have them */
	const char *filter; /* "": none */
	struct filter_names *names; /* of hosts in filters */
	__u64 interval_ns; /* from one look at the tables to the next, at least */
	bool end_when_deleted; /* when no interface of any source is left */
	struct instance *following; /* to which interfaces that appear are attached; NULL: none */
};

/*
 * Show the flows until the user has enough, or until no source is left: they were detached (logged). The terminal must
 * be ours (terminal_is_ours()); `signals`: of signals_open(true). Returns 0, -ENODEV when no interface is left, or
 * another negative errno (logged).
 */
int top_show(struct flow_sources *sources, const struct top_options *options, int signals);

#endif
