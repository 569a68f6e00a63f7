/* SPDX-License-Identifier: GPL-2.0-only */
/* The parameters of a query (?filter=...&sort=...), as tables like those of the options of commands. */
#ifndef SYNSCOPE_SERVE_PARAMS_H
#define SYNSCOPE_SERVE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "serve/http.h"

#define PARAM_TEXT_MAX 1024 /* bytes of a decoded value */

enum param_kind {
	PARAM_FLAG, /* a bool: no value, 1 or true; 0 or false */
	PARAM_NUMBER, /* a __u32 */
	PARAM_CHOICE, /* an enum */
	PARAM_TEXT, /* char[PARAM_TEXT_MAX + 1] */
};

/* A table of them ends with a zeroed one. */
struct param {
	const char *name;
	enum param_kind kind;
	size_t offset; /* in the struct that is filled in */
	const char *const *choices; /* ended by NULL */
	__u32 least, most;
};

/*
 * Fill in `fields`, which holds the defaults, from the query of a request's target. `params` may be NULL: none are
 * known. False: *response says what is wrong.
 */
bool params_parse(const struct param *params, const char *query, void *fields, struct http_response *response);

#endif
