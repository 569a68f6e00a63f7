// SPDX-License-Identifier: GPL-2.0-only
#include "format/event.h"

#include <stdio.h>

#include "format/folded_line.h"
#include "base/local_time.h"
#include "base/terminal.h"
#include "base/unicode.h"
#include "base/buffer.h"
#include "base/text.h"
#include "flow/name.h"
#include "flow/host_names.h"
#include "flow/names.h"
#include "flow/processes.h"
#include "flow/outcome.h"
#include "flow/reader.h"
#include "flow/view.h"
#include "format/flow.h"
#include "format/table.h"

#define KIND_COLUMNS 9
#define PREFIX_COLUMNS 26 /* time and kind */
#define FLOW_COLUMNS 40
#define DETAILS_COLUMNS 37 /* wide enough for nearly all lines */
#define DETAILS_SIZE 384
#define NAME_SHOWN 64 /* bytes of the name of a host */
#define NARROW_INDENT 4

enum line_kind { LINE_NEW, LINE_STATE, LINE_HANDSHAKE, LINE_CLOSED, LINE_RTT };

/* One line. */
struct event_line {
	enum line_kind kind;
	enum flow_side side; /* of LINE_STATE, like from and to; of LINE_RTT */
	enum tcp_state from, to;
	__u64 time_ns; /* time of day */
	bool says_states; /* the line of a new flow has its states already */
	bool flushed; /* closed because the user flushed it */
	const struct flow_view *view;
	const struct flow_labels *labels;
};

static const char *const line_names[] = {
	[LINE_NEW] = "new",	  [LINE_STATE] = "state", [LINE_HANDSHAKE] = "handshake",
	[LINE_CLOSED] = "closed", [LINE_RTT] = "rtt",
};

/* ---- what is printed */

static enum flow_side side_of_trip(const struct flow_event *event)
{
	return event->kinds & EVENT_ROUND_TRIP_CLIENT ? SIDE_CLIENT : SIDE_SERVER;
}

void event_view(struct flow_view *view, const struct flow_event *event, const __u64 *timeout_ns)
{
	struct flow_record record = event_record(event);

	flow_view_decode_retired(view, &record, event->reason, timeout_ns, event->time_ns);
	if (event->kinds & EVENT_ROUND_TRIPS) {
		view->side[side_of_trip(event)].rtt.last_ns = (__u64)event->elapsed << ROUND_TRIP_SHIFT;
		return;
	}
	if (event->kinds & EVENT_RETIRED)
		return;
	/* the event's own states, and above its own round trip, as another CPU may have changed the record since */
	view->side[SIDE_CLIENT].state = ANNOUNCED_CLIENT(event->is);
	view->side[SIDE_SERVER].state = ANNOUNCED_SERVER(event->is);
}

static void put_state(struct event_output *output, struct event_line line, enum flow_side side, __u32 from, __u32 to)
{
	if (output->output.format == OUTPUT_TABLE && line.says_states)
		return;
	line.kind = LINE_STATE;
	line.side = side;
	line.from = from;
	line.to = to;
	output_add(&output->output, &line);
}

bool event_states_are_known(const struct flow_event *event, const struct flow_view *view, __u64 since_ns)
{
	return !(event->kinds & EVENT_NEW) || view->first_seen_ns >= since_ns;
}

void event_output_add(struct event_output *output, const struct flow_event *event, const struct flow_view *view,
		      const struct event_context *context)
{
	struct event_line line = {
		.kind = LINE_NEW,
		.says_states = event->kinds & EVENT_NEW,
		.flushed = event->reason == RETIRE_FLUSHED,
		.time_ns = event->time_ns + context->labels.wall_offset_ns,
		.view = view,
		.labels = &context->labels,
	};
	bool known = event_states_are_known(event, view, context->since_ns);

	if (event->kinds & EVENT_NEW)
		output_add(&output->output, &line);
	if ((event->kinds & EVENT_CLIENT_STATE) && known)
		put_state(output, line, SIDE_CLIENT, ANNOUNCED_CLIENT(event->was), ANNOUNCED_CLIENT(event->is));
	if ((event->kinds & EVENT_SERVER_STATE) && known)
		put_state(output, line, SIDE_SERVER, ANNOUNCED_SERVER(event->was), ANNOUNCED_SERVER(event->is));
	line.kind = LINE_HANDSHAKE;
	if ((event->kinds & EVENT_HANDSHAKE) && known)
		output_add(&output->output, &line);
	line.kind = LINE_CLOSED;
	if (event->kinds & EVENT_CLOSED)
		output_add(&output->output, &line);
	line.kind = LINE_RTT;
	line.side = side_of_trip(event);
	if (event->kinds & EVENT_ROUND_TRIPS)
		output_add(&output->output, &line);
}

