/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYNSCOPE_TESTS_SKIPPED_H
#define SYNSCOPE_TESTS_SKIPPED_H

#include <stdio.h>

/*
 * Says that a test has proved nothing on this machine, or not all that it is there for, and why. libcheck knows only
 * passed and failed: tests/run counts these lines, and takes such a test from those that passed. The test then returns.
 */
static inline void skipped(const char *test, const char *why)
{
	printf("SKIPPED %s: %s\n", test, why);
	fflush(stdout);
}

#endif
