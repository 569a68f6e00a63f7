// SPDX-License-Identifier: GPL-2.0-only
#include "format/tunnel.h"

#include <errno.h>
#include <stdio.h>

#include "flow/tunnel.h"

enum column { COLUMN_KIND, COLUMN_ID, COLUMN_SRC, COLUMN_DST };

static void address_field(struct sink *sink, const char *name, size_t length, const struct ip_address *ip)
{
	char text[IP_SIZE + 1];

	sink->ops->word(sink, name, length, text, put_ip(text, ip) - text);
}

static void layer_fields(struct sink *sink, const struct tunnel_layer *layer)
{
	const struct sink_ops *to = sink->ops;
	struct ip_address src, dst;

	to->open(sink, "", 0);
	sink_word(sink, NAME("kind"), tunnel_kind_name(layer->kind));
	sink_number_or_null(sink, NAME("id"), layer->flags & TUNNEL_HAS_ID, layer->id);
	if (tunnel_addresses(layer, &src, &dst)) {
		address_field(sink, NAME("src"), &src);
		address_field(sink, NAME("dst"), &dst);
	} else {
		to->null(sink, NAME("src"));
		to->null(sink, NAME("dst"));
	}
	to->close(sink);
}

static void put_cell(struct buffer *text, const struct tunnel_layer *layer, enum column column)
{
	char address[IP_SIZE + 1];
	struct ip_address ip[2];

	if (column == COLUMN_KIND) {
		buffer_text(text, tunnel_kind_name(layer->kind));
	} else if (column == COLUMN_ID && layer->flags & TUNNEL_HAS_ID) {
		buffer_printf(text, "%u", layer->id);
	} else if (column != COLUMN_ID && tunnel_addresses(layer, &ip[0], &ip[1])) {
		*put_ip(address, &ip[column == COLUMN_DST]) = '\0';
		buffer_text(text, address);
	} else {
		buffer_char(text, '-');
	}
}

/* One value of all layers as one text, joined by spaces, because CSV has no lists. */
static void tunnel_column(struct sink *sink, const struct flow_tunnel *tunnel, const char *name, size_t length,
			  enum column column)
{
	struct buffer text;

	if (buffer_init(&text, BUFFER_MEMORY)) {
		buffer_spoil(sink->out, -ENOMEM);
		return;
	}
	for (__u32 i = 0; tunnel && i < tunnel->layers; i++) {
		if (i)
			buffer_char(&text, ' ');
		put_cell(&text, &tunnel->layer[i], column);
	}
	sink->ops->word(sink, name, length, text.data, text.used);
	buffer_free(&text);
}

void tunnel_fields(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels)
{
	const struct flow_tunnel *tunnel = tunnel_of_number(labels->tunnels, view->tunnel);
	const struct sink_ops *to = sink->ops;

	if (!to->nests) {
		to->open(sink, NAME("tunnel"));
		tunnel_column(sink, tunnel, NAME("kind"), COLUMN_KIND);
		tunnel_column(sink, tunnel, NAME("id"), COLUMN_ID);
		tunnel_column(sink, tunnel, NAME("src"), COLUMN_SRC);
		tunnel_column(sink, tunnel, NAME("dst"), COLUMN_DST);
		to->close(sink);
		return;
	}
	if (!tunnel) {
		to->null(sink, NAME("tunnel"));
		return;
	}
	to->open_list(sink, NAME("tunnel"));
	for (__u32 i = 0; i < tunnel->layers; i++)
		layer_fields(sink, &tunnel->layer[i]);
	to->close_list(sink);
}

void tunnel_text(char text[TUNNEL_TEXT_SIZE], const struct tunnel_layer *layer)
{
	struct ip_address src, dst;
	size_t used = snprintf(text, TUNNEL_TEXT_SIZE, "%s", tunnel_kind_name(layer->kind));
	char from[IP_SIZE + 1], to[IP_SIZE + 1];

	if (layer->flags & TUNNEL_HAS_ID)
		used += snprintf(text + used, TUNNEL_TEXT_SIZE - used, " %u", layer->id);
	if (!tunnel_addresses(layer, &src, &dst))
		return;
	*put_ip(from, &src) = '\0';
	*put_ip(to, &dst) = '\0';
	snprintf(text + used, TUNNEL_TEXT_SIZE - used, ", from %s to %s", from, to);
}
