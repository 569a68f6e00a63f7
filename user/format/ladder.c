// SPDX-License-Identifier: GPL-2.0-only
#include "format/flow_columns.h"
#include "format/ladder.h"

#include <stdio.h>

#include "flow/ladder.h"
#include "flow/names.h"
#include "synscope/segment.h"
#include "base/clock.h"
#include "base/terminal.h"
#include "base/unicode.h"
#include "base/wrap.h"
#include "format/explain.h"

#define LABEL_BYTES 64
#define NUMBER_BYTES 24 /* " seq=4294967295" */
#define BELOW_ISN_MAX (1U << 20)
#define TIME_BYTES 32
#define STATE_COLUMNS 12 /* SYN_RECEIVED */
#define TIME_COLUMNS 8 /* 0.024400 */
#define MICROSECONDS_UNTIL 10000 /* seconds */
#define ARROW_MIN 24 /* if it is narrower, the states go below the arrows */
#define ARROW_MAX 46 /* unless a label is longer */
#define WIDTH_DEFAULT 100

/* Characters of the drawing. */
struct strokes {
	const char *line, *right, *left, *life, *gap;
};

/* How a ladder is drawn. */
struct drawing {
	struct buffer *out;
	const struct strokes *strokes;
	bool color;
	bool stacked; /* states below the arrow, not beside it */
	int indent, time, arrow; /* columns */
	const struct ladder_style *style;
	bool numbers; /* there is room for them */
	int width; /* columns of the terminal */
	const enum tcp_state *shown; /* of the previous step */
};

static const struct strokes utf8_strokes = { "─", "▶", "◀", "┊", "⋮" };
static const struct strokes ascii_strokes = { "-", ">", "<", ":", "..." };

static const __u8 flag_order[] = { SEGMENT_SYN, SEGMENT_FIN, SEGMENT_RST, SEGMENT_PSH,
				   SEGMENT_URG, SEGMENT_ACK, SEGMENT_ECE, SEGMENT_CWR };

/* " again", " bad_ack", or nothing; returns its length. */
static int put_remark(char *text, enum flow_remark remark)
{
	*text = '\0';
	if (remark == REMARK_RETRANSMIT)
		return snprintf(text, LABEL_BYTES, " again");
	for (int i = 0; i < ANOMALY_COUNT; i++)
		if ((int)remark == REMARK_OF_ANOMALY(i))
			return snprintf(text, LABEL_BYTES, " %s", anomaly_names[i]);
	return 0;
}

/* "SYN ACK", "FIN ACK+1448", "ACK+data"; returns its length. */
static int put_flags(char *text, const struct ladder_step *step)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < sizeof(flag_order); i++)
		if (step->flags & flag_order[i])
			used += snprintf(text + used, LABEL_BYTES - used, "%s%s", used ? " " : "",
					 tcp_flag_names[__builtin_ctz(flag_order[i])]);
	if (step->payload == PAYLOAD_SOME)
		used += snprintf(text + used, LABEL_BYTES - used, "+data");
	else if (step->payload)
		used += snprintf(text + used, LABEL_BYTES - used, "+%u", step->payload);
	return (int)used;
}

/*
 * A number, as in the segment or less the ISN. One below it, as of a keepalive in a flow that was not seen from its
 * SYN, is negative.
 */
static int put_number(char *text, const char *name, __u32 number, __u32 isn, bool absolute)
{
	__u32 relative = number - isn;

	if (absolute)
		return snprintf(text, NUMBER_BYTES, " %s=%u", name, number);
	if (relative > -BELOW_ISN_MAX)
		return snprintf(text, NUMBER_BYTES, " %s=-%u", name, -relative);
	return snprintf(text, NUMBER_BYTES, " %s=%u", name, relative);
}

/* " seq=1 ack=1", or nothing; returns its length. A SYN that nobody believed has no other ISN than its number. */
static int put_numbers(char *text, const struct ladder_step *step, bool absolute)
{
	__u32 isn = step->flags & SEGMENT_SYN ? step->seq : step->isn;
	int used = 0;

	*text = '\0';
	if (step->seq_known)
		used += put_number(text, "seq", step->seq, isn, absolute);
	if (step->ack_known)
		used += put_number(text + used, "ack", step->ack, step->peer_isn, absolute);
	return used;
}

