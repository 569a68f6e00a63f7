// SPDX-License-Identifier: GPL-2.0-only
#include "history/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "flow/view.h"
#include "history/row.h"
#include "history/schema.h"

#define TIDY_NS NS_PER_S
#define CHECKPOINT_NS (60 * NS_PER_S) /* after which what was written survives a loss of power, too */
#define CHECKPOINT_PAGES 4000 /* of 4 KiB, that are written to the log before they are written to the file */
#define DELETED_AT_ONCE 40000 /* rows: more than come in a second at the rates that a history is for */
#define LOG_SHARE 4 /* of the bytes to keep, the share that is for the log */
#define ROW_IN_LOG 4096 /* bytes: more than a row takes there, with its part of the pages of indexes */
#define VACUUMED_AT_ONCE 5000 /* pages */

static const char insert_sql[] = "INSERT INTO flows(" ROW_WRITTEN ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
				 "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char find_source_sql[] =
	"SELECT id FROM sources WHERE instance = ? AND ifname IS ? AND interface_deleted = ? AND boot = ? AND "
	"wall_offset = ? AND layout = ? AND byte_order = ? AND version = ? AND timeouts = ?";
static const char add_source_sql[] =
	"INSERT INTO sources(instance, ifname, interface_deleted, boot, wall_offset, layout, "
	"byte_order, version, timeouts) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";
/* The clock may have been set since the earlier row was written, so that all distances of this boot are tried. */
static const char find_earlier_sql[] =
	"SELECT f.id FROM sources s CROSS JOIN flows f ON f.started = s.wall_offset + ?1 AND f.source = s.id "
	"WHERE s.boot = ?2 AND s.instance = ?3 AND f.incarnation = ?4 AND "
	"(f.client_ip = ?5 AND f.client_port = ?6 AND f.server_ip = ?7 AND f.server_port = ?8 OR "
	"f.client_ip = ?7 AND f.client_port = ?8 AND f.server_ip = ?5 AND f.server_port = ?6)";
static const char delete_sql[] = "DELETE FROM flows WHERE id = ?";
static const char add_segment_sql[] =
	"INSERT INTO segments VALUES(?, ?, ?, ?, ?) ON CONFLICT(segment) DO UPDATE SET "
	"started_min = min(started_min, excluded.started_min), started_max = max(started_max, excluded.started_max), "
	"last_seen_min = min(last_seen_min, excluded.last_seen_min), "
	"last_seen_max = max(last_seen_max, excluded.last_seen_max)";

/* ---- open, close */

static void read_boot_id(char boot[BOOT_ID_SIZE])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file)
		return;
	if (!fgets(boot, BOOT_ID_SIZE, file))
		*boot = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	fclose(file);
}

static int prepare(struct history_writer *writer)
{
	const struct {
		const char *sql;
		sqlite3_stmt **statement;
	} statements[] = {
		{ insert_sql, &writer->insert },	 { find_source_sql, &writer->find_source },
		{ add_source_sql, &writer->add_source }, { find_earlier_sql, &writer->find_earlier },
		{ delete_sql, &writer->delete_row },	 { add_segment_sql, &writer->add_segment },
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]) && !code; i++)
		code = sqlite3_prepare_v3(writer->db, statements[i].sql, -1, SQLITE_PREPARE_PERSISTENT,
					  statements[i].statement, NULL);
	return code;
}

/* The log is written to the file when it is that large, and later cut. */
static int limit_log(struct history_writer *writer)
{
	__u64 most = CHECKPOINT_PAGES * 4096ULL, share = writer->keep.bytes / LOG_SHARE / 2;
	char sql[128];

	if (writer->keep.bytes && most > share)
		most = share;
	snprintf(sql, sizeof(sql), "PRAGMA wal_autocheckpoint = %llu; PRAGMA journal_size_limit = %llu", most / 4096,
		 most);
	return history_run(writer->db, sql);
}

int history_writer_open(struct history_writer *writer, const char *path, const struct history_keep *keep,
			struct reason *why)
{
	__u64 opened_ns = host_boot_ns();
	int err, code;

	*writer = (struct history_writer){ .path = path, .keep = *keep, .opened_ns = opened_ns };
	read_boot_id(writer->boot);
	err = history_open_to_write(&writer->db, path, &writer->inode, why);
	if (err)
		return err;
	writer->checkpoint_ns = monotonic_ns();
	code = prepare(writer);
	if (!code)
		code = limit_log(writer);
	if (!code)
		return 0;
	err = history_fail(writer->db, code, why);
	history_writer_close(writer);
	return err;
}

