/* SPDX-License-Identifier: GPL-2.0-only */
/* What a request asks for, and what most kinds of questions have in common. */
#ifndef SYNSCOPE_SERVE_ASK_H
#define SYNSCOPE_SERVE_ASK_H

#include "serve/http.h"
#include "serve/params.h"
#include "serve/site.h"

struct ask {
	struct site *site;
	const struct http_request *request;
	const struct param *params; /* of the route */
	const char *path; /* decoded */
	const char *rest; /* of the path, behind a route that ends with / */
	const char *query; /* as it was sent, NULL: none */
};

/* The same question was asked a moment ago: *response is that answer, or waits for it. */
bool ask_again(const struct ask *ask, struct http_response *response);

/* Let a query, which may be NULL, wait for the next scan. */
void ask_scan(const struct ask *ask, struct scan_query *query, const struct scan_kind *kind,
	      struct http_response *response);

/* Answer with a list that has a record of each instance, which `fields` writes of a struct tracker. */
void ask_trackers(const struct ask *ask, void (*fields)(struct sink *sink, const void *tracker),
		  struct http_response *response);

/* Is the instance of that name served? "" stands for all. False: *response says that it is not. */
bool ask_instance(const struct ask *ask, const char *name, struct http_response *response);

/* Parse a filter of a query. False: *response says what is wrong. */
bool ask_filter(const char *text, struct filter *filter, struct http_response *response);

#endif
