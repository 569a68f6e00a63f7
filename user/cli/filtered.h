/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands have in common whose arguments are a FILTER. */
#ifndef SYNSCOPE_CLI_FILTERED_H
#define SYNSCOPE_CLI_FILTERED_H

#include "cli/options.h"
#include "filter/filter.h"

/*
 * The run() of such a command: reads its `options`, which hold the defaults, and into their `filter` the arguments,
 * does what the command is for, and frees the filter. Returns what a command does.
 */
int filtered_run(const struct command *self, int argc, char **argv, void *options, struct filter *filter,
		 int (*run)(const void *options));

#endif
