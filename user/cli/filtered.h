/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands have in common whose arguments are a FILTER. */
#ifndef SYNSCOPE_CLI_FILTERED_H
#define SYNSCOPE_CLI_FILTERED_H

#include "cli/options.h"
#include "filter/filter.h"

/*
 * The words of the filter that is meant: `given`, of the flows of `interface` if that is not NULL. A first word that is
 * no filter, but the name of an interface, stands for the flows of that. The caller frees words->value. Returns 0 or
 * -ENOMEM (logged).
 */
int filtered_words(const struct arguments *given, const char *interface, struct arguments *words);

/*
 * The run() of such a command: reads its `options`, which hold the defaults and are to hold *interface, and into their
 * `filter` the arguments, does what the command is for, and frees the filter. Returns what a command does.
 */
int filtered_run(const struct command *self, int argc, char **argv, void *options, const char **interface,
		 struct filter *filter, int (*run)(const void *options));

/*
 * Does the filter do without processes of this host? If not, prints that it may not ask for them; `why` follows that,
 * such as "which a file does not name".
 */
bool filtered_without_processes(const struct filter *filter, const char *command, const char *why);

#endif
