/* SPDX-License-Identifier: GPL-2.0-only */
/* Times for people: in the time zone of the user (TZ), or with --utc in UTC. */
#ifndef SYNSCOPE_BASE_LOCAL_TIME_H
#define SYNSCOPE_BASE_LOCAL_TIME_H

#include <stdbool.h>

#include <linux/types.h>

#define LOCAL_TIME_SIZE 64

/* 2026-11-20T10:22:00.123456789+01:00, or Z; `wall_ns`: since 1970. Returns its end. */
char *put_local_time(char *p, __u64 wall_ns);

/* Time of day, 10:22:00.123456. */
char *put_local_clock(char *p, __u64 wall_ns);

/*
 * Parse a date, with a time of day or without, as put_local_time() writes it: from the left, as much as is known, at
 * least the day. Without Z or an offset it is in the zone of the user. Sets the first and the last ns since 1970 that
 * the text names: of the whole day for 2026-11-26. Returns false if it is none, or before 1970.
 */
bool parse_local_time(const char *text, __u64 *first_ns, __u64 *last_ns);

/* Read the time zone. If a limit keeps it from being read, warns and uses UTC. */
void local_time_begin(void);

/* From now on the zone is UTC. */
void local_time_is_utc(void);

#endif
