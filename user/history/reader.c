// SPDX-License-Identifier: GPL-2.0-only
#include "history/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/version.h"
#include "history/row.h"
#include "history/schema.h"
#include "history/where.h"

#define MAGIC "SQLite format 3" /* with the NUL after it */

struct history_source {
	__s64 id;
	struct history_origin origin;
	bool readable;
};

bool history_is_file(const char *path)
{
	char magic[sizeof(MAGIC)] = "";
	struct stat file;
	int fd;

	if (stat(path, &file) || !S_ISREG(file.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, magic, sizeof(magic)) < (ssize_t)sizeof(magic))
		*magic = '\0';
	close(fd);
	return !memcmp(magic, MAGIC, sizeof(MAGIC));
}

/* Print what a code of SQLite means. Returns the errno. */
static int fail(const struct history_reader *reader, int code)
{
	struct reason why;
	int err = history_fail(reader->db, code, &why);

	message_error("cannot read the history '%s': %s%s", reader->path, why.text, permission_hint(err));
	return err;
}

static int damaged(const struct history_reader *reader, __s64 row, const char *table)
{
	message_error("the history '%s' is damaged: row %lld of its table '%s' is no record of a flow", reader->path,
		      row, table);
	return -EBADMSG;
}

/* ---- sources */

enum source_column {
	SOURCE_ID,
	SOURCE_INSTANCE,
	SOURCE_IFNAME,
	SOURCE_DELETED,
	SOURCE_OFFSET,
	SOURCE_LAYOUT,
	SOURCE_BYTE_ORDER,
	SOURCE_VERSION,
	SOURCE_TIMEOUTS,
};

static void read_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
	const unsigned char *value = sqlite3_column_text(row, column);

	snprintf(text, size, "%s", value ? (const char *)value : "");
}

static bool is_readable(sqlite3_stmt *row)
{
	const unsigned char *order = sqlite3_column_text(row, SOURCE_BYTE_ORDER);

	return sqlite3_column_int64(row, SOURCE_LAYOUT) == FLOW_LAYOUT_VERSION && order &&
	       !strcmp((const char *)order, HISTORY_BYTE_ORDER) && sqlite3_column_blob(row, SOURCE_TIMEOUTS) &&
	       sqlite3_column_bytes(row, SOURCE_TIMEOUTS) == sizeof(((struct history_origin *)0)->timeout_ns);
}

/* One message for each layout would be more than one wants; the last one is as good as any. */
static void refuse(struct history_reader *reader, sqlite3_stmt *row)
{
	char version[32], order[16];

	read_text(row, SOURCE_VERSION, version, sizeof(version));
	read_text(row, SOURCE_BYTE_ORDER, order, sizeof(order));
	if (!reader->refused)
		message_error("flows in '%s' that version %s has written (layout %lld, %s-endian) are left out: this "
			      "version, %s (layout %d, %s-endian), cannot read them; use that version",
			      reader->path, version, sqlite3_column_int64(row, SOURCE_LAYOUT), order, SYNSCOPE_VERSION,
			      FLOW_LAYOUT_VERSION, HISTORY_BYTE_ORDER);
	reader->refused = true;
}

static int add_source(struct history_reader *reader, sqlite3_stmt *row)
{
	struct history_source *source = array_grow(reader->source, reader->sources, &reader->room, sizeof(*source),
						   "the sources of the history");

	if (!source)
		return -ENOMEM;
	reader->source = source;
	source += reader->sources++;
	*source = (struct history_source){ .id = sqlite3_column_int64(row, SOURCE_ID), .readable = is_readable(row) };
	if (!source->readable) {
		refuse(reader, row);
		return 0;
	}
	read_text(row, SOURCE_INSTANCE, source->origin.instance, sizeof(source->origin.instance));
	read_text(row, SOURCE_IFNAME, source->origin.ifname, sizeof(source->origin.ifname));
	source->origin.interface_deleted = !!sqlite3_column_int64(row, SOURCE_DELETED);
	source->origin.wall_offset_ns = sqlite3_column_int64(row, SOURCE_OFFSET);
	memcpy(source->origin.timeout_ns, sqlite3_column_blob(row, SOURCE_TIMEOUTS), sizeof(source->origin.timeout_ns));
	return 0;
}

static int read_sources(struct history_reader *reader)
{
	static const char sql[] = "SELECT id, instance, ifname, interface_deleted, wall_offset, layout, byte_order, "
				  "version, timeouts FROM sources ORDER BY id";
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(reader->db, sql, -1, &statement, NULL), err = 0;

	while (!code && !err && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		err = add_source(reader, statement);
		code = SQLITE_OK;
	}
	if (!err && code != SQLITE_DONE)
		err = fail(reader, code);
	sqlite3_finalize(statement);
	return err;
}

static int compare_source(const void *key, const void *element)
{
	const struct history_source *source = element;
	const __s64 *id = key;

	return (*id > source->id) - (*id < source->id);
}

/* ---- open, close */

static int read_now(struct history_reader *reader)
{
	struct flow_clock clock = flow_clock_now();
	sqlite3_int64 last;
	int code = history_number(reader->db, "SELECT max(last_seen) FROM flows", &last);

	if (code)
		return fail(reader, code);
	reader->now_ns = clock.now_ns + (__u64)clock.wall_offset_ns;
	if (last > 0 && (__u64)last > reader->now_ns)
		reader->now_ns = (__u64)last;
	return 0;
}

