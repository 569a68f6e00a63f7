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

struct filter_net {
	__u32 word[4], mask[4]; /* network order; the bits outside of the mask are 0 */
	bool ipv6;
};

#define FILTER_ADDRESSES_MAX 16 /* of one name */
#define FILTER_HOSTS_MAX 8 /* names of hosts in one filter */
#define FILTER_HOST_SIZE 256 /* of a name, with the NUL */

/* A host by its name, as of when it was looked up. */
struct filter_host {
	char name[FILTER_HOST_SIZE];
	struct filter_net address[FILTER_ADDRESSES_MAX];
	int addresses;
};

/* The names of hosts that filters have, and their addresses. A zeroed struct knows none. */
struct filter_names {
	bool look_up; /* ask the resolver for a name that is not known, wait for it, and say what it answers */
	struct filter_host host[FILTER_HOSTS_MAX];
	int hosts;
};

/*
 * Parse a filter, which the caller frees with filter_free(). `names`: what the names of hosts are; NULL: neither those
 * of hosts nor those of services are understood, as nothing may be looked up. Returns 0, or -EINVAL or -ENOMEM (not
 * logged) with *error
 * filled in, and then the filter is empty.
 */
int filter_parse_text(const char *text, struct filter_names *names, struct filter *filter, struct filter_error *error);

/*
 * The same for the words of a command line, as if joined by spaces. Returns what a command returns: 0, EXIT_USAGE
 * (logged, with the position in the filter) or -ENOMEM (logged).
 */
int filter_parse(const char **words, int count, struct filter *filter);

/* The same, with names that the caller keeps. */
int filter_parse_named(const char **words, int count, struct filter_names *names, struct filter *filter);

/*
 * Does the flow match, at the time for which it was decoded? The labels say where it was seen. Allocates nothing, and
 * cannot fail.
 */
bool filter_match(const struct filter *filter, const struct flow_view *view, const struct flow_labels *labels);

/*
 * Does the filter ask for processes of this host? Then the labels must have them: without, no flow matches a test of
 * one.
 */
#define FILTER_OF_PROCESSES "'process', 'pid' and 'container' ask for processes of this host"
bool filter_needs_processes(const struct filter *filter);

/* Does the filter ask for round trips? They are there if flows are tracked with --rtt. */
bool filter_needs_round_trips(const struct filter *filter);

void filter_free(struct filter *filter);

/* Print a description of the language. */
void filter_help(struct buffer *out);

#endif
