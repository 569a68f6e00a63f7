/* SPDX-License-Identifier: GPL-2.0-only */
/* A source of flows: the table of an instance, with what is needed to decode and to label its flows. */
#ifndef SYNSCOPE_QUERY_SOURCE_H
#define SYNSCOPE_QUERY_SOURCE_H

#include "filter/filter.h"
#include "flow/reader.h"
#include "flow/view.h"
#include "flow/host_names.h"
#include "flow/labels.h"
#include "flow/processes.h"
#include "flow/services.h"
#include "instance/instance.h"
#include "instance/interface.h"
#include "base/clock.h"

struct flow_source {
	struct instance *instance; /* after flow_source_close_detached() only its meta */
	struct flow_reader reader;
	struct flow_clock clock;
	struct interface_state interface[MAX_INTERFACES]; /* by index in meta, as of the last refresh */
	bool logged[MAX_INTERFACES]; /* that the interface was deleted */
	int events_err; /* logged: why its events could not be received the last time, or 0 */
	const struct services *services; /* see struct flow_labels */
	const struct process_sockets *sockets;
	struct host_names *host_names;
	/* of a recording: what else the labels of a flow are; NULL: nothing */
	void (*label)(const void *of, const struct flow_view *view, struct flow_labels *labels);
	const void *label_of;
};

/*
 * Map an instance's table. The instance must outlive the source. Returns 0 or a negative errno (logged); -ENODEV (not
 * logged): the instance was detached meanwhile.
 */
int flow_source_open(struct flow_source *source, struct instance *instance);
void flow_source_close(struct flow_source *source);

/*
 * Close a source and the maps of its instance, which was detached, so that the kernel can free them. The meta can still
 * be read.
 */
void flow_source_close_detached(struct flow_source *source);

/*
 * Bring the source's clock and the names of its interfaces up to date. Returns 0, or a negative errno (not logged) if
 * an interface could not be looked up; then it has the name that it had at attach.
 */
int flow_source_refresh(struct flow_source *source);

/* The labels of a flow of this source; they are valid as long as the source. */
struct flow_labels flow_source_labels(const struct flow_source *source, const struct flow_view *view);

/* Does a flow of this source match? As filter_match(), but the empty filter costs nothing. */
bool flow_source_matches(const struct flow_source *source, const struct filter *filter, const struct flow_view *view);

/* Have all of its interfaces been deleted? */
bool flow_source_deleted(const struct flow_source *source);

/* How many of its interfaces have been deleted? */
int flow_source_count_deleted(const struct flow_source *source);

/* Warn about its deleted interfaces, once for each. */
void flow_source_warn_deleted(struct flow_source *source);

/* The sources of all instances, or of one. */
struct flow_sources {
	struct flow_source *source;
	int count;
	bool refused; /* some instance was left out (logged) */
	struct instance **instances;
	int instance_count;
	struct services *services;
	struct processes processes;
	struct host_names *host_names; /* NULL: not wanted */
};

/*
 * Open all instances, or the one with that name. `objects`: what the command will open of each instance, beside its
 * table. Instances of another layout or with a fault are left out (logged). Returns 0 or a negative errno (logged).
 */
int flow_sources_open(struct flow_sources *sources, const char *name, unsigned int objects);

/* Also of sources that could not be opened, or are closed; whether some instance was left out is still known. */
void flow_sources_close(struct flow_sources *sources);

/* Does any instance measure round trips? */
bool flow_sources_have_rtt(const struct flow_sources *sources);

/*
 * Close the sources. Returns what the command returns: `status`, or -EPROTONOSUPPORT if that is 0 and instances were
 * left out.
 */
int flow_sources_finish(struct flow_sources *sources, int status);

/* Read names of services, if asked for; from now on the labels of flows have them. Returns 0 or -ENOMEM (logged). */
int flow_sources_resolve(struct flow_sources *sources, bool services);

/*
 * From now on the labels of flows have the names of their addresses, as far as they are known. Returns 0 or a negative
 * errno (logged).
 */
int flow_sources_name_hosts(struct flow_sources *sources);

/*
 * Read the processes of this host that have connections, again if they were read; from now on the labels of flows have
 * them. Call it after the table was read: the newest flows of the table have their sockets then. With `keep`, what was
 * known of sockets that are gone meanwhile is kept for a while. The struct must not be moved. Returns 0 or -ENOMEM
 * (logged).
 */
int flow_sources_read_processes(struct flow_sources *sources, bool keep);

/* Warn about deleted interfaces of all sources, once for each. */
void flow_sources_warn_deleted(struct flow_sources *sources);

/* not_followed_tell() for each source whose counters can be read. Returns whether there was something to say. */
bool flow_sources_tell_not_followed(const struct flow_sources *sources);

/* A scan over all flows of a source. */
struct flow_scan {
	struct flow_source *source;
	struct flow_record *records;
	size_t count, next;
	__u32 bucket; /* that is read next */
	__u64 read_ns; /* time spent on reading only */
};

/* Returns 0 or -ENOMEM (logged). */
int flow_scan_begin(struct flow_scan *scan, struct flow_source *source);

/*
 * Get the next flow, decoded as of the source's clock; expired flows are skipped. False: there is none left. *record
 * (if not NULL) is valid until the next call.
 */
bool flow_scan_next(struct flow_scan *scan, struct flow_view *view, const struct flow_record **record);
void flow_scan_end(struct flow_scan *scan);

#endif
