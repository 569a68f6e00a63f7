// SPDX-License-Identifier: GPL-2.0-only
#include "format_event.h"

#include "local_time.h"
#include "terminal.h"

#define KIND_COLUMNS 9
#define FLOW_COLUMNS 40

enum line_kind { LINE_NEW, LINE_STATE, LINE_HANDSHAKE, LINE_CLOSED };

/* One line. */
struct line {
	enum line_kind kind;
	enum flow_side side; /* of LINE_STATE; from and to too */
	enum tcp_state from, to;
	__u64 time_ns; /* of the day */
	bool told; /* the line of a new flow tells people its states already */
	bool flushed; /* closed because the user had it forgotten */
	const struct flow_view *view;
	const struct flow_labels *labels;
};

static const char *const line_names[] = {
	[LINE_NEW] = "new",
	[LINE_STATE] = "state",
	[LINE_HANDSHAKE] = "handshake",
	[LINE_CLOSED] = "closed",
};

static const char *const side_names[] = { [SIDE_CLIENT] = "client", [SIDE_SERVER] = "server" };

/* ---- what is to be told */

void event_view(struct flow_view *view, const struct flow_event *event, const __u64 *timeout_ns)
{
	struct flow_record record = { .hot = event->hot, .cold = event->cold, .slot = event->slot };

	flow_view_decode_retired(view, &record, event->reason, timeout_ns, event->time_ns);
	if (event->kinds & EVENT_RETIRED)
		return;
	/* another CPU may have changed the record since: these are the states that this event is about */
	view->side[SIDE_CLIENT].state = ANNOUNCED_CLIENT(event->is);
	view->side[SIDE_SERVER].state = ANNOUNCED_SERVER(event->is);
}

static void put_line(struct event_output *output, const struct line *line);

static void put_state(struct event_output *output, struct line line, enum flow_side side, __u32 from, __u32 to)
{
	if (output->format == OUTPUT_TABLE && line.told)
		return;
	line.kind = LINE_STATE;
	line.side = side;
	line.from = from;
	line.to = to;
	put_line(output, &line);
}

/* A flow that was there before anybody listened is told by `new` as it is: how it came to that is not known. */
static bool begins_here(const struct flow_event *event, const struct flow_view *view, __u64 since_ns)
{
	return !(event->kinds & EVENT_NEW) || view->first_seen_ns >= since_ns;
}

void event_output_add(struct event_output *output, const struct flow_event *event, const struct flow_view *view,
		      const struct event_context *context)
{
	struct line line = {
		.kind = LINE_NEW,
		.told = event->kinds & EVENT_NEW,
		.flushed = event->reason == RETIRE_FLUSHED,
		.time_ns = event->time_ns + context->labels.wall_offset_ns,
		.view = view,
		.labels = &context->labels,
	};
	bool known = begins_here(event, view, context->since_ns);

	if (event->kinds & EVENT_NEW)
		put_line(output, &line);
	if ((event->kinds & EVENT_CLIENT_STATE) && known)
		put_state(output, line, SIDE_CLIENT, ANNOUNCED_CLIENT(event->was), ANNOUNCED_CLIENT(event->is));
	if ((event->kinds & EVENT_SERVER_STATE) && known)
		put_state(output, line, SIDE_SERVER, ANNOUNCED_SERVER(event->was), ANNOUNCED_SERVER(event->is));
	line.kind = LINE_HANDSHAKE;
	if ((event->kinds & EVENT_HANDSHAKE) && known)
		put_line(output, &line);
	line.kind = LINE_CLOSED;
	if (event->kinds & EVENT_CLOSED)
		put_line(output, &line);
}

/* ---- json, jsonl, csv */

static void state_fields(struct sink *sink, const struct line *line)
{
	if (line->kind == LINE_STATE) {
		sink_word(sink, NAME("side"), side_names[line->side]);
		sink_word(sink, NAME("from"), state_name(line->from));
		sink_word(sink, NAME("to"), state_name(line->to));
	} else if (!sink->ops->nests) { /* the columns of csv are the same for every line */
		sink_string(sink, NAME("side"), NULL);
		sink_string(sink, NAME("from"), NULL);
		sink_string(sink, NAME("to"), NULL);
	}
}

static void reason_field(struct sink *sink, const struct line *line)
{
	if (line->kind == LINE_CLOSED && line->flushed)
		sink_word(sink, NAME("reason"), "flushed");
	else if (!sink->ops->nests)
		sink_string(sink, NAME("reason"), NULL);
}

