// SPDX-License-Identifier: GPL-2.0-only
#include "history/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own_file.h"

#define APPLICATION_ID 0x73796e48 /* "synH" */
#define SCHEMA_VERSION 1
#define FILE_MODE 0600
#define BUSY_MS 2000 /* of another process that writes, or that recovers the file */

/*
 * Rows are added in the order in which records were made, and nearly so by the time of the last segment. An index by
 * address would be written all over: each row would change another page of it, and a second of traffic as many pages as
 * it has rows. So such an index begins with the segment, a number that changes each 65536 rows: all that is written
 * lies close together, and so does what is deleted later. A search looks into each segment once, or only into those
 * that have the wanted time, which table `segments` tells.
 *
 * Text is for people who read the file by other means: names of states instead of their numbers.
 */
static const char tables[] =
	"CREATE TABLE sources(id INTEGER PRIMARY KEY, instance TEXT NOT NULL, ifname TEXT, "
	"interface_deleted INTEGER NOT NULL, boot TEXT NOT NULL, wall_offset INTEGER NOT NULL, "
	"layout INTEGER NOT NULL, byte_order TEXT NOT NULL, version TEXT NOT NULL, timeouts BLOB NOT NULL);"
	"CREATE TABLE segments(segment INTEGER PRIMARY KEY, started_min INTEGER NOT NULL, "
	"started_max INTEGER NOT NULL, last_seen_min INTEGER NOT NULL, last_seen_max INTEGER NOT NULL);"
	"CREATE TABLE flows(id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, source INTEGER NOT NULL, "
	"reason TEXT NOT NULL, client_ip BLOB NOT NULL, client_port INTEGER NOT NULL, server_ip BLOB NOT NULL, "
	"server_port INTEGER NOT NULL, started INTEGER, last_seen INTEGER, duration_ns INTEGER NOT NULL, "
	"outcome TEXT NOT NULL, failed INTEGER NOT NULL, client_state TEXT NOT NULL, server_state TEXT NOT NULL, "
	"origin TEXT NOT NULL, conn_state TEXT NOT NULL, syn_to_synack_ns INTEGER, synack_to_ack_ns INTEGER, "
	"handshake_ns INTEGER, client_packets INTEGER NOT NULL, server_packets INTEGER NOT NULL, "
	"client_bytes INTEGER NOT NULL, server_bytes INTEGER NOT NULL, client_payload INTEGER NOT NULL, "
	"server_payload INTEGER NOT NULL, client_retransmits INTEGER NOT NULL, server_retransmits INTEGER NOT NULL, "
	"anomalies INTEGER NOT NULL, incarnation INTEGER NOT NULL, retired INTEGER NOT NULL, told INTEGER NOT NULL, "
	"tunnel BLOB, record BLOB NOT NULL);"
	"CREATE INDEX by_started ON flows(started);"
	"CREATE INDEX by_last_seen ON flows(last_seen);"
	"CREATE INDEX by_trouble ON flows(started) WHERE " TROUBLE ";"
	"CREATE INDEX by_client ON flows(segment, client_ip, client_port);"
	"CREATE INDEX by_server ON flows(segment, server_ip, server_port);"
	"CREATE INDEX by_server_port ON flows(segment, server_port);"
	"CREATE INDEX by_handshake ON flows(segment, handshake_ns) WHERE handshake_ns >= " SLOW_HANDSHAKE_NS ";"
	/* How many rows an index finds by its first columns, for the planner of queries: round, never measured. */
	"ANALYZE sqlite_schema;"
	"INSERT INTO sqlite_stat1 VALUES('flows', 'by_started', '10000000 1'), ('flows', 'by_last_seen', '10000000 8'),"
	"('flows', 'by_trouble', '100000 1'), ('flows', 'by_client', '10000000 65536 16 2'),"
	"('flows', 'by_server', '10000000 65536 256 64'), ('flows', 'by_server_port', '10000000 65536 8192'),"
	"('flows', 'by_handshake', '10000000 65536 2');";

int history_fail(sqlite3 *db, int code, struct reason *why)
{
	int system = db ? sqlite3_system_errno(db) : 0, err = -EIO;

	switch (code & 0xff) {
	case SQLITE_FULL:
		err = -ENOSPC;
		break;
	case SQLITE_NOMEM:
		err = -ENOMEM;
		break;
	case SQLITE_CANTOPEN:
		err = system ? -system : -EACCES;
		break;
	case SQLITE_IOERR:
		err = system ? -system : -EIO;
		break;
	default:
		snprintf(why->text, sizeof(why->text), "%s", db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
		return (code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT ? -EBADMSG : -EIO;
	}
	*why = reason_of(err);
	return err;
}

int history_run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int history_number(sqlite3 *db, const char *sql, sqlite3_int64 *number)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	*number = 0;
	if (code)
		return code;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	return sqlite3_finalize(statement);
}

static int refuse(struct reason *why, int err, const char *text)
{
	snprintf(why->text, sizeof(why->text), "%s", text);
	return err;
}

/* Is it a history that this version knows? *empty (if not NULL): nothing was ever written, and it may become one. */
static int check(sqlite3 *db, bool *empty, struct reason *why)
{
	sqlite3_int64 id, version, objects;
	int code = history_number(db, "PRAGMA application_id", &id);

	if (!code)
		code = history_number(db, "PRAGMA user_version", &version);
	if (!code)
		code = history_number(db, "SELECT count(*) FROM sqlite_schema", &objects);
	if (code)
		return history_fail(db, code, why);
	if (empty)
		*empty = !id && !version && !objects;
	if (empty && *empty)
		return 0;
	if (id != APPLICATION_ID)
		return refuse(why, -EPROTO, "it is an SQLite file, but no history of synscope");
	if (version == SCHEMA_VERSION)
		return 0;
	snprintf(why->text, sizeof(why->text),
		 "it was made by another version of synscope (tables of version %lld; this version knows %d)", version,
		 SCHEMA_VERSION);
	return -EPROTONOSUPPORT;
}

/* A file may be made to do harm, by views and triggers in place of tables, or by pages that refer to each other. */
static int be_careful(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, BUSY_MS);
	return history_run(db, "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY");
}

