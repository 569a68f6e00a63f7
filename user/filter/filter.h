/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filter language of all commands: `state established and server port 443 and latency > 100ms`. A text is compiled
 * once into steps that are cheap to run on every flow of a table. `synscope help FILTER` describes the language.
 */
#ifndef SYNSCOPE_FILTER_FILTER_H
#define SYNSCOPE_FILTER_FILTER_H

#include <stdbool.h>

#include "flow/view.h"
#include "flow/labels.h"
#include "base/buffer.h"

struct filter_step;

/* A zeroed struct is the empty filter, which matches every flow. */
struct filter {
	struct filter_step *step;
	int steps, room;
};

/* What is wrong with a filter, and where. */
struct filter_error {
	unsigned int column; /* from 1, in characters of the text */
	char text[400]; /* what was expected, without a newline; may hold text of the filter */
};

/*
 * Parse a filter, which the caller frees with filter_free(). Returns 0, or -EINVAL or -ENOMEM (not logged) with *error
 * filled in, and then the filter is empty.
 */
int filter_parse_text(const char *text, struct filter *filter, struct filter_error *error);

/*
 * The same for the words of a command line, as if joined by spaces. Returns what a command returns: 0, EXIT_USAGE
 * (logged, with the position in the filter) or -ENOMEM (logged).
 */
int filter_parse(const char **words, int count, struct filter *filter);

/*
 * Does the flow match, at the time for which it was decoded? The labels say where it was seen. Allocates nothing, and
 * cannot fail.
 */
bool filter_match(const struct filter *filter, const struct flow_view *view, const struct flow_labels *labels);

void filter_free(struct filter *filter);

/* Print a description of the language. */
void filter_help(struct buffer *out);

#endif
