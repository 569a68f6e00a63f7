// SPDX-License-Identifier: GPL-2.0-only
#include "history/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "flow/view.h"
#include "history/row.h"
#include "history/schema.h"

#define CHECKPOINT_PAGES 4000 /* of 4 KiB, that are written to the log before they are written to the file */

#define VALUES_1 \
	"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define VALUES_4 VALUES_1 ", " VALUES_1 ", " VALUES_1 ", " VALUES_1
#define VALUES_16 VALUES_4 ", " VALUES_4 ", " VALUES_4 ", " VALUES_4
#define ROWS_AT_ONCE 64

static const char insert_sql[] = "INSERT INTO flows(" ROW_WRITTEN ") VALUES" VALUES_1;
/* A statement opens the table and each index anew, which costs as much as to insert a row. */
static const char insert_many_sql[] =
	"INSERT OR ROLLBACK INTO flows(" ROW_WRITTEN ") VALUES" VALUES_16 ", " VALUES_16 ", " VALUES_16 ", " VALUES_16;
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
		{ insert_sql, &writer->insert },
		{ insert_many_sql, &writer->insert_many },
		{ find_source_sql, &writer->find_source },
		{ add_source_sql, &writer->add_source },
		{ find_earlier_sql, &writer->find_earlier },
		{ delete_sql, &writer->delete_row },
		{ add_segment_sql, &writer->add_segment },
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
	__u64 most = CHECKPOINT_PAGES * 4096ULL, share = writer->keep.bytes / HISTORY_LOG_SHARE / 2;
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
	sqlite3_finalize(writer->insert_many);
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

/* Rows that are to be inserted together. */
struct rows {
	__s64 next_id;
	size_t count;
	struct row row[ROWS_AT_ONCE];
};

static int insert_rows(struct history_writer *writer, struct rows *rows)
{
	bool full = rows->count == ROWS_AT_ONCE;
	sqlite3_stmt *statement = full ? writer->insert_many : writer->insert;
	int code = SQLITE_OK;

	for (size_t i = 0; i < rows->count && !code; i++) {
		code = row_bind(statement, full ? (int)i * ROW_WRITTEN_COUNT : 0, &rows->row[i]);
		if (!code && (!full || i == ROWS_AT_ONCE - 1))
			code = run(statement);
	}
	rows->count = 0;
	return code;
}

/* May an earlier row of the flow be among those that wait? Its ends may be the other way round there. */
static bool may_wait(const struct rows *rows, const struct history_flow *flow)
{
	const struct flow_hot *hot = &flow->hot;

	for (size_t i = 0; i < rows->count; i++) {
		const struct flow_hot *other = &rows->row[i].flow->hot;

		if ((other->id[0] ^ other->id[1]) == (hot->id[0] ^ hot->id[1]) &&
		    (other->port[0] ^ other->port[1]) == (hot->port[0] ^ hot->port[1]))
			return true;
	}
	return false;
}

static int put_row(struct history_writer *writer, struct rows *rows, const struct history_flow *flow)
{
	struct row *row = &rows->row[rows->count];
	int code = source_of(writer, &flow->origin, &row->source);

	history_view(&row->view, flow);
	if (!code && (flow->again || row->view.first_seen_ns < writer->opened_ns)) {
		if (may_wait(rows, flow)) {
			code = insert_rows(writer, rows);
			rows->row[0] = *row;
			row = rows->row;
		}
		if (!code)
			code = delete_earlier(writer, flow, &row->view);
	}
	row->flow = flow;
	row->id = rows->next_id++;
	rows->count++;
	if (!code)
		code = count_in_segment(writer, row->id, flow, &row->view);
	if (!code && rows->count == ROWS_AT_ONCE)
		code = insert_rows(writer, rows);
	return code;
}

static int put_rows(struct history_writer *writer, const struct history_flow *flows, size_t count)
{
	struct rows rows = { .count = 0 };
	sqlite3_int64 last;
	int code = history_number(writer->db, "SELECT max(id) FROM flows", &last);

	rows.next_id = last + 1;
	writer->segment.number = -1;
	for (size_t i = 0; i < count && !code; i++)
		code = put_row(writer, &rows, &flows[i]);
	if (!code)
		code = insert_rows(writer, &rows);
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
