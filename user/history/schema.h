/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of a history, an SQLite file, and how such a file is opened. */
#ifndef SYNSCOPE_HISTORY_SCHEMA_H
#define SYNSCOPE_HISTORY_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/reason.h"

/* Rows with the same `id / 65536` are a segment, within which the indexes are sorted: see schema.c. */
#define SEGMENT_SHIFT 16

/* Handshakes that have an index, as SQL: those that somebody may look for because they are slow. */
#define SLOW_HANDSHAKE_NS "10000000"

/* Outcomes that have an index, as SQL: those of all attempts that failed, and of other flows that were reset. */
#define TROUBLE "outcome IN ('refused', 'unanswered', 'half_open', 'unreachable', 'reset_by_client', 'reset_by_server')"

/* What the bytes of a record depend on, beside FLOW_LAYOUT_VERSION: "little" or "big". */
#define HISTORY_BYTE_ORDER (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "little" : "big")

/*
 * Open a history to read it. Returns 0, or a negative errno with the reason in *why:
 * -EPROTO           it is an SQLite file, but no history
 * -EPROTONOSUPPORT  it was written by a newer version, with other tables
 */
int history_open(sqlite3 **db, const char *path, struct reason *why);

/*
 * The same to write into it; if the file is missing or empty, it becomes a history, of mode 0600. As root nobody must
 * be able to lead this elsewhere: no symbolic link, no second name of another file, and no file of another user is
 * opened. *inode becomes that of the file.
 */
int history_open_to_write(sqlite3 **db, const char *path, ino_t *inode, struct reason *why);

/* Run statements without results. Returns a code of SQLite. */
int history_run(sqlite3 *db, const char *sql);

/* The first column of the first row, or 0 if there is none or it is NULL. Returns a code of SQLite. */
int history_number(sqlite3 *db, const char *sql, sqlite3_int64 *number);

/* The negative errno for a code of SQLite other than SQLITE_OK, with the reason in *why. */
int history_fail(sqlite3 *db, int code, struct reason *why);

#endif
