/* SPDX-License-Identifier: GPL-2.0-only */
/* What the screen of `top` consists of, and what its keys have changed of it. */
#ifndef SYNSCOPE_TOP_STATE_H
#define SYNSCOPE_TOP_STATE_H

#include "top/data.h"

#define FILTER_TEXT_SIZE 512

/* What a key asks for. */
enum top_effect {
	EFFECT_NONE,
	EFFECT_REDRAW,
	EFFECT_REFRESH, /* read the tables again, now */
	EFFECT_QUIT,
};

/* A row of the table. */
struct top_row {
	size_t index; /* in the order */
	struct flow_view view;
};

struct top_view {
	struct top_data data;
	/* which flows, in which order */
	enum sort_key sort;
	bool reverse, all;
	bool processes; /* name those of both ends */
	bool host_names; /* of both ends */
	struct filter_names *names; /* what names of hosts are; NULL: none is understood */
	char filter_text[FILTER_TEXT_SIZE]; /* as typed; `filter` is that of the last valid text */
	struct filter filter;
	struct filter_error wrong; /* in filter_text; column 0: nothing */
	bool prompting;
	char filter_before[FILTER_TEXT_SIZE]; /* what Esc restores */
	/* the table */
	bool paused, help;
	int columns, lines; /* of the screen when it was last composed */
	size_t first; /* index in the order of the row on top */
	struct top_row *row; /* from `first` on */
	int rows, row_room;
	bool loaded; /* the rows are up to date */
	int page; /* how many rows fitted onto the screen */
	int widest[TABLE_COLUMNS_MAX]; /* of each column so far; it does not shrink, so that the table stands still */
	bool selected; /* the flow `chosen` is */
	struct ordered_flow chosen;
	bool follow; /* the selection was moved: scroll until it is visible */
	bool wanting; /* select the flow with index `wanted`, once that many flows are in the order */
	size_t wanted;
	/* the ladder of the selected flow */
	bool ladder;
	int ladder_first; /* its first visible line */
	bool shown; /* `record` and `flow` are of the selected flow */
	bool missing; /* the selected flow has left the table; `record` and `flow` are its last */
	struct flow_record record;
	struct flow_view flow;
};

#endif
