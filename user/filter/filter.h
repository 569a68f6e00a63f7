/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filter language of every command: `state established and server port 443 and latency > 100ms`. A text is compiled
 * once to steps that are cheap to run on every flow of a table; `synscope help FILTER` describes it all.
 */
#ifndef SYNSCOPE_FILTER_FILTER_H
#define SYNSCOPE_FILTER_FILTER_H

#include <stdbool.h>

#include "flow/view.h"
#include "flow/labels.h"
#include "base/buffer.h"

struct filter_step;

/* Zeroed, it is the empty filter, which every flow matches. */
struct filter {
	struct filter_step *step;
	int steps, room;
};

/* What is wrong with a filter, and where. */
struct filter_error {
	unsigned int column; /* from 1, in characters of the text */
	char text[400]; /* what was expected; a line without its end, may hold bytes of the filter */
};

/*
 * Returns 0, or -EINVAL or -ENOMEM with *error filled in, and then the filter is empty. Nothing is printed. A filter
 * that was parsed is to be freed.
 */
int filter_parse_text(const char *text, struct filter *filter, struct filter_error *error);

/*
 * The same for words of a command line, as if joined by spaces. Returns what a command returns: 0, EXIT_USAGE (logged,
 * with the place in the filter) or -ENOMEM (logged).
 */
int filter_parse(const char **words, int count, struct filter *filter);

/*
 * Does the flow, as of the time it was decoded for, match? The labels say where it was seen. Neither allocates nor
 * fails.
 */
bool filter_match(const struct filter *filter, const struct flow_view *view, const struct flow_labels *labels);

void filter_free(struct filter *filter);

/* The language on a screen or two. */
void filter_help(struct buffer *out);

#endif
