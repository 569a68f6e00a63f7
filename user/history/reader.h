/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a history, also one that is being written: all that is read is of the moment at which it was opened. */
#ifndef SYNSCOPE_HISTORY_READER_H
#define SYNSCOPE_HISTORY_READER_H

#include "filter/filter.h"
#include "flow/name.h"
#include "history/flow.h"

struct sqlite3;
struct sqlite3_stmt;
struct history_source;

struct history_reader {
	struct sqlite3 *db;
	const char *path;
	__u64 now_ns; /* since 1970: of the moment; no flow of the history was seen later */
	const struct services *services; /* see struct flow_labels */
	struct history_source *source; /* sorted by id */
	size_t sources, room;
	struct sqlite3_stmt *read_one; /* see history_read() */
	bool refused; /* some flows are of another layout (logged) */
};

/* A flow that was read; its times are since 1970. The labels are valid until the next one is read. */
struct history_found {
	__s64 id;
	const struct history_flow *flow;
	struct flow_view view;
	struct flow_labels labels;
};

/* In which order flows are handed over. */
enum history_order {
	HISTORY_ANY_ORDER,
	HISTORY_BY_LAST_SEEN,
	HISTORY_BY_FIRST_SEEN
}; /* the latter two: newest first */

/* Is there an SQLite file with that name? */
bool history_is_file(const char *path);

/* The path and the services must live as long as the reader. Returns 0 or a negative errno (logged). */
int history_reader_open(struct history_reader *reader, const char *path, const struct services *services);

/* Returns what the command returns: `status`, or -EPROTONOSUPPORT if that is 0 and flows could not be read. */
int history_reader_close(struct history_reader *reader, int status);

/* Takes a flow. Returns 0, or another number to stop. */
typedef int (*history_taker)(void *context, const struct history_found *found);

/* Hand over all flows that match. Returns 0, a negative errno (logged), or what `take` returned. */
int history_each(struct history_reader *reader, const struct filter *filter, enum history_order order,
		 history_taker take, void *context);

/* The same for all flows with a name. */
int history_each_named(struct history_reader *reader, const struct flow_name *name, history_taker take, void *context);

/* Hand over the flow with that id once more. */
int history_read(struct history_reader *reader, __s64 id, history_taker take, void *context);

#endif
