// SPDX-License-Identifier: GPL-2.0-only
#include "format/bars.h"

#include <string.h>

char *put_bars(char *p, const __u64 *amount, int count, bool utf8)
{
	static const char *const utf8_levels[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii_levels[] = { " ", ".", ":", "-", "=", "+", "*", "%", "#" };
	const int levels = sizeof(utf8_levels) / sizeof(utf8_levels[0]) - 1;
	__u64 most = 0;

	while (count && !amount[count - 1])
		count--;
	for (int i = 0; i < count; i++)
		most = amount[i] > most ? amount[i] : most;
	for (int i = 0; i < count; i++) {
		int level = amount[i] ? 1 + (int)((double)amount[i] * (levels - 1) / (double)most) : 0;

		p = stpcpy(p, utf8 ? utf8_levels[level] : ascii_levels[level]);
	}
	return p;
}
