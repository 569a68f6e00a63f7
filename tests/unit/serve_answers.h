/* SPDX-License-Identifier: GPL-2.0-only */
/* What is expected of the answers of `serve`. */
#ifndef SYNSCOPE_TESTS_UNIT_SERVE_ANSWERS_H
#define SYNSCOPE_TESTS_UNIT_SERVE_ANSWERS_H

#include "serve_site.h"

/* The content of a response is there and has the text. */
void answer_says(const struct http_response *response, const char *text);

/* A GET of the target gives the status, and a content with the text. */
void target_gives(struct site *site, const char *target, int status, const char *text);

/* How often a text occurs in what a target gives. */
int count_in_target(struct site *site, const char *target, const char *text);

#endif
