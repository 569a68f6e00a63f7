/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_SCENARIOS_RTT_H
#define SYNSCOPE_TESTS_INTERLEAVE_SCENARIOS_RTT_H

#include "world.h"

/* The scenarios in which round trips are timed (--rtt); the last one has no name. */
const struct scenario *scenarios_rtt(void);

#endif
