/* SPDX-License-Identifier: GPL-2.0-only */
/* Is the record that a reader was shown one that stood there? */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_CHECK_READER_H
#define SYNSCOPE_TESTS_INTERLEAVE_CHECK_READER_H

#include "world.h"

/* NULL if so, or if it was shown none; else what is wrong: see user/flow/reader.h for what is promised. */
const char *check_reader(const struct result *result);

#endif
