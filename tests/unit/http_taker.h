/* SPDX-License-Identifier: GPL-2.0-only */
/* A server that takes what is posted over HTTP or HTTPS, and answers by a script. */
#ifndef SYNSCOPE_TESTS_HTTP_TAKER_H
#define SYNSCOPE_TESTS_HTTP_TAKER_H

#include <stdbool.h>
#include <stddef.h>

struct http_taker {
	/*
	 * To be set. "STATUS", or "STATUS Name: value"; "hang": never; "close": no answer. The last one goes on for
	 * ever.
	 */
	const char *const *answers;
	int answers_count;
	const char *cert, *key; /* PEM, or NULL for HTTP */
	/* Called for each request, from 0, one at a time. `head`: the address, method and fields, one on each line. */
	void (*take)(void *context, int number, const char *head, const char *body, size_t bytes);
	void *context;
	/* Set by it. */
	struct MHD_Daemon *daemon;
	int requests; /* that were taken; atomic */
	bool stopping; /* atomic */
	unsigned short port;
};

/* Listen at that port of 127.0.0.1, or at any with 0. Returns whether it does. */
bool http_taker_start(struct http_taker *taker, unsigned short port);
void http_taker_stop(struct http_taker *taker);

#endif