/* In microseconds, or in milliseconds if that would be too wide. */
static int put_seconds(char *text, __u64 ns)
{
	__u64 seconds = ns / NS_PER_S, below = ns % NS_PER_S;

	if (seconds < MICROSECONDS_UNTIL)
		return snprintf(text, TIME_BYTES, "%llu.%06llu", seconds, below / 1000);
	return snprintf(text, TIME_BYTES, "%llu.%03llu", seconds, below / 1000000);
}

static void repeat(struct buffer *out, const char *stroke, int times)
{
	for (int i = 0; i < times; i++)
		buffer_text(out, stroke);
}

/* Print the column of times. */
static void print_time(const struct drawing *drawing, const char *time)
{
	buffer_printf(drawing->out, "%*s%*s%*s", drawing->indent, "",
		      drawing->time + (int)strlen(time) - text_columns(time, (int)strlen(time)), time, drawing->indent,
		      "");
}

static void print_state(const struct drawing *drawing, enum tcp_state state)
{
	const char *name = state_name(state);

	buffer_colored(drawing->out, drawing->color, state_color(state), name, (int)strlen(name));
}

static void print_client_state(const struct drawing *drawing, const enum tcp_state *state)
{
	print_state(drawing, state[SIDE_CLIENT]);
	buffer_spaces(drawing->out, STATE_COLUMNS + 2 - (int)strlen(state_name(state[SIDE_CLIENT])));
}

/* Print both states, each below its end of the arrow. */
static void print_states_below(const struct drawing *drawing, const enum tcp_state *state)
{
	int client = (int)strlen(state_name(state[SIDE_CLIENT])), server = (int)strlen(state_name(state[SIDE_SERVER]));

	print_time(drawing, "");
	print_state(drawing, state[SIDE_CLIENT]);
	buffer_spaces(drawing->out, drawing->arrow - client - server);
	print_state(drawing, state[SIDE_SERVER]);
	buffer_char(drawing->out, '\n');
}

/*
 * Print what is between the two endpoints, an arrow or a text, and the states. If the states are below the arrow, only
 * those that changed.
 */
static void print_rung(const struct drawing *drawing, const char *time, const enum tcp_state *state,
		       void (*print)(const struct drawing *drawing, const void *what), const void *what)
{
	print_time(drawing, time);
	if (!drawing->stacked)
		print_client_state(drawing, state);
	print(drawing, what);
	if (!drawing->stacked) {
		buffer_spaces(drawing->out, 2);
		print_state(drawing, state[SIDE_SERVER]);
	}
	buffer_char(drawing->out, '\n');
	if (drawing->stacked && (!drawing->shown || memcmp(drawing->shown, state, SIDE_COUNT * sizeof(*state)) != 0))
		print_states_below(drawing, state);
}

static void print_arrow(const struct drawing *drawing, const void *what)
{
	const struct ladder_step *step = what;
	const struct strokes *strokes = drawing->strokes;
	bool to_right = step->side == SIDE_CLIENT;
	char flags[LABEL_BYTES], numbers[2 * NUMBER_BYTES] = "", remark[LABEL_BYTES];
	int length = put_flags(flags, step), remark_length = put_remark(remark, step->remark);
	int numbers_length = drawing->numbers ? put_numbers(numbers, step, drawing->style->absolute) : 0;
	int line = drawing->arrow - 2 - length - numbers_length - remark_length;
	struct buffer *out = drawing->out;

	if (!to_right) {
		buffer_text(out, strokes->left);
		repeat(out, strokes->line, line);
		buffer_char(out, ' ');
	}
	buffer_colored(out, drawing->color, COLOR_BOLD, flags, length);
	buffer_text(out, numbers);
	buffer_colored(out, drawing->color, step->remark == REMARK_RETRANSMIT ? COLOR_YELLOW : COLOR_RED, remark,
		       remark_length);
	if (to_right) {
		buffer_char(out, ' ');
		repeat(out, strokes->line, line);
		buffer_text(out, strokes->right);
	}
}