/* ---- json, jsonl, csv */

static void state_fields(struct sink *sink, const struct event_line *line)
{
	if (line->kind == LINE_STATE) {
		sink_word(sink, NAME("side"), side_names[line->side]);
		sink_word(sink, NAME("from"), state_name(line->from));
		sink_word(sink, NAME("to"), state_name(line->to));
	} else if (!sink->ops->nests) { /* CSV has the same columns in every line */
		sink_string(sink, NAME("side"), line->kind == LINE_RTT ? side_names[line->side] : NULL);
		sink_string(sink, NAME("from"), NULL);
		sink_string(sink, NAME("to"), NULL);
	} else if (line->kind == LINE_RTT) {
		sink_word(sink, NAME("side"), side_names[line->side]);
	}
}

static void round_trip_fields(struct sink *sink, const struct event_line *line)
{
	const struct rtt_view *rtt = &line->view->side[line->side].rtt;

	if (line->kind != LINE_RTT && sink->ops->nests)
		return;
	sink_number_or_null(sink, NAME("rtt_ns"), line->kind == LINE_RTT, rtt->last_ns);
	sink_number_or_null(sink, NAME("min_ns"), line->kind == LINE_RTT, rtt->min_ns);
}

static void reason_field(struct sink *sink, const struct event_line *line)
{
	if (line->kind == LINE_CLOSED && line->flushed)
		sink_word(sink, NAME("reason"), "flushed");
	else if (!sink->ops->nests)
		sink_string(sink, NAME("reason"), NULL);
}

static void line_fields(struct sink *sink, const void *record)
{
	const struct event_line *line = record;
	char time[TIME_SIZE];

	sink->ops->open(sink, "", 0);
	sink_word(sink, NAME("event"), line_names[line->kind]);
	if (line->time_ns)
		sink->ops->word(sink, NAME("time"), time, put_time(time, line->time_ns) - time);
	else /* of a capture without times */
		sink->ops->null(sink, NAME("time"));
	state_fields(sink, line);
	flow_object(sink, NAME("flow"), line->view, line->labels);
	reason_field(sink, line);
	round_trip_fields(sink, line);
	sink->ops->close(sink);
}

/* ---- text */

static char *put_duration(char *p, __s64 ns)
{
	if (ns != LATENCY_UNKNOWN)
		return put_latency(p, ns);
	*p++ = '?';
	return p;
}

static char *put_handshake(char *p, const struct flow_view *view)
{
	if (view->rtt_ambiguous)
		*p++ = '~';
	p = stpcpy(put_duration(p, view->syn_to_synack_ns), " + ");
	p = stpcpy(put_duration(p, view->synack_to_ack_ns), " = ");
	return put_duration(p, view->handshake_ns);
}

static char *put_closed(char *p, const struct event_line *line)
{
	const struct flow_view *view = line->view;
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	p += sprintf(p, "%s, %llu packets, ", outcome_name(view->outcome), client->packets + server->packets);
	p = stpcpy(put_size(p, client->bytes + server->bytes), ", ");
	p = put_duration(p, view->duration_ns);
	return line->flushed ? stpcpy(p, ", flushed") : p;
}

static char *put_round_trip(char *p, const struct event_line *line)
{
	const struct rtt_view *rtt = &line->view->side[line->side].rtt;

	p = put_duration(p + sprintf(p, "%s ", side_names[line->side]), (__s64)rtt->last_ns);
	p = put_duration(stpcpy(p, ", "), (__s64)rtt->min_ns);
	return p + sprintf(p, " minimum, of %u", rtt->samples);
}

static char *put_details(char *p, const struct event_line *line)
{
	const struct flow_view *view = line->view;

	switch (line->kind) {
	case LINE_NEW:
		return p + sprintf(p, "%s %s, %s %s", side_names[SIDE_CLIENT],
				   state_name(view->side[SIDE_CLIENT].state), side_names[SIDE_SERVER],
				   state_name(view->side[SIDE_SERVER].state));
	case LINE_STATE:
		return p +
		       sprintf(p, "%s %s -> %s", side_names[line->side], state_name(line->from), state_name(line->to));
	case LINE_HANDSHAKE:
		return put_handshake(p, view);
	case LINE_CLOSED:
		return put_closed(p, line);
	case LINE_RTT:
		return put_round_trip(p, line);
	}
	return p;
}

/* ", client curl/900": the processes that are known */
static void put_processes(char *p, const struct event_line *line, bool ascii)
{
	const struct flow_view *view = line->view;

	for (int i = 0; i < SIDE_COUNT; i++) {
		const struct process *process = process_of(line->labels->sockets, &view->side[i], &view->side[!i]);

		if (process)
			p = put_process(stpcpy(stpcpy(stpcpy(p, ", "), side_names[i]), " "), process, ascii);
	}
	*p = '\0';
}

