// SPDX-License-Identifier: GPL-2.0-only
#include "query/search.h"

void flow_search_take(struct flow_search *search, struct flow_source *source, const struct flow_record *record,
		      const struct flow_view *view)
{
	if (!flow_name_matches(&search->name, view))
		return;
	if (search->source && search->view.first_seen_ns >= view->first_seen_ns)
		return;
	search->source = source;
	search->slot = record->slot;
	search->view = *view;
}

int flow_search_in(struct flow_search *search, struct flow_source *source)
{
	const struct flow_record *record;
	struct flow_scan scan;
	struct flow_view view;
	int err = flow_scan_begin(&scan, source);

	if (err)
		return err;
	while (flow_scan_next(&scan, &view, &record))
		flow_search_take(search, source, record, &view);
	flow_scan_end(&scan);
	return 0;
}

void flow_search_read(struct flow_search *search, struct ladder *ladder, struct ladder_step *steps)
{
	const struct flow_source *source = search->source;
	struct flow_record record;
	struct flow_view view;

	if (!flow_reader_read_slot(&source->reader, search->slot, &record))
		return;
	flow_view_decode(&view, &record, source->instance->meta.config.timeout_ns, source->clock.now_ns);
	if (view.first_seen_ns != search->view.first_seen_ns)
		return;
	search->view = view;
	ladder_of_record(ladder, steps, &record);
}
