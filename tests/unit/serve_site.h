/* SPDX-License-Identifier: GPL-2.0-only */
/* What `serve` answers from, in memory: one instance with flows of all stages, and no sockets. */
#ifndef SYNSCOPE_TESTS_UNIT_SERVE_SITE_H
#define SYNSCOPE_TESTS_UNIT_SERVE_SITE_H

#include "serve/routes.h"

#define SITE_FLOWS 32 /* in the table, of which some are closed */

/* Begin, and free everything. */
struct site *site_begin(void);
void site_end(struct site *site);

/* The instance, eth0. */
struct tracker *site_tracker(void);

/* From now on there is another one, eth1, with the same flows. */
void site_add_instance(struct site *site);

/* A GET from a browser of this host. */
struct http_request site_request(const char *target);

/* Answer a request; one that waits for a scan gets it. The caller calls site_release(). */
struct http_response site_answer(struct site *site, const struct http_request *request);
void site_release(struct http_response *response);

/* The status of the answer. */
int site_status(struct site *site, const struct http_request *request);

/* An event of the instance, of flow number `flow`. */
void site_event(struct site *site, int flow, __u32 kinds);

#endif
