// SPDX-License-Identifier: GPL-2.0-only
#include "history/keep.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "history/schema.h"

#define TIDY_NS NS_PER_S
#define CHECKPOINT_NS (60 * NS_PER_S) /* after which what was written survives a loss of power, too */
#define DELETED_AT_ONCE 40000 /* rows: more than come in a second at the rates that a history is for */
#define ROW_IN_LOG 4096 /* bytes: more than a row takes there, with its part of the pages of indexes */
#define VACUUMED_AT_ONCE 5000 /* pages */

/* Run a statement with one or two numbers in it. */
static int run_with(struct history_writer *writer, const char *sql, __s64 a, __s64 b)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(writer->db, sql, -1, &statement, NULL), finalized;

	if (!code)
		code = sqlite3_bind_int64(statement, 1, a);
	if (!code && sqlite3_bind_parameter_count(statement) > 1)
		code = sqlite3_bind_int64(statement, 2, b);
	if (!code)
		sqlite3_step(statement);
	finalized = sqlite3_finalize(statement); /* the code of the step, too */
	return code ? code : finalized;
}

static __u64 wall_now_ns(void)
{
	struct flow_clock clock = flow_clock_now();

	return clock.now_ns + (__u64)clock.wall_offset_ns;
}

static int delete_old(struct history_writer *writer)
{
	__u64 now = wall_now_ns();

	if (!writer->keep.ns || writer->keep.ns >= now)
		return SQLITE_OK;
	return run_with(writer,
			"DELETE FROM flows WHERE id IN (SELECT id FROM flows WHERE last_seen < ? ORDER BY last_seen "
			"LIMIT ?)",
			(__s64)(now - writer->keep.ns), DELETED_AT_ONCE);
}

/* Of the log, which is a file of its own. */
static __u64 log_bytes(const struct history_writer *writer)
{
	char name[PATH_MAX];
	struct stat log;

	snprintf(name, sizeof(name), "%s-wal", writer->path);
	return stat(name, &log) ? 0 : (__u64)log.st_size;
}

struct pages {
	sqlite3_int64 bytes, count, free; /* bytes of one; how many; how many of them are unused */
};

static int read_pages(const struct history_writer *writer, struct pages *pages)
{
	int code = history_number(writer->db, "PRAGMA page_size", &pages->bytes);

	if (!code)
		code = history_number(writer->db, "PRAGMA page_count", &pages->count);
	return code ? code : history_number(writer->db, "PRAGMA freelist_count", &pages->free);
}

/* The bytes that the file itself may have, without its log. */
static __u64 room_of(const struct history_writer *writer)
{
	__u64 log = log_bytes(writer), share = writer->keep.bytes / HISTORY_LOG_SHARE;

	log = log > share ? log : share;
	return log < writer->keep.bytes ? writer->keep.bytes - log : 0;
}

static int delete_surplus(struct history_writer *writer, const struct pages *pages)
{
	__u64 used = (__u64)(pages->count - pages->free) * pages->bytes, room = room_of(writer);
	sqlite3_int64 first = 0, last = 0, rows;
	int code;

	if (!writer->keep.bytes || used <= room)
		return SQLITE_OK;
	code = history_number(writer->db, "SELECT min(id) FROM flows", &first);
	if (!code)
		code = history_number(writer->db, "SELECT max(id) FROM flows", &last);
	if (code || !last)
		return code;
	/* a little more than the surplus, so that this is not done each time */
	rows = (sqlite3_int64)(((double)(used - room) + (double)room / 32) / (double)used *
			       (double)(last - first + 1)) +
	       1;
	return run_with(writer, "DELETE FROM flows WHERE id IN (SELECT id FROM flows ORDER BY id LIMIT ?)",
			rows < DELETED_AT_ONCE ? rows : DELETED_AT_ONCE, 0);
}

size_t history_keep_batch(const struct history_writer *writer)
{
	return writer->keep.bytes ? (size_t)(writer->keep.bytes / HISTORY_LOG_SHARE / ROW_IN_LOG) : SIZE_MAX;
}

/* Unused pages are used again. They are given back if they are many, or if the file must be smaller. */
static int give_back(struct history_writer *writer, const struct pages *pages)
{
	__u64 bytes = (__u64)pages->count * pages->bytes, room = room_of(writer);
	sqlite3_int64 surplus = 0;
	char sql[64];
	int code;

	if (writer->keep.bytes && bytes > room)
		surplus = (sqlite3_int64)((bytes - room) / pages->bytes) + 1;
	else if (pages->free > pages->count / 2)
		surplus = pages->free - pages->count / 4;
	surplus = surplus < pages->free ? surplus : pages->free;
	if (!surplus)
		return SQLITE_OK;
	snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%lld)",
		 surplus < VACUUMED_AT_ONCE ? surplus : VACUUMED_AT_ONCE);
	code = history_run(writer->db, sql);
	if (!code)
		history_writer_complete(writer); /* the file becomes smaller by that */
	return code;
}

static int tidy(struct history_writer *writer)
{
	struct pages pages;
	int code = read_pages(writer, &pages);

	if (!code)
		code = delete_surplus(writer, &pages);
	if (!code)
		code = history_run(writer->db, "DELETE FROM segments WHERE segment < "
					       "(SELECT min(segment) FROM flows)");
	if (!code)
		code = read_pages(writer, &pages);
	return code ? code : give_back(writer, &pages);
}

int history_keep_tidy(struct history_writer *writer, struct reason *why)
{
	__u64 now = monotonic_ns();
	int code = SQLITE_OK;

	if (now - writer->checkpoint_ns >= CHECKPOINT_NS) {
		writer->checkpoint_ns = now;
		sqlite3_wal_checkpoint_v2(writer->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	}
	if (writer->keep.ns && now - writer->tidied_ns >= TIDY_NS) {
		writer->tidied_ns = now;
		code = delete_old(writer);
	}
	if (!code && (writer->keep.bytes || writer->tidied_ns == now))
		code = tidy(writer);
	return code ? history_fail(writer->db, code, why) : 0;
}
