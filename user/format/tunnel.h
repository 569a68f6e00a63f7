/* SPDX-License-Identifier: GPL-2.0-only */
/* The tunnels that a flow was found in, in output. */
#ifndef SYNSCOPE_FORMAT_TUNNEL_H
#define SYNSCOPE_FORMAT_TUNNEL_H

#include "flow/labels.h"
#include "flow/view.h"
#include "format/sink.h"

/* The field `tunnel`: a list, null if the tunnels are not known; in CSV a column for each field of its elements. */
void tunnel_fields(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels);

/* "vxlan 42, from 10.0.0.1 to 10.0.0.2", for people. */
#define TUNNEL_TEXT_SIZE 192
void tunnel_text(char text[TUNNEL_TEXT_SIZE], const struct tunnel_layer *layer);

#endif
