/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screen of `top` as lines of text, for any size; what its keys change, and what they do. No terminal here: see
 * top_screen.h.
 */
#ifndef SYNSCOPE_TOP_VIEW_H
#define SYNSCOPE_TOP_VIEW_H

#include "flow/ladder.h"
#include "base/terminal.h"
#include "top/data.h"
#include "base/key.h"

#define FILTER_TEXT_ROOM 512
#define TOP_NO_CURSOR (-1)

/* What a key asks for. */
enum top_effect {
	EFFECT_NONE,
	EFFECT_REDRAW,
	EFFECT_LOOK, /* at the tables, now */
	EFFECT_QUIT,
};

/* A row of the table. */
struct top_row {
	size_t at; /* in the order */
	struct flow_view view;
};

struct top_view {
	struct top_data data;
	/* which flows, in which order */
	enum sort_key sort;
	bool reverse, all;
	char filter_text[FILTER_TEXT_ROOM]; /* as typed; filter is of the last that was sound */
	struct filter filter;
	struct filter_error wrong; /* column 0: nothing is */
	bool prompting;
	char filter_before[FILTER_TEXT_ROOM]; /* for escape */
	/* what is seen of them */
	bool paused, help;
	int columns, lines; /* when it was last composed */
	size_t first; /* the row on top, in the order */
	struct top_row *row; /* from `first` on */
	int rows, row_room;
	bool loaded; /* they are what is to be shown */
	int page; /* how many of them found room */
	int widest[TABLE_COLUMNS_MAX]; /* of the table so far, so that it does not jump */
	bool selected; /* a flow, and it is … */
	struct ordered_flow chosen;
	bool follow; /* it was moved to, and is to be seen */
	bool wanting; /* whatever is at this place is to be selected, once so many are in order */
	size_t wanted;
	/* the ladder of the selected flow */
	bool ladder;
	int ladder_first; /* line on top */
	bool shown; /* record and view are of that flow … */
	bool shown_gone; /* … which is in the table no more */
	struct flow_record record;
	struct flow_view flow;
};

/* The filter's text is that of the words of a command line, or empty. Returns 0 or -ENOMEM (logged). */
int top_view_open(struct top_view *view, struct flow_sources *sources, const char *filter_text);
void top_view_close(struct top_view *view);

/* From now on the filter is what its text says. False: that is not sound, and the filter stays. */
bool top_view_set_filter(struct top_view *view);

/* A key was pressed. */
enum top_effect top_view_key(struct top_view *view, int key);

/* Which flows it wants, for a screen of so many rows; top_select_settle() has to be called after they were read. */
struct top_choice top_view_choice(const struct top_view *view, int rows);

/*
 * The screen: at most given->rows lines of at most given->columns. *cursor: its column on the last line, or
 * TOP_NO_CURSOR. Returns 0 or -ENOMEM (logged).
 */
int top_view_compose(struct top_view *view, const struct terminal *given, struct buffer *out, int *cursor);

/*
 * Parts of it, see top_head.c: what is above the flows, of which the number of lines is returned; one line below; help.
 */
int top_head_print(const struct top_view *view, const struct terminal *terminal, struct buffer *out);
void top_bar_print(const struct top_view *view, const struct terminal *terminal, struct buffer *out, int *cursor);
void top_help_print(const struct terminal *terminal, struct buffer *out);

#endif