int history_reader_open(struct history_reader *reader, const char *path, const struct services *services)
{
	struct reason why;
	int err, code;

	*reader = (struct history_reader){ .path = path, .services = services };
	err = history_open(&reader->db, path, &why);
	if (err) {
		message_error("cannot read the history '%s': %s%s", path, why.text, permission_hint(err));
		return err;
	}
	code = history_run(reader->db, "BEGIN");
	err = code ? fail(reader, code) : read_now(reader);
	return err ? err : read_sources(reader);
}

int history_reader_close(struct history_reader *reader, int status)
{
	sqlite3_finalize(reader->read_one);
	sqlite3_close(reader->db);
	free(reader->source);
	return !status && reader->refused ? -EPROTONOSUPPORT : status;
}

/* ---- flows */

/*
 * Read the row that the statement stands at. Returns 0, 1: it is of a layout that cannot be read, or a negative errno
 * (logged).
 */
static int read_row(struct history_reader *reader, sqlite3_stmt *statement, struct history_flow *flow)
{
	__s64 id = row_source(statement);
	const struct history_source *source =
		reader->sources ? bsearch(&id, reader->source, reader->sources, sizeof(*source), compare_source) : NULL;

	if (!source)
		return damaged(reader, row_id(statement), "flows");
	if (!source->readable)
		return 1;
	flow->origin = source->origin;
	return row_read(statement, flow) ? 0 : damaged(reader, row_id(statement), "flows");
}

/* Hand over the flows of a statement that match the filter or, if that is NULL, all. */
static int hand_over(struct history_reader *reader, sqlite3_stmt *statement, const struct filter *filter,
		     history_taker take, void *context)
{
	struct history_flow flow = { 0 };
	struct history_found found = { .flow = &flow };
	int code, err = 0;

	while (!err && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		err = read_row(reader, statement, &flow);
		if (err) {
			err = err > 0 ? 0 : err;
			continue;
		}
		found.id = row_id(statement);
		history_view_at(&found.view, &flow, reader->now_ns);
		found.labels = history_labels(&flow, reader->services);
		if (!filter || filter_match(filter, &found.view, &found.labels))
			err = take(context, &found);
	}
	return err || code == SQLITE_DONE ? err : fail(reader, code);
}

int history_each(struct history_reader *reader, const struct filter *filter, enum history_order order,
		 history_taker take, void *context)
{
	static const char *const orders[] = {
		[HISTORY_ANY_ORDER] = "",
		[HISTORY_BY_LAST_SEEN] = " ORDER BY last_seen DESC, started DESC",
		[HISTORY_BY_FIRST_SEEN] = " ORDER BY started DESC, last_seen DESC",
	};
	struct history_where where;
	sqlite3_stmt *statement;
	int code, err = history_where(&where, filter, reader->now_ns);
	char *sql;

	if (err)
		return fail(reader, SQLITE_NOMEM);
	sql = sqlite3_mprintf("%sSELECT " ROW_READ " FROM flows WHERE %s%s", where.with, where.condition,
			      orders[order]);
	history_where_free(&where);
	code = sql ? sqlite3_prepare_v2(reader->db, sql, -1, &statement, NULL) : SQLITE_NOMEM;
	sqlite3_free(sql);
	if (code)
		return fail(reader, code);
	err = hand_over(reader, statement, filter, take, context);
	sqlite3_finalize(statement);
	return err;
}

static int bind_name(sqlite3_stmt *statement, const struct flow_name *name)
{
	int code = SQLITE_OK;

	for (int i = 0; i < 2 && !code; i++) {
		code = sqlite3_bind_blob(statement, 1 + 2 * i, name->ip[i].word, name->ip[i].ipv6 ? 16 : 4,
					 SQLITE_STATIC);
		if (!code)
			code = sqlite3_bind_int64(statement, 2 + 2 * i, name->port[i]);
	}
	return code;
}

int history_each_named(struct history_reader *reader, const struct flow_name *name, history_taker take, void *context)
{
	static const char sql[] =
		"WITH wanted(n) AS (SELECT segment FROM segments) SELECT " ROW_READ " FROM flows WHERE "
		"segment IN wanted AND client_ip = ?1 AND client_port = ?2 AND server_ip = ?3 AND server_port = ?4 OR "
		"segment IN wanted AND client_ip = ?3 AND client_port = ?4 AND server_ip = ?1 AND server_port = ?2";
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(reader->db, sql, -1, &statement, NULL), err;

	if (!code)
		code = bind_name(statement, name);
	err = code ? fail(reader, code) : hand_over(reader, statement, NULL, take, context);
	sqlite3_finalize(statement);
	return err;
}

int history_read(struct history_reader *reader, __s64 id, history_taker take, void *context)
{
	static const char sql[] = "SELECT " ROW_READ " FROM flows WHERE id = ?";
	int code = SQLITE_OK, err;

	if (!reader->read_one)
		code = sqlite3_prepare_v2(reader->db, sql, -1, &reader->read_one, NULL);
	if (!code)
		code = sqlite3_bind_int64(reader->read_one, 1, id);
	err = code ? fail(reader, code) : hand_over(reader, reader->read_one, NULL, take, context);
	sqlite3_reset(reader->read_one);
	return err;
}
