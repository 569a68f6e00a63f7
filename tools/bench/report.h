/* SPDX-License-Identifier: GPL-2.0-only */
/* The table (Markdown) on stdout, and one JSON object per line in a file. */
#ifndef SYNSCOPE_BENCH_REPORT_H
#define SYNSCOPE_BENCH_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "rounds.h"

#define TARGETS_MAX 32

/* The result of a target. All members are false if its group was not requested. */
struct verdict {
	bool missing, measured, met;
	double value, ratio;
};

struct report {
	FILE *json; /* or NULL */
	struct verdict verdicts[TARGETS_MAX]; /* by number of the target */
};

/*
 * Opens `json_path`, if it is not NULL, and prints a description of the machine. Returns 0 or a negative errno
 * (logged).
 */
int report_open(struct report *report, const char *json_path, int rounds);

/* Prints which targets were met. Returns 0, or a negative errno (logged) if the output could not be written. */
int report_close(struct report *report);

/* One figure. Its ratio is that of the medians. `baseline` is NULL if there is none. */
void report_figure(struct report *report, const char *name, const char *unit, const struct series *value,
		   const struct series *baseline);

/* A figure that was not measured, and the reason. */
void report_missing(struct report *report, const char *name, const char *unit, const char *why);

/* The heading of a group of figures, which says what is measured. */
void report_group(const char *name, const char *what);

#endif
