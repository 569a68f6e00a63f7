/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes flows into a history, which others may read meanwhile. To be used by one thread; nothing here prints. */
#ifndef SYNSCOPE_HISTORY_WRITER_H
#define SYNSCOPE_HISTORY_WRITER_H

#include <stddef.h>
#include <sys/types.h>

#include "base/reason.h"
#include "history/flow.h"

struct sqlite3;
struct sqlite3_stmt;

/* What is deleted of a history; 0: nothing. */
struct history_keep {
	__u64 ns; /* flows whose last segment is older */
	__u64 bytes; /* the oldest records, so that all files of the history take no more; at least KEEP_LEAST */
};

#define KEEP_LEAST (16ULL << 20)
#define HISTORY_LOG_SHARE 4 /* of the bytes to keep, the share that is for the log */

#define WRITER_ORIGINS 16 /* whose sources are remembered */
#define BOOT_ID_SIZE 40

/* Times of the rows of a segment, in ns since 1970. */
struct history_segment {
	__s64 number, started_min, started_max, last_seen_min, last_seen_max;
};

/* All zero: closed. */
struct history_writer {
	struct sqlite3 *db;
	const char *path;
	ino_t inode;
	struct history_keep keep;
	char boot[BOOT_ID_SIZE]; /* which boot of this host the clock of its records began with */
	__u64 opened_ns; /* on that clock: flows that began before may have rows of an earlier writer */
	struct sqlite3_stmt *insert, *insert_many, *find_source, *add_source, *find_earlier, *delete_row, *add_segment;
	struct history_origin origin[WRITER_ORIGINS]; /* the last ones */
	__s64 source[WRITER_ORIGINS]; /* their ids, 0: none */
	unsigned int next_origin;
	struct history_segment segment; /* of the rows of this transaction */
	__u64 tidied_ns, checkpoint_ns; /* monotonic */
};

/* The path must live as long as the writer. Returns 0 or a negative errno, with the reason in *why. */
int history_writer_open(struct history_writer *writer, const char *path, const struct history_keep *keep,
			struct reason *why);
void history_writer_close(struct history_writer *writer);

/* Have all that is in the log be in the file itself: before it is closed because it has another name now. */
void history_writer_complete(struct history_writer *writer);

/*
 * Write flows, all of them or none: once this has returned, they are there even if the process is killed. Returns 0 or
 * a negative errno, with the reason in *why.
 */
int history_writer_put(struct history_writer *writer, const struct history_flow *flows, size_t count,
		       struct reason *why);

/* Is the file still the one with that name? */
bool history_writer_is_there(const struct history_writer *writer);

#endif
