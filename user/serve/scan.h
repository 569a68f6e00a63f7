/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the tables for those who ask. A table is read at most once a second, however many ask, and a large one less
 * often, so that scans take a twentieth of a processor: what is asked for meanwhile waits for the next scan, which
 * decodes each flow once and offers it to every query. Equal queries share one result, which is kept until it is a
 * second old. A scan is done in slices, between which the server does its other work.
 */
#ifndef SYNSCOPE_SERVE_SCAN_H
#define SYNSCOPE_SERVE_SCAN_H

#include "serve/body.h"
#include "serve/trackers.h"

#define SCAN_QUERIES_MAX 32 /* different ones in a scan */

struct scan_query;

/*
 * What a kind of query does with the flows. Functions that return int return 0 or a negative errno (logged). -ENOMEM
 * ends the query; after any other failure of `source_begin` or `source_end`, the instance is missing in the result.
 */
struct scan_kind {
	int (*begin)(struct scan_query *query); /* before the first flow; may be NULL, like the next three */
	int (*source_begin)(struct scan_query *query, struct tracker *tracker);
	int (*take)(struct scan_query *query, struct tracker *tracker, size_t which, const struct flow_record *record,
		    const struct flow_view *view);
	int (*source_end)(struct scan_query *query, struct tracker *tracker);
	struct body *(*end)(struct scan_query *query, const struct trackers *trackers, struct bodies *bodies);
	void (*free)(struct scan_query *query); /* what the query holds, but not itself; is called twice */
};

/* The beginning of a struct of a kind of query, which is allocated by malloc(). */
struct scan_query {
	const struct scan_kind *kind;
	char instance[INSTANCE_NAME_MAX]; /* whose flows are asked for; "": of all */
	bool wants; /* those of the tracker that is being read */
	char *key; /* the target of the request */
	int references;
	bool done;
	int err; /* -ENOMEM: there was no memory */
	struct body *body; /* when it is done; NULL: it failed */
};

struct scan_batch {
	struct scan_query *query[SCAN_QUERIES_MAX];
	int count;
};

struct scanner {
	struct trackers *trackers;
	struct bodies *bodies;
	struct scan_batch waiting, running, done;
	__u64 asked_ns; /* when the first of those that wait came; the next too on CLOCK_MONOTONIC */
	__u64 began_ns, ended_ns; /* of the last scan */
	__u64 spent_ns; /* processor time of it */
	__u64 scans;
	bool runs;
	size_t which; /* the tracker that is being read */
	struct flow_scan scan;
};

/* A query for this target that has been asked already and is fresh enough, with a reference for the caller, or NULL. */
struct scan_query *scanner_find(struct scanner *scanner, const char *key);

/*
 * Let a new query wait for the next scan. Its memory passes to the scanner, also if this fails, and a reference to the
 * caller. Returns 0, -EBUSY if too many wait already, or -ENOMEM.
 */
int scanner_add(struct scanner *scanner, struct scan_query *query, const struct scan_kind *kind, const char *key);

void scan_query_release(struct scan_query *query); /* NULL is allowed */

/* When scanner_step() has something to do, on CLOCK_MONOTONIC; ~0: never. */
__u64 scanner_due_ns(const struct scanner *scanner);

/* Go on for a few milliseconds. Returns whether queries are done now. */
bool scanner_step(struct scanner *scanner);

/* May trackers be closed now? */
bool scanner_idle(const struct scanner *scanner);

void scanner_close(struct scanner *scanner);

#endif
