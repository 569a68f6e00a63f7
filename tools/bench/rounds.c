// SPDX-License-Identifier: GPL-2.0-only
#include "rounds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void series_add(struct series *series, double value)
{
	if (series->count < ROUNDS_MAX)
		series->value[series->count++] = value;
}

void series_keep_last(struct series *series, int count)
{
	int drop = series->count - count;

	if (drop <= 0)
		return;
	memmove(series->value, series->value + drop, count * sizeof(*series->value));
	series->count = count;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double series_median(const struct series *series)
{
	double sorted[ROUNDS_MAX];
	int n = series->count;

	if (!n)
		return NAN;
	memcpy(sorted, series->value, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

double series_min(const struct series *series)
{
	double least = NAN;

	for (int i = 0; i < series->count; i++)
		least = fmin(least, series->value[i]);
	return least;
}

double series_max(const struct series *series)
{
	double most = NAN;

	for (int i = 0; i < series->count; i++)
		most = fmax(most, series->value[i]);
	return most;
}

static int run_round(struct contestant *contestants, int count, int round, double *values)
{
	for (int i = 0; i < count; i++) {
		int which = (round + i) % count;
		int err = contestants[which].measure(contestants[which].context, &values[which]);

		if (err)
			return err;
	}
	return 0;
}

int run_rounds(struct contestant *contestants, int count, int rounds)
{
	double values[count];

	for (int i = 0; i < count; i++)
		contestants[i].series.count = 0;
	for (int round = rounds > 1 ? 0 : 1; round <= rounds; round++) {
		int err = run_round(contestants, count, round, values);

		if (err)
			return err;
		for (int i = 0; round && i < count; i++) /* the first round is a warm-up */
			series_add(&contestants[i].series, values[i]);
	}
	return 0;
}