/* ", from client.example, to server.example": the names that are known */
static char *put_names(char *p, const struct event_line *line, bool ascii)
{
	static const char *const words[SIDE_COUNT] = { ", from ", ", to " };
	char name[HOST_NAME_SIZE];

	for (int i = 0; i < SIDE_COUNT && line->labels->named; i++) {
		if (!host_name_of(line->labels->host_names, &line->view->side[i].ip, name))
			continue;
		p = stpcpy(p, words[i]);
		p = put_foreign(p, p + NAME_SHOWN, name, strlen(name), FOREIGN_TEXT, ascii);
	}
	return p;
}

/* Print the details below the flow, because they do not fit beside it; folded after commas. */
static void put_below(struct event_output *output, char *details, const char *instance)
{
	bool wide = output->width >= PREFIX_COLUMNS + DETAILS_COLUMNS;
	struct folded_line line = { .out = output->output.out,
				    .width = output->width,
				    .indent = wide ? PREFIX_COLUMNS : NARROW_INDENT };
	char *next = details;

	buffer_spaces(output->output.out, line.indent);
	line.used = line.indent;
	while (next) {
		char *comma = strstr(next, ", ");

		if (comma)
			*comma = '\0';
		folded_line_add(&line, next);
		next = comma ? comma + 2 : NULL;
	}
	if (output->name_instances) {
		snprintf(details, DETAILS_SIZE, "(%s)", instance);
		folded_line_add(&line, details);
	}
	folded_line_end(&line);
}

/* Print the details on the line of the flow. */
static void put_beside(struct event_output *output, const char *id, int bytes, const char *details,
		       const char *instance)
{
	struct buffer *out = output->output.out;

	buffer_foreign(out, id, bytes, FOREIGN_TEXT);
	buffer_spaces(out, output->flow_columns + 2 - bytes);
	buffer_foreign(out, details, strlen(details), FOREIGN_TEXT);
	if (output->name_instances)
		buffer_printf(out, "  (%s)", instance);
	buffer_char(out, '\n');
}

static void put_text(void *context, const void *record)
{
	struct event_output *output = context;
	const struct event_line *line = record;
	static const enum table_color colors[] = {
		[LINE_NEW] = COLOR_GREEN,  [LINE_STATE] = COLOR_NONE, [LINE_HANDSHAKE] = COLOR_CYAN,
		[LINE_CLOSED] = COLOR_DIM, [LINE_RTT] = COLOR_NONE,
	};
	struct buffer *out = output->output.out;
	const char *name = line_names[line->kind], *instance = line->labels->instance;
	char id[FLOW_TEXT_SIZE], details[DETAILS_SIZE];
	int bytes = (int)(put_flow_text(id, line->view, line->labels) - id), columns;

	put_processes(put_names(put_details(details, line), line, !out->utf8), line, !out->utf8);
	if (bytes > output->flow_columns)
		output->flow_columns = bytes;
	columns = PREFIX_COLUMNS + output->flow_columns + 2 + DETAILS_COLUMNS;
	if (output->name_instances)
		columns += 4 + foreign_text(instance, strlen(instance), !out->utf8).columns;
	buffer_used(out, put_local_clock(buffer_reserve(out, LOCAL_TIME_SIZE), line->time_ns));
	buffer_char(out, ' ');
	buffer_colored(out, output->color, colors[line->kind], name, (int)strlen(name));
	if (output->width && PREFIX_COLUMNS + bytes > output->width)
		buffer_char(out, '\n');
	else
		buffer_spaces(out, KIND_COLUMNS + 1 - (int)strlen(name));
	if (!output->width || columns <= output->width) {
		put_beside(output, id, bytes, details, instance);
		return;
	}
	buffer_broken(out, false, COLOR_NONE, id, bytes, output->width);
	put_below(output, details, instance);
}

void event_output_begin(struct event_output *output, enum output_format format, struct buffer *out,
			const struct terminal *terminal, int instances, struct flow_extras extras)
{
	static const struct process_sockets none;
	const struct flow_view view = { 0 };
	const struct flow_labels labels = { .sockets = extras.processes ? &none : NULL, .named = extras.host_names };

	*output = (struct event_output){
		.output = { .format = format, .out = out, .fields = line_fields, .text = put_text, .context = output },
		.color = terminal->color,
		.width = terminal->columns,
		.name_instances = instances > 1,
		.flow_columns = FLOW_COLUMNS,
	};
	output_begin(&output->output, &(struct event_line){ .view = &view, .labels = &labels });
}

void event_output_end(struct event_output *output)
{
	output_end(&output->output);
}