static int close_failed(sqlite3 **db, int err)
{
	sqlite3_close(*db);
	*db = NULL;
	return err;
}

/* ---- to read */

/* Words of SQLite that are no names of files, as ":memory:", begin with a colon. */
static void plain_name(char name[PATH_MAX], const char *path)
{
	snprintf(name, PATH_MAX, "%s%s", *path == '/' ? "" : "./", path);
}

/* A file on a medium that cannot be written to, with which SQLite cannot tell that nobody writes. */
static int open_unchanging(sqlite3 **db, const char *path)
{
	char name[PATH_MAX], *uri;
	int code;

	plain_name(name, path);
	uri = sqlite3_mprintf("%s-wal", name);
	if (uri && !access(uri, F_OK)) {
		sqlite3_free(uri);
		return SQLITE_CANTOPEN;
	}
	sqlite3_free(uri);
	uri = strpbrk(name, "?#%") ? NULL : sqlite3_mprintf("file:%s?immutable=1", name);
	code = uri ? sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL)
		   : SQLITE_CANTOPEN;
	sqlite3_free(uri);
	return code;
}

static int read_check(sqlite3 *db, struct reason *why)
{
	int code = be_careful(db);

	return code ? history_fail(db, code, why) : check(db, NULL, why);
}

int history_open(sqlite3 **db, const char *path, struct reason *why)
{
	char name[PATH_MAX];
	int code, err;

	plain_name(name, path);
	code = sqlite3_open_v2(name, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	err = code ? history_fail(*db, code, why) : read_check(*db, why);
	if (!err)
		return 0;
	close_failed(db, err);
	if (err == -EPROTO || err == -EPROTONOSUPPORT || err == -EBADMSG || open_unchanging(db, path))
		return close_failed(db, err);
	err = read_check(*db, why);
	return err ? close_failed(db, err) : 0;
}

/* ---- to write */

/* Make the file, if there is none. It is closed before SQLite opens it, whose locks would end with any other close. */
static int make_file(const char *path, ino_t *inode, struct reason *why)
{
	struct stat file;
	int fd = own_file_open(path, O_RDWR, FILE_MODE, OWN_FILE_REGULAR, &file, why);

	if (fd < 0)
		return fd;
	close(fd);
	*inode = file.st_ino;
	return 0;
}

/* The name with its directory resolved: SQLite is told to follow no link at all, but one in a directory is fine. */
static int resolve(const char *path, char name[PATH_MAX], struct reason *why)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX] = ".", resolved[PATH_MAX];
	int bytes;

	if (slash)
		snprintf(directory, sizeof(directory), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	if (!realpath(directory, resolved)) {
		int err = -errno;

		*why = reason_of(err);
		return err;
	}
	bytes = snprintf(name, PATH_MAX, "%s/%s", strcmp(resolved, "/") ? resolved : "", slash ? slash + 1 : path);
	return bytes < PATH_MAX ? 0 : refuse(why, -ENAMETOOLONG, "its name is too long");
}

static int make_tables(sqlite3 *db)
{
	char version[80];
	int code = history_run(db, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");

	if (code)
		return code;
	snprintf(version, sizeof(version), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
		 APPLICATION_ID, SCHEMA_VERSION);
	code = history_run(db, tables);
	if (!code)
		code = history_run(db, version);
	if (code)
		history_run(db, "ROLLBACK");
	return code;
}

static int prepare(sqlite3 *db, struct reason *why)
{
	bool empty = false;
	int code = be_careful(db), err;

	if (code)
		return history_fail(db, code, why);
	err = check(db, &empty, why);
	if (err)
		return err;
	code = empty ? make_tables(db) : history_run(db, "PRAGMA journal_mode = WAL");
	if (!code) /* what was committed survives the process, and once the log was written to the file, the power */
		code = history_run(db, "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536");
	return code ? history_fail(db, code, why) : 0;
}

int history_open_to_write(sqlite3 **db, const char *path, ino_t *inode, struct reason *why)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	struct stat named;
	char name[PATH_MAX];
	int code, err = make_file(path, inode, why);

	*db = NULL;
	/* Counting the memory of SQLite costs a lock for each piece. Without effect once there is another history. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (!err)
		err = resolve(path, name, why);
	if (err)
		return err;
	code = sqlite3_open_v2(name, db, flags, NULL);
	if (code)
		return close_failed(db, history_fail(*db, code, why));
	if (lstat(name, &named) || named.st_ino != *inode)
		return close_failed(db, refuse(why, -EPERM, "it was replaced by another one while it was opened"));
	err = prepare(*db, why);
	return err ? close_failed(db, err) : 0;
}
