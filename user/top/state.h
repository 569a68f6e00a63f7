/* SPDX-License-Identifier: GPL-2.0-only */
/* What the screen of `top` consists of, and what its keys have changed of it. */
#ifndef SYNSCOPE_TOP_STATE_H
#define SYNSCOPE_TOP_STATE_H

#include "top/columns.h"
#include "top/data.h"

#define FILTER_TEXT_SIZE 512
#define SEARCH_TEXT_SIZE 128
#define NOTE_SIZE 384
#define HINTS_MAX 16

/* What a key asks for. */
enum top_effect {
	EFFECT_NONE,
	EFFECT_REDRAW,
	EFFECT_REFRESH, /* read the tables again, now */
	EFFECT_QUIT,
};

/* What the screen shows. */
enum top_page {
	PAGE_FLOWS,
	PAGE_HELP,
	PAGE_COLUMNS, /* the columns, to choose from */
	PAGE_SORT, /* the sort keys */
};

/* What is being typed on the last line. */
enum top_prompt { PROMPT_NONE, PROMPT_FILTER, PROMPT_SEARCH };

/* A key that the last line tells of, and where; its key is pressed by a click there. */
struct top_hint {
	int begin, end; /* columns */
	int key;
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
	enum top_prompt prompt;
	bool pasting;
	bool mouse_off; /* so that the terminal selects text */
	char filter_before[FILTER_TEXT_SIZE]; /* what Esc restores */
	/* the search */
	char search_text[SEARCH_TEXT_SIZE];
	int search; /* after the next reading, from `search_from` on; 1: forwards, -1: backwards, 0: none */
	__s64 search_from; /* index in the order of the first flow that is looked at */
	__s64 search_begun; /* from where on it is searched while the text is typed */
	/* the other pages */
	enum top_page page;
	int menu_at; /* the entry of PAGE_COLUMNS or PAGE_SORT that keys act on */
	int menu_first, menu_lines; /* which entries are on the screen */
	int menu_line; /* the line of the first one of these */
	bool columns_changed; /* and not kept yet */
	bool keep; /* the columns are to be kept now */
	/* the last line */
	char note[NOTE_SIZE]; /* what the last key came to; "": nothing */
	struct top_hint hint[HINTS_MAX];
	int hints;
	/* the table */
	bool paused;
	int screen_columns, screen_lines; /* of the screen when it was last composed */
	size_t first; /* index in the order of the row on top */
	struct top_row *row; /* from `first` on */
	int *row_line; /* the line of the table at which each row begins */
	int rows, row_room;
	bool loaded; /* the rows are up to date */
	int rows_shown; /* how many rows fitted onto the screen */
	int table_at, table_lines; /* its first line on the screen, and how many it takes */
	struct top_columns columns;
	enum flow_column column[TABLE_COLUMNS_MAX]; /* of those in the table */
	struct table_heading heading[TABLE_COLUMNS_MAX]; /* where they were printed */
	int widest[TABLE_COLUMNS_MAX]; /* of each column so far; it does not shrink, so that the table stands still */
	bool selected; /* the flow `chosen` is */
	struct ordered_flow chosen;
	bool follow; /* the selection was moved: scroll until it is visible */
	bool wanting; /* select the flow with index `wanted`, once that many flows are in the order */
	size_t wanted;
	/* the ladder of the selected flow */
	bool ladder;
	int ladder_first; /* its first visible line */
	int pane_at; /* the line of the screen at which it begins */
	bool shown; /* `record` and `flow` are of the selected flow */
	bool missing; /* the selected flow has left the table; `record` and `flow` are its last */
	struct flow_record record;
	struct flow_view flow;
};

#endif
