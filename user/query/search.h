/* SPDX-License-Identifier: GPL-2.0-only */
/* One flow, by its name. */
#ifndef SYNSCOPE_QUERY_SEARCH_H
#define SYNSCOPE_QUERY_SEARCH_H

#include "flow/ladder.h"
#include "flow/name.h"
#include "query/source.h"

/* Formats for messages, with the text of the user. */
#define FLOW_NAME_WRONG "'%s' is not the name of a flow: expected " FLOW_NAME_EXPECTED
#define FLOW_NOT_FOUND "no flow '%s' in the table; 'synscope list --all' shows all flows"

/* The newest flow so far that has the name; all but the name begins as zero. */
struct flow_search {
	struct flow_name name;
	struct flow_source *source; /* NULL: none */
	__u32 slot;
	struct flow_view view;
};

/* Search a table. Returns 0 or -ENOMEM (logged). */
int flow_search_in(struct flow_search *search, struct flow_source *source);

/* The same with a flow of the source that the caller has scanned. */
void flow_search_take(struct flow_search *search, struct flow_source *source, const struct flow_record *record,
		      const struct flow_view *view);

/*
 * Decode the flow that was found again, from the record that also has the ladder. `steps` has room for LADDER_KEPT. If
 * the flow has left the table meanwhile, nothing changes, and there is no ladder.
 */
void flow_search_read(struct flow_search *search, struct ladder *ladder, struct ladder_step *steps);

#endif
