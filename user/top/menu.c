// SPDX-License-Identifier: GPL-2.0-only
#include "top/menu.h"

#include "base/key.h"
#include "top/line.h"
#include "top/select.h"

#define LINES_FOR_TITLE 6 /* with fewer, a page has no title */

static int count_entries(const struct top_view *view)
{
	return view->page == PAGE_COLUMNS ? FLOW_COLUMN_COUNT : SORT_NONE;
}

enum top_effect top_menu_sort(struct top_view *view, enum sort_key sort)
{
	view->sort = sort;
	view->first = 0;
	top_select_forget_widths(view);
	return EFFECT_REFRESH;
}

enum top_effect top_menu_open(struct top_view *view, enum top_page page)
{
	view->page = page;
	view->menu_at = page == PAGE_SORT ? (int)view->sort : 0;
	return EFFECT_REDRAW;
}

/* ---- keys */

static enum top_effect close_page(struct top_view *view)
{
	view->keep |= view->columns_changed;
	view->columns_changed = false;
	view->page = PAGE_FLOWS;
	return EFFECT_REDRAW;
}

static enum top_effect columns_changed(struct top_view *view)
{
	view->columns_changed = true;
	top_select_forget_widths(view);
	return EFFECT_REDRAW;
}

static enum top_effect toggle(struct top_view *view)
{
	view->columns.shown[view->columns.order[view->menu_at]] ^= true;
	return columns_changed(view);
}

static enum top_effect column_key(struct top_view *view, int key)
{
	switch (key) {
	case ' ':
		return toggle(view);
	case TOP_KEY_F7:
	case '[':
		view->menu_at = top_columns_move(&view->columns, view->menu_at, -1);
		return columns_changed(view);
	case TOP_KEY_F8:
	case ']':
		view->menu_at = top_columns_move(&view->columns, view->menu_at, 1);
		return columns_changed(view);
	case 'd':
		view->columns = top_columns_default();
		return columns_changed(view);
	case TOP_KEY_ENTER:
	case '\n':
	case TOP_KEY_F2:
		return close_page(view);
	default:
		return EFFECT_NONE;
	}
}

static enum top_effect sort_key(struct top_view *view, int key)
{
	if (key != TOP_KEY_ENTER && key != '\n')
		return EFFECT_NONE;
	view->page = PAGE_FLOWS;
	return top_menu_sort(view, view->menu_at);
}

static enum top_effect move_to(struct top_view *view, int entry)
{
	int last = count_entries(view) - 1;

	view->menu_at = entry < 0 ? 0 : entry > last ? last : entry;
	return EFFECT_REDRAW;
}

enum top_effect top_menu_key(struct top_view *view, int key)
{
	int some = view->menu_lines > 1 ? view->menu_lines - 1 : 1;

	switch (key) {
	case TOP_KEY_UP:
	case TOP_KEY_WHEEL_UP:
	case 'k':
		return move_to(view, view->menu_at - 1);
	case TOP_KEY_DOWN:
	case TOP_KEY_WHEEL_DOWN:
	case 'j':
		return move_to(view, view->menu_at + 1);
	case TOP_KEY_PAGE_UP:
		return move_to(view, view->menu_at - some);
	case TOP_KEY_PAGE_DOWN:
		return move_to(view, view->menu_at + some);
	case TOP_KEY_HOME:
	case 'g':
		return move_to(view, 0);
	case TOP_KEY_END:
	case 'G':
		return move_to(view, count_entries(view) - 1);
	case TOP_KEY_ESCAPE:
	case TOP_KEY_F10:
	case 'q':
		return close_page(view);
	default:
		return view->page == PAGE_COLUMNS ? column_key(view, key) : sort_key(view, key);
	}
}

enum top_effect top_menu_click(struct top_view *view, int line)
{
	int entry = line - view->menu_line + view->menu_first;

	if (line < view->menu_line || line >= view->menu_line + view->menu_lines)
		return EFFECT_NONE;
	move_to(view, entry);
	return view->page == PAGE_COLUMNS ? toggle(view) : sort_key(view, TOP_KEY_ENTER);
}

/* ---- the page */

static void print_column(const struct top_view *view, struct top_line *line, int entry)
{
	enum flow_column column = view->columns.order[entry];
	const struct flow_column_kind *kind = &flow_columns[column];
	bool shown = view->columns.shown[column];
	char mark = shown ? 'x' : ' ';

	if (entry == view->menu_at) {
		if (!line_add(line, COLOR_REVERSE, "[%c] %-10s  %s", mark, kind->column.heading, kind->what))
			line_add(line, COLOR_REVERSE, "[%c] %s", mark, kind->column.heading);
		return;
	}
	line_add(line, COLOR_NONE, "[%c] ", mark);
	line_add(line, shown ? COLOR_BOLD : COLOR_DIM, "%-10s", kind->column.heading);
	line_add(line, COLOR_NONE, "  %s", kind->what);
}

static void print_sort(const struct top_view *view, struct top_line *line, int entry)
{
	line_add(line, entry == view->menu_at ? COLOR_REVERSE : COLOR_NONE, "%c %s",
		 entry == (int)view->sort ? '*' : ' ', sort_rated_names[entry]);
}

int top_menu_print(struct top_view *view, const struct terminal *terminal, struct buffer *out, int lines)
{
	static const char *const titles[] = {
		[PAGE_COLUMNS] = "columns of the table, where there is room for them",
		[PAGE_SORT] = "sort by",
	};
	int count = count_entries(view), title = lines >= LINES_FOR_TITLE, room = lines - title;

	if (title) {
		struct top_line line = line_begin(out, terminal->columns);

		line_add_cut(&line, COLOR_BOLD, titles[view->page]);
		line_end(&line);
	}
	if (view->menu_first > view->menu_at)
		view->menu_first = view->menu_at;
	if (view->menu_first < view->menu_at - room + 1)
		view->menu_first = view->menu_at - room + 1;
	view->menu_line = title;
	view->menu_lines = count - view->menu_first < room ? count - view->menu_first : room;
	for (int i = 0; i < view->menu_lines; i++) {
		struct top_line line = line_begin(out, terminal->columns);

		(view->page == PAGE_COLUMNS ? print_column : print_sort)(view, &line, view->menu_first + i);
		line_end(&line);
	}
	return title + view->menu_lines;
}
