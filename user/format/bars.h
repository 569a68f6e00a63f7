/* SPDX-License-Identifier: GPL-2.0-only */
/* A histogram in a line: "█▄ ▁". */
#ifndef SYNSCOPE_FORMAT_BARS_H
#define SYNSCOPE_FORMAT_BARS_H

#include <stdbool.h>

#include <linux/types.h>

/*
 * A character for each amount, of which the largest is as high as can be; blank only where there is nothing. Blanks at
 * the end are left out. Writes at most BAR_BYTES for each and a NUL, returns their end.
 */
#define BAR_BYTES 3
char *put_bars(char *p, const __u64 *amount, int count, bool utf8);

#endif
