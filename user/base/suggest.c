// SPDX-License-Identifier: GPL-2.0-only
#include "base/suggest.h"

#include <string.h>

#define DISTANCE_MAX 32 /* of a longer word, only so many characters are compared */

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* How many letters to insert, delete, replace or swap with their neighbour to turn one word into the other. */
static int edit_distance(const char *a, const char *b)
{
	int row[3][DISTANCE_MAX + 1];
	int length_a = strnlen(a, DISTANCE_MAX), length_b = strnlen(b, DISTANCE_MAX);

	for (int j = 0; j <= length_b; j++)
		row[0][j] = j;
	for (int i = 1; i <= length_a; i++) {
		int *before = row[(i + 1) % 3], *above = row[(i - 1) % 3], *now = row[i % 3];

		now[0] = i;
		for (int j = 1; j <= length_b; j++) {
			now[j] = least(least(above[j], now[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[length_a % 3][length_b];
}

void suggestion_begin(struct suggestion *suggestion, const char *word)
{
	*suggestion = (struct suggestion){ .word = word, .distance = 1 + (int)strnlen(word, DISTANCE_MAX) / 3 };
}

void suggestion_try(struct suggestion *suggestion, const char *name)
{
	int distance = edit_distance(suggestion->word, name);
	size_t length = strlen(suggestion->word);

	if (length >= 3 && !strncmp(name, suggestion->word, length))
		distance = least(distance, 1);
	if (distance < suggestion->distance || (distance == suggestion->distance && !suggestion->best)) {
		suggestion->best = name;
		suggestion->distance = distance;
	}
}