/* Print "24.4ms network and server" between the two endpoints. */
static void print_latency(const struct drawing *drawing, __s64 ns, bool ambiguous, const char *where)
{
	char text[SHORT_SIZE + 2];
	char *p = text;
	int bytes, left, inner;

	if (ambiguous)
		*p++ = '~';
	bytes = (int)(put_latency(p, ns) - text);
	inner = drawing->arrow - 2 - text_columns(text, bytes) - 1 - (int)strlen(where);
	left = inner > 0 ? inner / 2 : 0;
	print_time(drawing, "");
	if (!drawing->stacked)
		buffer_spaces(drawing->out, STATE_COLUMNS + 2);
	buffer_text(drawing->out, drawing->strokes->life);
	buffer_spaces(drawing->out, left);
	buffer_colored(drawing->out, drawing->color, COLOR_CYAN, text, bytes);
	buffer_printf(drawing->out, " %s", where);
	buffer_spaces(drawing->out, inner - left);
	buffer_text(drawing->out, drawing->strokes->life);
	buffer_char(drawing->out, '\n');
}

/* The latencies that were drawn already. */
enum drawn_latency { DRAWN_NONE, DRAWN_SYNACK, DRAWN_ACK };

/* The latency that ends with a step, if there is one. */
static void print_waiting(const struct drawing *drawing, const struct ladder_step *step, const struct flow_view *view,
			  enum drawn_latency *drawn)
{
	bool synack = step->side == SIDE_SERVER && (step->flags & SEGMENT_SYN) && (step->flags & SEGMENT_ACK);
	bool ack = step->side == SIDE_CLIENT && (step->flags & SEGMENT_ACK);

	if (step->remark != REMARK_NONE)
		return;
	if (*drawn == DRAWN_NONE && synack) {
		if (view->syn_to_synack_ns != LATENCY_UNKNOWN)
			print_latency(drawing, view->syn_to_synack_ns, view->rtt_ambiguous, "network and server");
		*drawn = DRAWN_SYNACK;
	} else if (*drawn == DRAWN_SYNACK && ack) {
		if (view->synack_to_ack_ns != LATENCY_UNKNOWN)
			print_latency(drawing, view->synack_to_ack_ns, view->rtt_ambiguous, "network and client");
		*drawn = DRAWN_ACK;
	}
}

/* Print a sentence below a step, and free it. */
static void print_sentence(const struct drawing *drawing, struct buffer *sentence)
{
	int indent = 2 * drawing->indent + drawing->time;
	struct wrap wrap = { .out = drawing->out, .width = drawing->width, .indent = indent, .used = indent };

	buffer_char(sentence, '\0');
	if (!buffer_failed(sentence)) {
		buffer_spaces(drawing->out, indent);
		wrap_text(&wrap, sentence->data);
		buffer_char(drawing->out, '\n');
	}
	buffer_free(sentence);
}

static void print_explanation(const struct drawing *drawing, const struct ladder *ladder, size_t at)
{
	struct buffer sentence;

	if (!drawing->style->explain || buffer_init(&sentence, BUFFER_MEMORY))
		return;
	explain_step(&sentence, ladder, at);
	print_sentence(drawing, &sentence);
}

static void print_gap(const struct drawing *drawing, __u64 missing)
{
	print_time(drawing, drawing->strokes->gap);
	if (missing)
		buffer_printf(drawing->out, "%llu segment%s not kept", missing, missing == 1 ? "" : "s");
	buffer_char(drawing->out, '\n');
}

static void print_text(const struct drawing *drawing, const void *what)
{
	int columns = (int)strlen(what), left = (drawing->arrow - columns) / 2;

	buffer_spaces(drawing->out, left);
	buffer_text(drawing->out, what);
	if (!drawing->stacked)
		buffer_spaces(drawing->out, drawing->arrow - columns - left);
}

/* Print what happened after the last step: time has passed, or steps are missing. */
static void print_now(const struct drawing *drawing, const struct ladder *ladder, const struct flow_view *view)
{
	const enum tcp_state *last = ladder->step[ladder->count - 1].state;
	enum tcp_state now[SIDE_COUNT] = { view->side[SIDE_CLIENT].state, view->side[SIDE_SERVER].state };
	struct buffer sentence;

	if (now[SIDE_CLIENT] == last[SIDE_CLIENT] && now[SIDE_SERVER] == last[SIDE_SERVER])
		return;
	print_rung(drawing, "now", now, print_text, outcome_name(view->outcome));
	if (!drawing->style->explain || buffer_init(&sentence, BUFFER_MEMORY))
		return;
	explain_now(&sentence, view);
	print_sentence(drawing, &sentence);
}

