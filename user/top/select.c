// SPDX-License-Identifier: GPL-2.0-only
#include "top/select.h"

#include "top/search.h"

static bool is_chosen(const struct top_view *view, const struct ordered_flow *flow)
{
	return view->selected && flow->source == view->chosen.source && flow->slot == view->chosen.slot &&
	       flow->tag == view->chosen.tag;
}

__s64 top_select_index(const struct top_view *view)
{
	const struct flow_order *order = &view->data.order;

	for (size_t i = 0; view->selected && i < order->count; i++)
		if (is_chosen(view, &order->flow[i]))
			return (__s64)i;
	return -1;
}

int top_select_row(const struct top_view *view)
{
	for (int i = 0; i < view->rows; i++)
		if (is_chosen(view, &view->data.order.flow[view->row[i].index]))
			return i;
	return -1;
}

/* Read the selected flow again; if it has left the table, what was read last stays. */
static void read_chosen(struct top_view *view)
{
	struct flow_record record;
	struct flow_view flow;

	if (!view->selected)
		return;
	view->missing =
		view->data.source[view->chosen.source].detached ||
		!flow_order_read(&view->chosen, &view->data.sources->source[view->chosen.source], &record, &flow);
	if (view->missing)
		return;
	view->record = record;
	view->flow = flow;
	view->shown = true;
}

static void choose(struct top_view *view, size_t index)
{
	size_t page = view->rows_shown > 0 ? view->rows_shown : 1;

	view->selected = true;
	view->chosen = view->data.order.flow[index];
	view->shown = false;
	view->ladder_first = 0;
	view->follow = true;
	if (index < view->first || index >= view->first + page) {
		view->first = index < view->first ? index : index + 1 - page;
		view->loaded = false;
	}
	read_chosen(view);
}

enum top_effect top_select_move(struct top_view *view, __s64 index)
{
	__s64 last = (__s64)view->data.matched - 1;

	if (last < 0)
		return EFFECT_NONE;
	if (index > last)
		index = last;
	if (index < 0)
		index = 0;
	if ((size_t)index < view->data.order.count) {
		choose(view, index);
		return EFFECT_REDRAW;
	}
	view->wanting = true;
	view->wanted = index;
	return EFFECT_REFRESH;
}

void top_select_none(struct top_view *view)
{
	view->selected = view->ladder = view->shown = false;
	view->first = 0;
	view->loaded = false;
}

void top_select_update(struct top_view *view)
{
	size_t count = view->data.order.count;

	view->loaded = false;
	if (view->first >= count)
		view->first = count ? count - 1 : 0;
	if (view->search)
		top_search_finish(view);
	else if (view->wanting && count)
		choose(view, view->wanted < count ? view->wanted : count - 1);
	else
		read_chosen(view);
	view->wanting = false;
}

void top_select_forget_widths(struct top_view *view)
{
	for (int i = 0; i < TABLE_COLUMNS_MAX; i++)
		view->widest[i] = 0;
	view->loaded = false;
}
