/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks the round trips that were found (--rtt), without the rules that find them: from the times of the segments, by
 * docs/specification.md, section 4.
 */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_CHECK_ROUND_TRIPS_H
#define SYNSCOPE_TESTS_INTERLEAVE_CHECK_ROUND_TRIPS_H

#include "world.h"

/* Finds out what can be found. To be called when the CPUs are about to begin. */
void check_round_trips_begin(const struct scenario *scenario);

/*
 * Returns NULL if the figures of each record are those of round trips of its flow, each segment has at most one, the
 * histogram has just these and those of records that are gone, and the last ACK of `after` ends one; otherwise what is
 * wrong. To be called after `after`.
 */
const char *check_round_trips(void);

/* The same of the figures of a record that a reader returned, alone. */
const char *check_round_trips_read(const struct flow_record *record);

#endif
