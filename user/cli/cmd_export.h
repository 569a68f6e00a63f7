/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of an export, which `export` and `serve` share. */
#ifndef SYNSCOPE_CLI_CMD_EXPORT_H
#define SYNSCOPE_CLI_CMD_EXPORT_H

#include "cli/options.h"

/* With fields in a struct export_options, see export/exporter.h. */
extern const struct option export_option_table[];

/* With fields in a struct http_options, see export/http.h. */
extern const struct option export_http_option_table[];

#endif
