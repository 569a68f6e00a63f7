/* SPDX-License-Identifier: GPL-2.0-only */
/* Where flows are read from: the table of an instance, with what is needed to decode and to name its flows. */
#ifndef SYNSCOPE_QUERY_SOURCE_H
#define SYNSCOPE_QUERY_SOURCE_H

#include "filter/filter.h"
#include "flow/reader.h"
#include "flow/view.h"
#include "flow/labels.h"
#include "flow/processes.h"
#include "flow/services.h"
#include "instance/instance.h"
#include "base/clock.h"

struct flow_source {
	struct instance *instance; /* after flow_source_let_go() only its meta */
	struct flow_reader reader;
	struct flow_clock clock;
	char ifname[MAX_INTERFACES][IFNAME_MAX]; /* by index in meta, as of opening */
	bool gone[MAX_INTERFACES]; /* the interface exists no more */
	bool logged[MAX_INTERFACES]; /* that it is gone */
	const struct services *services; /* see struct flow_labels */
	const struct process_sockets *sockets;
};

/*
 * Map an instance's table. The instance must outlive the source. Returns 0 or a negative errno (logged); -ENODEV (not
 * logged): it was detached meanwhile.
 */
int flow_source_open(struct flow_source *source, struct instance *instance);
void flow_source_close(struct flow_source *source);

/* Close a source and its instance, so that the kernel can free it once it is detached. Its meta can still be read. */
void flow_source_let_go(struct flow_source *source);

/*
 * Bring the source's clock and the names of its interfaces up to date. Returns 0 or a negative errno (not logged): the
 * name that one had when it was attached stands for that of now.
 */
int flow_source_refresh(struct flow_source *source);

/* Names for a flow of this source; they live as long as the source. */
struct flow_labels flow_source_labels(const struct flow_source *source, const struct flow_view *view);

/* Does a flow of this source match? As filter_match(), but the empty filter costs nothing. */
bool flow_source_matches(const struct flow_source *source, const struct filter *filter, const struct flow_view *view);

/* Are all of its interfaces gone? */
bool flow_source_gone(const struct flow_source *source);

/* How many are. */
int flow_source_count_gone(const struct flow_source *source);

/* Print which of its interfaces are gone, each once. */
void flow_source_tell_gone(struct flow_source *source);

/* All instances, or the one of a name. */
struct flow_sources {
	struct flow_source *source;
	int count;
	bool refused; /* some instance was left out (logged) */
	struct instance **instances;
	int instance_count;
	struct services *services;
	struct processes processes;
};

/*
 * `objects`: what the command will open of each instance, beside its table. An instance of another layout, or with
 * something wrong, is left out (logged). Returns 0 or a negative errno (logged).
 */
int flow_sources_open(struct flow_sources *sources, const char *name, unsigned int objects);
void flow_sources_close(struct flow_sources *sources);

/* Close them. Returns what the command returns: `status`, or if that is 0 and some were left out, -EPROTONOSUPPORT. */
int flow_sources_end(struct flow_sources *sources, int status);

/*
 * From now on the labels of flows have names of ports, and processes, as asked for. The sources are not to be moved.
 * Returns 0 or -ENOMEM (logged).
 */
int flow_sources_name(struct flow_sources *sources, bool services, bool processes);

/* Print which interfaces of all sources are gone, each once. */
void flow_sources_tell_gone(struct flow_sources *sources);

/* A walk over all flows of a source. */
struct flow_scan {
	struct flow_source *source;
	struct flow_record *records;
	size_t count, next;
	__u32 bucket; /* that reading goes on with */
	__u64 read_ns; /* spent on reading alone */
};

/* Returns 0 or -ENOMEM (logged). */
int flow_scan_begin(struct flow_scan *scan, struct flow_source *source);

/*
 * The next flow, decoded as of the source's clock; what is not to be shown at all is skipped. False: there is none
 * left. `record`, if wanted, is valid until the next call.
 */
bool flow_scan_next(struct flow_scan *scan, struct flow_view *view, const struct flow_record **record);
void flow_scan_end(struct flow_scan *scan);

#endif
