/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of scenarios, each in a cases_*.c of its own, and the suites for what a script of segments cannot express.
 */
#ifndef SYNSCOPE_TESTS_BPF_CASES_H
#define SYNSCOPE_TESTS_BPF_CASES_H

#include <check.h>

#include "scenario.h"

/* Each table ends with a scenario that has no name. */
extern const struct scenario life_cases[], handshake_cases[], opening_cases[], pickup_cases[], established_cases[];
extern const struct scenario fragment_cases[];
extern const struct scenario close_cases[], reopen_cases[], reset_cases[], sequence_cases[], unseen_cases[];
extern const struct scenario latency_cases[], again_cases[], refuted_cases[], rtt_cases[];

/* `shared` is the harness that every test resets, `timed` likewise with --rtt. */
Suite *link_suite(struct harness *shared);
Suite *ip_suite(struct harness *shared);
Suite *tcp_suite(struct harness *shared);
Suite *icmp_suite(struct harness *shared);
Suite *tunnel_suite(struct harness *shared);
Suite *offload_suite(struct harness *shared);
Suite *table_suite(struct harness *shared);
Suite *flush_suite(struct harness *shared);
Suite *flood_suite(struct harness *shared);
Suite *concurrent_suite(struct harness *shared);
Suite *self_suite(struct harness *shared);
Suite *skew_suite(struct harness *shared);
Suite *histogram_suite(struct harness *shared);
Suite *objects_suite(struct harness *shared);
Suite *stats_suite(struct harness *shared);
Suite *samples_suite(struct harness *shared, struct harness *timed);

#endif