static void line_fields(struct sink *sink, const struct line *line)
{
	char time[TIME_ROOM];

	sink->ops->open(sink, "", 0);
	sink_word(sink, NAME("event"), line_names[line->kind]);
	sink->ops->word(sink, NAME("time"), time, put_time(time, line->time_ns) - time);
	state_fields(sink, line);
	flow_object(sink, NAME("flow"), line->view, line->labels);
	reason_field(sink, line);
	sink->ops->close(sink);
}

/* ---- text */

static void put_duration(struct buffer *out, __s64 ns)
{
	if (ns == LATENCY_UNKNOWN)
		buffer_char(out, '?');
	else
		buffer_used(out, put_latency(buffer_reserve(out, SHORT_ROOM), ns));
}

static void put_handshake(struct buffer *out, const struct flow_view *view)
{
	if (view->rtt_ambiguous)
		buffer_char(out, '~');
	put_duration(out, view->syn_to_synack_ns);
	buffer_text(out, " + ");
	put_duration(out, view->synack_to_ack_ns);
	buffer_text(out, " = ");
	put_duration(out, view->handshake_ns);
}

static void put_closed(struct buffer *out, const struct line *line)
{
	const struct flow_view *view = line->view;
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	buffer_printf(out, "%s, %llu packets, ", outcome_name(view->outcome), client->packets + server->packets);
	buffer_used(out, put_size(buffer_reserve(out, SHORT_ROOM), client->bytes + server->bytes));
	buffer_text(out, ", ");
	put_duration(out, view->duration_ns);
	if (line->flushed)
		buffer_text(out, ", flushed");
}

static void put_details(struct buffer *out, const struct line *line)
{
	const struct flow_view *view = line->view;

	switch (line->kind) {
	case LINE_NEW:
		buffer_printf(out, "client %s, server %s", state_name(view->side[SIDE_CLIENT].state),
			      state_name(view->side[SIDE_SERVER].state));
		break;
	case LINE_STATE:
		buffer_printf(out, "%s %s -> %s", side_names[line->side], state_name(line->from), state_name(line->to));
		break;
	case LINE_HANDSHAKE:
		put_handshake(out, view);
		break;
	case LINE_CLOSED:
		put_closed(out, line);
		break;
	}
}

static void put_text(struct event_output *output, const struct line *line)
{
	static const enum table_color colors[] = {
		[LINE_NEW] = COLOR_GREEN,
		[LINE_STATE] = COLOR_NONE,
		[LINE_HANDSHAKE] = COLOR_CYAN,
		[LINE_CLOSED] = COLOR_DIM,
	};
	struct buffer *out = output->out;
	const char *name = line_names[line->kind];
	char id[FLOW_TEXT_ROOM];
	int bytes = (int)(put_flow_text(id, line->view, line->labels) - id);

	if (bytes > output->flow_columns)
		output->flow_columns = bytes;
	buffer_used(out, put_local_clock(buffer_reserve(out, LOCAL_TIME_ROOM), line->time_ns));
	buffer_char(out, ' ');
	buffer_colored(out, output->color, colors[line->kind], name, (int)strlen(name));
	buffer_spaces(out, KIND_COLUMNS + 1 - (int)strlen(name));
	buffer_bytes(out, id, bytes);
	buffer_spaces(out, output->flow_columns + 2 - bytes);
	put_details(out, line);
	if (output->name_instances)
		buffer_printf(out, "  (%s)", line->labels->instance);
	buffer_char(out, '\n');
}

static void put_line(struct event_output *output, const struct line *line)
{
	if (output->format == OUTPUT_TABLE) {
		put_text(output, line);
		return;
	}
	line_fields(record_begin(&output->stream), line);
	record_end(&output->stream);
}

void event_output_begin(struct event_output *output, enum output_format format, struct buffer *out,
			const struct terminal *terminal, int instances)
{
	*output = (struct event_output){
		.format = format,
		.out = out,
		.color = terminal->color,
		.name_instances = instances > 1,
		.flow_columns = FLOW_COLUMNS,
	};
	if (format == OUTPUT_CSV) {
		struct sink header = csv_header(out);

		line_fields(&header,
			    &(struct line){ .view = &(struct flow_view){ 0 }, .labels = &(struct flow_labels){ 0 } });
	}
	if (format != OUTPUT_TABLE)
		record_stream_begin(&output->stream, format, out);
}

void event_output_end(struct event_output *output)
{
	if (output->format != OUTPUT_TABLE)
		record_stream_end(&output->stream);
}
