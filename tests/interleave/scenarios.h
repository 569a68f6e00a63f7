/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_SCENARIOS_H
#define SYNSCOPE_TESTS_INTERLEAVE_SCENARIOS_H

#include "world.h"

/* All scenarios; the last one has no name. */
const struct scenario *scenarios_all(void);

/* Appends to what happens before the CPUs begin. */
void scenario_add(struct scenario *scenario, struct op op);

/*
 * Known races: do the results differ only in counts of the fast path? It has stored them into a record that was created
 * meanwhile, or two CPUs have counted segments of the same direction.
 */
bool scenario_counts_differ(const struct outcome *is, const struct outcome *should_be);

#endif
