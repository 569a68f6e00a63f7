/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes records of the flows of instances: of each that ends, from the events of records that are retired and from a
 * look at the table once a second; of each that lives, from the same look, when it is due.
 */
#ifndef SYNSCOPE_EXPORT_COLLECTOR_H
#define SYNSCOPE_EXPORT_COLLECTOR_H

#include <poll.h>

#include "export/destinations.h"
#include "export/told.h"
#include "query/source_events.h"

/* One instance. */
struct collected {
	struct collector *collector;
	struct flow_source *source;
	struct source_events events;
	struct told told;
	bool detached;
	__u64 lost; /* events, that were not printed yet */
};

struct collector {
	const struct filter *filter;
	struct destinations *destinations;
	struct collected *one;
	int count;
	__u64 active_ns;
	__u64 second_ns, detached_ns, lost_ns; /* monotonic: when to look again; when losses were printed */
};

/*
 * Begin with all sources. Those that cannot be read are left out (logged). The sources, the filter and the destinations
 * must outlive the collector, which must not be moved. Returns 0, or a negative errno (logged) if none is left.
 */
int collector_open(struct collector *collector, struct flow_sources *sources, const struct filter *filter,
		   struct destinations *destinations, __u64 active_ns);

/*
 * Do what there is to do. Returns how many events there were, so that more may wait; -ENODEV if all instances were
 * detached (logged), or another negative errno (logged).
 */
int collector_step(struct collector *collector);

/* Fill in `count` descriptors to be polled before the next step, which is due after the ms that this returns. */
int collector_poll(const struct collector *collector, struct pollfd *fds);

/* End: make records of what has ended until now. */
void collector_close(struct collector *collector);

#endif
