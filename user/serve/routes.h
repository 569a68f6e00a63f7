/* SPDX-License-Identifier: GPL-2.0-only */
/* What is served under which path. */
#ifndef SYNSCOPE_SERVE_ROUTES_H
#define SYNSCOPE_SERVE_ROUTES_H

#include "serve/ask.h"

struct route {
	const char *path; /* one that ends with / stands for all paths below it */
	const struct param *params; /* NULL: none */
	bool open; /* needs no token */
	void (*answer)(const struct ask *ask, struct http_response *response);
};

/* All but the files of the page; ends with a zeroed one. */
extern const struct route routes[];

/*
 * Answer a request. All that it needs is in the site and in the request, so that this can be called without a
 * connection. The response's `bodies` is set by this function.
 */
void respond(struct site *site, const struct http_request *request, struct http_response *response);

/* A query is done: its response, as respond() would have given it at once. */
void respond_done(const struct http_request *request, const struct scan_query *query, struct http_response *response);

#endif
