// SPDX-License-Identifier: GPL-2.0-only
#include "top/bar.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/foreign.h"
#include "base/key.h"
#include "base/unicode.h"
#include "top/line.h"

#define COUNTS_BYTES 64 /* of "   3 of 500   " */
#define MISTAKE_COLUMNS 16 /* of "   column 511: " */

struct hint {
	int key;
	const char *name, *what;
};

static const struct hint flow_hints[] = {
	{ 'q', "q", "quit" },
	{ TOP_KEY_F1, "F1", "help" },
	{ TOP_KEY_F2, "F2", "columns" },
	{ TOP_KEY_F3, "F3", "search" },
	{ TOP_KEY_F4, "F4", "filter" },
	{ TOP_KEY_F5, "F5", "ladder" },
	{ TOP_KEY_F6, "F6", "sort" },
	{ ' ', "space", "pause" },
	{ 'a', "a", "closed" },
	{ 'r', "r", "reverse" },
	{ 0 },
};

static const struct hint column_hints[] = {
	{ TOP_KEY_ENTER, "Enter", "done" }, { ' ', "space", "on, off" }, { TOP_KEY_F7, "F7", "up" },
	{ TOP_KEY_F8, "F8", "down" },	    { 'd', "d", "default" },	 { 0 },
};

static const struct hint sort_hints[] = {
	{ TOP_KEY_ENTER, "Enter", "sort" },
	{ TOP_KEY_ESCAPE, "Esc", "back" },
	{ 0 },
};

void top_bar_note(struct top_view *view, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(view->note, sizeof(view->note), format, arguments);
	va_end(arguments);
}

/* ---- what is being typed */

/* The end of the text, as much of it as has room: that is where it is edited. */
static void add_text_end(struct top_line *line, const char *text, int room)
{
	const char *start = text;
	bool ascii = !line->out->utf8;

	while (*start && foreign_text(start, strlen(start), ascii).columns > room - (start != text))
		do
			start++;
		while ((*start & 0xc0) == 0x80);
	if (start != text)
		line_add(line, COLOR_DIM, "<");
	line_add_cut(line, COLOR_NONE, start);
}

/* The columns that the message about a mistake may take of the line: it is cut, but at least its column is shown. */
static int mistake_columns(const struct top_view *view, int columns)
{
	int wanted = MISTAKE_COLUMNS + (int)strlen(view->wrong.text);

	return !view->wrong.column ? 1 : wanted < columns / 2 ? wanted : columns / 2;
}

static int cursor_at(const struct top_line *line, int columns)
{
	return columns - line->left < columns ? columns - line->left : columns - 1;
}

static void print_filter_prompt(const struct top_view *view, struct top_line *line, int *cursor)
{
	int columns = line->left;

	line_add(line, COLOR_BOLD, "filter: ");
	add_text_end(line, view->filter_text, line->left - mistake_columns(view, line->left));
	*cursor = cursor_at(line, columns);
	if (!view->wrong.column) {
		line_add(line, COLOR_DIM, "   %llu of %llu", view->data.matched,
			 view->data.flows + (view->all ? view->data.closed : 0));
		return;
	}
	if (!line_add(line, COLOR_YELLOW, "   column %u: ", view->wrong.column))
		line_add(line, COLOR_YELLOW, " %u?", view->wrong.column);
	else
		line_add_cut(line, COLOR_DIM, view->wrong.text);
}

static void print_search_prompt(const struct top_view *view, struct top_line *line, int *cursor)
{
	int columns = line->left, note = *view->note ? 12 : 1;

	line_add(line, COLOR_BOLD, "search: ");
	add_text_end(line, view->search_text, line->left - note);
	*cursor = cursor_at(line, columns);
	if (*view->note)
		line_add(line, COLOR_YELLOW, "   ");
	line_add_cut(line, COLOR_YELLOW, view->note);
}

/* ---- keys */

static const struct hint *hints_of(enum top_page page)
{
	return page == PAGE_COLUMNS ? column_hints : page == PAGE_SORT ? sort_hints : flow_hints;
}

/* The beginning of the text, as much of it as has room. */
static void add_text_begin(struct top_line *line, const char *text, int room)
{
	bool whole = foreign_text(text, strlen(text), !line->out->utf8).columns <= room;
	int rest = line->left - room + !whole;

	line->left -= rest;
	line_add_cut(line, COLOR_NONE, text);
	line->left += rest;
	if (!whole)
		line_add(line, COLOR_DIM, ">");
}

static void print_filter(const struct top_view *view, struct top_line *line)
{
	char counts[COUNTS_BYTES];
	int bytes = snprintf(counts, sizeof(counts), "   %llu of %llu   ", view->data.matched,
			     view->data.flows + (view->all ? view->data.closed : 0));

	line_add(line, COLOR_BOLD, "filter: ");
	add_text_begin(line, view->filter_text, line->left > bytes ? line->left - bytes : line->left);
	line_add(line, COLOR_DIM, "%s", counts);
}

static void print_hints(struct top_view *view, struct top_line *line, int columns)
{
	const struct hint *hint = hints_of(view->page);

	if (view->filter.steps && view->page == PAGE_FLOWS)
		print_filter(view, line);
	for (; hint->name && view->hints < HINTS_MAX; hint++) {
		int begin = columns - line->left;

		if (line->left < (int)(strlen(hint->name) + strlen(hint->what)) + 1)
			continue;
		line_add(line, COLOR_BOLD, "%s", hint->name);
		line_add(line, COLOR_DIM, " %s", hint->what);
		view->hint[view->hints++] = (struct top_hint){ begin, columns - line->left, hint->key };
		line_add(line, COLOR_NONE, "   ");
	}
}

void top_bar_print(struct top_view *view, const struct terminal *terminal, struct buffer *out, int *cursor)
{
	struct top_line line = line_begin(out, terminal->columns);

	view->hints = 0;
	if (view->prompt == PROMPT_FILTER)
		print_filter_prompt(view, &line, cursor);
	else if (view->prompt == PROMPT_SEARCH)
		print_search_prompt(view, &line, cursor);
	else if (*view->note)
		line_add_cut(&line, COLOR_YELLOW, view->note);
	else
		print_hints(view, &line, terminal->columns);
	line_end(&line);
}

int top_bar_key_at(const struct top_view *view, int column)
{
	for (int i = 0; i < view->hints; i++)
		if (column >= view->hint[i].begin && column < view->hint[i].end)
			return view->hint[i].key;
	return TOP_KEY_NONE;
}
