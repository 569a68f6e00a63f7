/* SPDX-License-Identifier: GPL-2.0-only */
/* A flow as named values: the JSON of docs/specification.md, section 9. */
#ifndef SYNSCOPE_FORMAT_FLOW_H
#define SYNSCOPE_FORMAT_FLOW_H

#include "flow/labels.h"
#include "flow/view.h"
#include "flow/ladder.h"
#include "format/sink.h"

/* Write the fields of the JSON contract, in its order, into a record or into an object in one. */
void flow_fields(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels);
void flow_object(struct sink *sink, const char *name, size_t length, const struct flow_view *view,
		 const struct flow_labels *labels);

/* The same fields as members of an object that the caller opens and closes. */
void flow_members(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels);

/* The same for one flow in full: with its ladder, where lists are supported. */
void flow_detail_fields(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels,
			const struct ladder *ladder);

#endif