void history_writer_close(struct history_writer *writer)
{
	sqlite3_finalize(writer->insert);
	sqlite3_finalize(writer->find_source);
	sqlite3_finalize(writer->add_source);
	sqlite3_finalize(writer->find_earlier);
	sqlite3_finalize(writer->delete_row);
	sqlite3_finalize(writer->add_segment);
	sqlite3_close(writer->db);
	*writer = (struct history_writer){ 0 };
}

void history_writer_complete(struct history_writer *writer)
{
	sqlite3_wal_checkpoint_v2(writer->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

bool history_writer_is_there(const struct history_writer *writer)
{
	struct stat named;

	return !lstat(writer->path, &named) && named.st_ino == writer->inode;
}

/* Run a statement that returns no rows. */
static int run(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	sqlite3_reset(statement);
	return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

/* ---- sources */

static int bind_source(const struct history_writer *writer, sqlite3_stmt *statement,
		       const struct history_origin *origin)
{
	int code = sqlite3_bind_text(statement, 1, origin->instance, -1, SQLITE_STATIC);

	if (!code)
		code = *origin->ifname ? sqlite3_bind_text(statement, 2, origin->ifname, -1, SQLITE_STATIC)
				       : sqlite3_bind_null(statement, 2);
	if (!code)
		code = sqlite3_bind_int64(statement, 3, (sqlite3_int64)origin->interface_deleted);
	if (!code)
		code = sqlite3_bind_text(statement, 4, writer->boot, -1, SQLITE_STATIC);
	if (!code)
		code = sqlite3_bind_int64(statement, 5, origin->wall_offset_ns);
	if (!code)
		code = sqlite3_bind_int(statement, 6, FLOW_LAYOUT_VERSION);
	if (!code)
		code = sqlite3_bind_text(statement, 7, HISTORY_BYTE_ORDER, -1, SQLITE_STATIC);
	if (!code)
		code = sqlite3_bind_text(statement, 8, SYNSCOPE_VERSION, -1, SQLITE_STATIC);
	if (!code)
		code = sqlite3_bind_blob(statement, 9, origin->timeout_ns, sizeof(origin->timeout_ns), SQLITE_STATIC);
	return code;
}

/* The id of the source in the file, which is made if there is none. Returns a code of SQLite. */
static int look_up_source(struct history_writer *writer, const struct history_origin *origin, __s64 *source)
{
	int code = bind_source(writer, writer->find_source, origin);

	if (!code)
		code = sqlite3_step(writer->find_source);
	if (code == SQLITE_ROW)
		*source = sqlite3_column_int64(writer->find_source, 0);
	sqlite3_reset(writer->find_source);
	if (code == SQLITE_ROW)
		return SQLITE_OK;
	if (code != SQLITE_DONE)
		return code;
	code = bind_source(writer, writer->add_source, origin);
	if (!code)
		code = run(writer->add_source);
	*source = sqlite3_last_insert_rowid(writer->db);
	return code;
}

static int source_of(struct history_writer *writer, const struct history_origin *origin, __s64 *source)
{
	unsigned int i = writer->next_origin;
	int code;

	for (unsigned int n = 0; n < WRITER_ORIGINS; n++) {
		i = i ? i - 1 : WRITER_ORIGINS - 1;
		*source = writer->source[i];
		if (*source && !memcmp(&writer->origin[i], origin, sizeof(*origin)))
			return SQLITE_OK;
	}
	code = look_up_source(writer, origin, source);
	if (code)
		return code;
	i = writer->next_origin;
	writer->origin[i] = *origin;
	writer->source[i] = *source;
	writer->next_origin = (i + 1) % WRITER_ORIGINS;
	return SQLITE_OK;
}

/* ---- rows */

static int bind_earlier(struct history_writer *writer, const struct history_flow *flow, const struct flow_view *view)
{
	sqlite3_stmt *statement = writer->find_earlier;
	int code = sqlite3_bind_int64(statement, 1, (sqlite3_int64)view->first_seen_ns);

	if (!code)
		code = sqlite3_bind_text(statement, 2, writer->boot, -1, SQLITE_STATIC);
	if (!code)
		code = sqlite3_bind_text(statement, 3, flow->origin.instance, -1, SQLITE_STATIC);
	if (!code)
		code = sqlite3_bind_int64(statement, 4, view->incarnation);
	for (int i = 0; i < SIDE_COUNT && !code; i++) {
		const struct endpoint_view *side = &view->side[i];

		code = sqlite3_bind_blob(statement, 5 + 2 * i, side->ip.word, side->ip.ipv6 ? 16 : 4, SQLITE_STATIC);
		if (!code)
			code = sqlite3_bind_int64(statement, 6 + 2 * i, side->port);
	}
	return code;
}

/* The latest record has all that earlier ones had. */
static int delete_earlier(struct history_writer *writer, const struct history_flow *flow, const struct flow_view *view)
{
	int code = bind_earlier(writer, flow, view);

	while (!code && (code = sqlite3_step(writer->find_earlier)) == SQLITE_ROW) {
		code = sqlite3_bind_int64(writer->delete_row, 1, sqlite3_column_int64(writer->find_earlier, 0));
		sqlite3_reset(writer->find_earlier); /* and searched again: there is hardly ever a second one */
		if (!code)
			code = run(writer->delete_row);
	}
	sqlite3_reset(writer->find_earlier);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int end_segment(struct history_writer *writer)
{
	const struct history_segment *segment = &writer->segment;
	const __s64 values[] = { segment->number, segment->started_min, segment->started_max, segment->last_seen_min,
				 segment->last_seen_max };
	int code = SQLITE_OK;

	for (int i = 0; i < 5 && !code; i++)
		code = sqlite3_bind_int64(writer->add_segment, 1 + i, values[i]);
	return code ? code : run(writer->add_segment);
}

static int count_in_segment(struct history_writer *writer, __s64 id, const struct history_flow *flow,
			    const struct flow_view *view)
{
	struct history_segment *segment = &writer->segment;
	__s64 started = (__s64)history_wall_ns(flow, view->first_seen_ns);
	__s64 last_seen = (__s64)history_wall_ns(flow, view->last_seen_ns);
	int code = SQLITE_OK;

	if (segment->number >= 0 && segment->number != id >> SEGMENT_SHIFT)
		code = end_segment(writer);
	if (segment->number != id >> SEGMENT_SHIFT)
		*segment = (struct history_segment){ id >> SEGMENT_SHIFT, started, started, last_seen, last_seen };
	segment->started_min = started < segment->started_min ? started : segment->started_min;
	segment->started_max = started > segment->started_max ? started : segment->started_max;
	segment->last_seen_min = last_seen < segment->last_seen_min ? last_seen : segment->last_seen_min;
	segment->last_seen_max = last_seen > segment->last_seen_max ? last_seen : segment->last_seen_max;
	return code;
}

static int put_row(struct history_writer *writer, __s64 id, const struct history_flow *flow)
{
	struct flow_view view;
	struct row_room room;
	__s64 source;
	int code = source_of(writer, &flow->origin, &source);

	history_view(&view, flow);
	if (!code && (flow->again || view.first_seen_ns < writer->opened_ns))
		code = delete_earlier(writer, flow, &view);
	if (!code)
		code = row_bind(writer->insert, id, source, flow, &view, &room);
	if (!code)
		code = run(writer->insert);
	return code ? code : count_in_segment(writer, id, flow, &view);
}

static int put_rows(struct history_writer *writer, const struct history_flow *flows, size_t count)
{
	sqlite3_int64 last;
	int code = history_number(writer->db, "SELECT max(id) FROM flows", &last);

	writer->segment.number = -1;
	for (size_t i = 0; i < count && !code; i++)
		code = put_row(writer, ++last, &flows[i]);
	if (!code)
		code = end_segment(writer);
	return code;
}

int history_writer_put(struct history_writer *writer, const struct history_flow *flows, size_t count,
		       struct reason *why)
{
	int code = history_run(writer->db, "BEGIN IMMEDIATE"), err;

	if (!code)
		code = put_rows(writer, flows, count);
	if (!code)
		code = history_run(writer->db, "COMMIT");
	if (!code)
		return 0;
	err = history_fail(writer->db, code, why);
	if (!sqlite3_get_autocommit(writer->db))
		history_run(writer->db, "ROLLBACK");
	memset(writer->source, 0, sizeof(writer->source)); /* one that was added is not there any more */
	return err;
}

/* ---- what is kept */

/* Run a statement with one or two numbers in it. */
static int run_with(struct history_writer *writer, const char *sql, __s64 a, __s64 b)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(writer->db, sql, -1, &statement, NULL);

	if (!code)
		code = sqlite3_bind_int64(statement, 1, a);
	if (!code && sqlite3_bind_parameter_count(statement) > 1)
		code = sqlite3_bind_int64(statement, 2, b);
	if (!code)
		code = run(statement);
	sqlite3_finalize(statement);
	return code;
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
	__u64 log = log_bytes(writer), share = writer->keep.bytes / LOG_SHARE;

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

size_t history_writer_batch(const struct history_writer *writer)
{
	return writer->keep.bytes ? (size_t)(writer->keep.bytes / LOG_SHARE / ROW_IN_LOG) : SIZE_MAX;
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

int history_writer_tidy(struct history_writer *writer, struct reason *why)
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
