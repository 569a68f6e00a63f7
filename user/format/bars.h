/* SPDX-License-Identifier: GPL-2.0-only */
/* A histogram in one line: "█▄ ▁". */
#ifndef SYNSCOPE_FORMAT_BARS_H
#define SYNSCOPE_FORMAT_BARS_H

#include <stdbool.h>

#include <linux/types.h>

/*
 * Write a character for each amount: the highest for the largest amount, blank only for 0. Blanks at the end are left
 * out. Writes at most BAR_BYTES for each amount and a NUL. Returns the end.
 */
#define BAR_BYTES 3
char *put_bars(char *p, const __u64 *amount, int count, bool utf8);

#endif
