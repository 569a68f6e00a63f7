/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks that a record that a reader returned existed at some moment. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_CHECK_READER_H
#define SYNSCOPE_TESTS_INTERLEAVE_CHECK_READER_H

#include "world.h"

/*
 * Returns NULL if it did, or if the reader returned none; otherwise what is wrong. user/flow/reader.h says what is
 * promised.
 */
const char *check_reader(const struct result *result);

#endif
