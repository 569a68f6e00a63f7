/* SPDX-License-Identifier: GPL-2.0-only */
/* The table (Markdown) on stdout, and one JSON object a line in a file. */
#ifndef SYNSCOPE_BENCH_REPORT_H
#define SYNSCOPE_BENCH_REPORT_H

#include <stdio.h>

#include "rounds.h"

struct report {
	FILE *json; /* or NULL */
	int missed; /* targets that were not met */
};

/* Opens `json_path`, if it is not NULL, and prints what this is measured on. Returns 0 or a negative errno (told). */
int report_open(struct report *report, const char *json_path, int rounds);

/* Ends the table. Returns 0, or a negative errno (told) if not everything could be written. */
int report_close(struct report *report);

/* One figure, of which the ratio is that of the medians. `baseline` NULL: there is none. */
void report_figure(struct report *report, const char *name, const char *unit, const struct series *value,
		   const struct series *baseline);

/* A figure that was not measured, and why. */
void report_missing(struct report *report, const char *name, const char *unit, const char *why);

/* The heading of a group of figures, which says what is measured. */
void report_group(struct report *report, const char *what);

#endif
