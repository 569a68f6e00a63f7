// SPDX-License-Identifier: GPL-2.0-only
#include "top/search.h"

#include <stdio.h>
#include <string.h>

#include "flow/name.h"
#include "flow/names.h"
#include "top/bar.h"
#include "top/select.h"

#define WORDS_SIZE (FLOW_TEXT_SIZE + 256) /* what is searched of a flow */

__s64 top_search_here(const struct top_view *view)
{
	__s64 index = top_select_index(view);

	return index < 0 ? (__s64)view->first : index;
}

enum top_effect top_search_begin(struct top_view *view, int step, __s64 from)
{
	if (!*view->search_text) {
		top_bar_note(view, "nothing to search for yet: F3 or / asks what");
		return EFFECT_REDRAW;
	}
	view->search = step;
	view->search_from = from;
	return EFFECT_REFRESH;
}

static bool has_text(const struct top_view *view, __s64 index)
{
	const struct ordered_flow *ordered = &view->data.order.flow[index];
	const struct flow_source *source = &view->data.sources->source[ordered->source];
	char words[WORDS_SIZE], *end;
	struct flow_record record;
	struct flow_labels labels;
	struct flow_view flow;

	if (!flow_order_read(ordered, source, &record, &flow))
		return false;
	labels = flow_source_labels(source, &flow);
	end = put_flow_text(words, &flow, &labels);
	snprintf(end, words + sizeof(words) - end, " %s %s %s %s", state_name(flow.side[SIDE_CLIENT].state),
		 state_name(flow.side[SIDE_SERVER].state), outcome_name(flow.outcome), labels.instance);
	return strcasestr(words, view->search_text);
}

void top_search_finish(struct top_view *view)
{
	__s64 count = (__s64)view->data.order.count, index = view->search_from;
	int step = view->search;

	view->search = 0;
	for (__s64 tried = 0; tried < count; tried++, index += step) {
		index = (index % count + count) % count;
		if (!has_text(view, index))
			continue;
		top_select_move(view, index);
		return;
	}
	top_bar_note(view, "no flow has '%s'", view->search_text);
}
