/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interleaved measurement: in every round each contestant is measured once, one after the other, so that a temporary
 * disturbance of the machine affects all of them.
 */
#ifndef SYNSCOPE_BENCH_ROUNDS_H
#define SYNSCOPE_BENCH_ROUNDS_H

#define ROUNDS_MAX 100

/* The results of one contestant, by round. */
struct series {
	double value[ROUNDS_MAX];
	int count;
};

struct contestant {
	/* Measures once. Returns 0 or a negative errno (logged). */
	int (*measure)(void *context, double *value);
	void *context;
	struct series series; /* filled in by run_rounds() */
};

/*
 * Measures all contestants `rounds` times, each round in another order. If there are several rounds, a warm-up round
 * precedes them, which does not count. Returns 0 or a negative errno (logged).
 */
int run_rounds(struct contestant *contestants, int count, int rounds);

void series_add(struct series *series, double value);

/* Drops all but the last `count` results: a contestant's own series has one of the warm-up round, too. */
void series_keep_last(struct series *series, int count);
double series_median(const struct series *series);
double series_min(const struct series *series);
double series_max(const struct series *series);

#endif
