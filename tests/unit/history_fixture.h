/* SPDX-License-Identifier: GPL-2.0-only */
/* Histories in a directory of their own, and random flows to write into them. */
#ifndef SYNSCOPE_TESTS_UNIT_HISTORY_FIXTURE_H
#define SYNSCOPE_TESTS_UNIT_HISTORY_FIXTURE_H

#include "history/reader.h"
#include "history/writer.h"

#define HISTORY_PATH "history.db"

/* Make an empty directory the current one; remove it again, with all that is in it. */
void history_directory_begin(void);
void history_directory_end(void);

/* The time since 1970 around which flows were. */
#define HISTORY_NOW_NS 1795173480123456789ULL

/* A flow whose values are often those of the filters of filter_tree.h, whatever they mean together. */
struct history_flow some_flow_of_history(void);

/* Write flows into HISTORY_PATH, which must succeed. */
void history_write(const struct history_flow *flows, size_t count);

/* Open HISTORY_PATH, as of HISTORY_NOW_NS; it must succeed. */
struct history_reader history_open_now(void);

/* Run SQL on HISTORY_PATH; returns the first number. */
long long history_sql(const char *sql);

#endif
