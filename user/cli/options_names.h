/* SPDX-License-Identifier: GPL-2.0-only */
/* Options about output, the same for every command that has them. */
#ifndef SYNSCOPE_CLI_OPTIONS_NAMES_H
#define SYNSCOPE_CLI_OPTIONS_NAMES_H

#include "cli/options.h"

extern const struct option output_options[]; /* -o; its field is an enum output_format */
extern const struct option resolve_options[]; /* -r; its field is a bool */
extern const struct option process_options[];
extern const struct option dns_options[];

#define NAMES_WAIT_NS NS_PER_S /* that `list` and `show` wait for names, at most */
/* -p; its field is a bool */
extern const struct option ladder_options[]; /* --absolute, --explain; its field is a struct ladder_style */
extern const struct option utc_options[]; /* --utc; takes effect at once, and has no field */

#endif
