// SPDX-License-Identifier: GPL-2.0-only
#include "top/mouse.h"

#include "base/key.h"
#include "top/bar.h"
#include "top/keys.h"
#include "top/menu.h"
#include "top/select.h"
#include "top/table.h"

#define WHEEL_ROWS 3

/* Sort by the column; by the one that is sorted by already, the other way round. */
static enum top_effect click_heading(struct top_view *view, enum flow_column column)
{
	enum sort_key sort = top_column_sort(column);

	if (sort == SORT_NONE) {
		top_bar_note(view, "there is no order by %s", flow_columns[column].column.heading);
		return EFFECT_REDRAW;
	}
	view->reverse = sort == view->sort && !view->reverse;
	return top_menu_sort(view, sort);
}

/* Select the flow; open the one that is selected already. */
static enum top_effect click_row(struct top_view *view, int row)
{
	if (row == top_select_row(view))
		return top_view_key(view, TOP_KEY_ENTER);
	return top_select_move(view, (__s64)view->row[row].index);
}

static enum top_effect click(struct top_view *view, int line, int column)
{
	enum flow_column heading = top_table_heading_at(view, line - view->table_at, column);
	int row = top_table_row_at(view, line - view->table_at);

	if (line == view->screen_lines - 1) {
		int key = top_bar_key_at(view, column);

		return key == TOP_KEY_NONE ? EFFECT_NONE : top_view_key(view, key);
	}
	if (view->page == PAGE_HELP)
		return top_view_key(view, TOP_KEY_ESCAPE);
	if (view->page != PAGE_FLOWS)
		return top_menu_click(view, line);
	if (heading != FLOW_COLUMN_COUNT)
		return click_heading(view, heading);
	return row < 0 ? EFFECT_NONE : click_row(view, row);
}

/* Show other rows; what is selected stays selected. */
static enum top_effect scroll(struct top_view *view, int rows)
{
	__s64 last = (__s64)view->data.matched - view->rows_shown, first = (__s64)view->first + rows;

	first = first > last ? last : first;
	view->first = first < 0 ? 0 : (size_t)first;
	view->loaded = false;
	return view->first + view->rows_shown > view->data.order.count ? EFFECT_REFRESH : EFFECT_REDRAW;
}

static enum top_effect wheel(struct top_view *view, int key, int line)
{
	int step = key == TOP_KEY_WHEEL_UP ? -1 : 1;

	if (view->page != PAGE_FLOWS)
		return view->page == PAGE_HELP ? EFFECT_NONE : top_menu_key(view, key);
	if (view->ladder && line >= view->pane_at)
		return top_view_key(view, step < 0 ? TOP_KEY_PAGE_UP : TOP_KEY_PAGE_DOWN);
	return scroll(view, step * WHEEL_ROWS);
}

enum top_effect top_view_mouse(struct top_view *view, int key, int line, int column)
{
	if (key != TOP_KEY_CLICK)
		return wheel(view, key, line);
	view->note[0] = '\0';
	return click(view, line, column);
}