/* The columns that the longest label takes, with a stroke, the head of the arrow and a space. */
static int label_columns(const struct drawing *drawing, const struct ladder *ladder)
{
	char text[LABEL_BYTES], numbers[2 * NUMBER_BYTES];
	int least = ARROW_MIN;

	for (size_t i = 0; i < ladder->count; i++) {
		const struct ladder_step *step = &ladder->step[i];
		int label = put_flags(text, step) + put_remark(text, step->remark) + 3;

		if (drawing->numbers)
			label += put_numbers(numbers, step, drawing->style->absolute);
		least = label > least ? label : least;
	}
	return least;
}

static int time_columns(const struct ladder *ladder)
{
	char text[TIME_BYTES];
	int most = TIME_COLUMNS;

	for (size_t i = 0; i < ladder->count; i++) {
		int columns = put_seconds(text, ladder->step[i].delta_ns);

		most = columns > most ? columns : most;
	}
	return most;
}

/* Numbers go before states beside the arrows, and are left out if there is no room for them even so. */
static void choose_shape(struct drawing *drawing, const struct ladder *ladder)
{
	int least = label_columns(drawing, ladder), most = least > ARROW_MAX ? least : ARROW_MAX;

	drawing->arrow = drawing->width - 2 * drawing->indent - drawing->time - 2 * (STATE_COLUMNS + 2);
	if (drawing->arrow < least) {
		drawing->stacked = true;
		drawing->indent = 1;
		drawing->arrow = drawing->width - 2 - drawing->time;
		drawing->numbers = drawing->arrow >= least;
	}
	if (drawing->arrow > most)
		drawing->arrow = most;
}

static struct drawing drawing_for(struct buffer *out, const struct terminal *terminal, const struct ladder *ladder,
				  const struct ladder_style *style)
{
	struct drawing drawing = { .out = out,
				   .strokes = terminal->utf8 ? &utf8_strokes : &ascii_strokes,
				   .color = terminal->color,
				   .style = style,
				   .numbers = true,
				   .indent = 2,
				   .time = time_columns(ladder),
				   .width = terminal->columns ? terminal->columns : WIDTH_DEFAULT };

	choose_shape(&drawing, ladder);
	return drawing;
}

static void print_heads(const struct drawing *drawing)
{
	print_time(drawing, "seconds");
	if (drawing->stacked)
		buffer_printf(drawing->out, "%s%*s\n", side_names[SIDE_CLIENT],
			      drawing->arrow - (int)strlen(side_names[SIDE_CLIENT]), side_names[SIDE_SERVER]);
	else
		buffer_printf(drawing->out, "%-*s%*s%s\n", STATE_COLUMNS + 2, side_names[SIDE_CLIENT],
			      drawing->arrow + 2, "", side_names[SIDE_SERVER]);
}

void ladder_print(struct buffer *out, const struct terminal *terminal, const struct ladder *ladder,
		  const struct flow_view *view, const struct ladder_style *style)
{
	struct drawing drawing = drawing_for(out, terminal, ladder, style);
	enum drawn_latency drawn = DRAWN_NONE;
	char time[TIME_BYTES];

	if (!ladder->count)
		return;
	print_heads(&drawing);
	for (size_t i = 0; i < ladder->count; i++) {
		const struct ladder_step *step = &ladder->step[i];

		if (i && i == ladder->gap && ladder->missing)
			print_gap(&drawing, ladder->gap_at_end ? 0 : ladder->missing);
		print_waiting(&drawing, step, view, &drawn);
		put_seconds(time, step->delta_ns);
		print_rung(&drawing, time, step->state, print_arrow, step);
		print_explanation(&drawing, ladder, i);
		drawing.shown = step->state;
	}
	if (ladder->missing && (ladder->gap_at_end || ladder->gap == ladder->count))
		print_gap(&drawing, ladder->missing);
	print_now(&drawing, ladder, view);
}
