/* SPDX-License-Identifier: GPL-2.0-only */
/* The options that `attach` and `run` share; `replay` has some of them, too. */
#ifndef SYNSCOPE_CLI_OPTIONS_ATTACH_H
#define SYNSCOPE_CLI_OPTIONS_ATTACH_H

#include "instance/options.h"
#include "cli/options.h"

/* Tables of options whose fields are in a struct attach_options: where to attach, and how flows are kept. */
extern const struct option attach_option_table[];
extern const struct option table_option_table[];

/* --all and --except, with fields as above. */
extern const struct option all_option_table[];

/*
 * Add the arguments to the interfaces that the options name. If there is neither an interface nor --all, take that of
 * the default route (logged). Returns 0, EXIT_USAGE (logged) if what is given is not valid or there is no default
 * route, or a negative errno (logged).
 */
int attach_options_interfaces(struct attach_options *options, const struct arguments *arguments,
			      const struct command *self);

#endif
