/* SPDX-License-Identifier: GPL-2.0-only */
/* The options that `attach` and `run` share. */
#ifndef SYNSCOPE_OPTIONS_ATTACH_H
#define SYNSCOPE_OPTIONS_ATTACH_H

#include "attach_options.h"
#include "options.h"

/* A table of options whose fields are in a struct attach_options. */
extern const struct option attach_option_table[];

/* Take the interfaces from the arguments. False: one of them cannot be (told as a usage error of `command`). */
bool attach_options_interfaces(struct attach_options *options, const struct arguments *arguments, const char *command);

#endif
