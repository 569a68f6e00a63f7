/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_SCENARIOS_H
#define SYNSCOPE_TESTS_INTERLEAVE_SCENARIOS_H

#include "world.h"

/* All scenarios; the last one has no name. */
const struct scenario *scenarios_all(void);

#endif
