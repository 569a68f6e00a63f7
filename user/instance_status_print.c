// SPDX-License-Identifier: GPL-2.0-only
#include "instance_status.h"

#include <stdio.h>

#include "counters.h"
#include "terminal.h"

/* "label: name 1, other 2", folded at the terminal's width under where the values begin. */
struct line {
	struct buffer *out;
	int width, used;
	bool begun;
};

#define VALUES_COLUMN 14

static struct line begin_line(struct buffer *out, const struct terminal *terminal, const char *label)
{
	buffer_printf(out, "  %-*s", VALUES_COLUMN - 2, label);
	return (struct line){ .out = out, .width = terminal->columns, .used = VALUES_COLUMN };
}

static void add_to_line(struct line *line, const char *text)
{
	int columns = text_columns(text, (int)strlen(text));

	if (line->begun && line->width && line->used + 2 + columns > line->width) {
		buffer_text(line->out, ",\n");
		buffer_spaces(line->out, VALUES_COLUMN);
		line->used = VALUES_COLUMN;
	} else if (line->begun) {
		buffer_text(line->out, ", ");
		line->used += 2;
	}
	buffer_text(line->out, text);
	line->used += columns;
	line->begun = true;
}

static void end_line(struct line *line)
{
	if (!line->begun)
		buffer_char(line->out, '-');
	buffer_char(line->out, '\n');
}

static void add_amount(struct line *line, const char *name, __u64 amount)
{
	char text[64], *p = text;

	while (*name)
		*p++ = *name++;
	*p++ = ' ';
	*put_u64(p, amount) = '\0';
	add_to_line(line, text);
}

static void print_interface(struct buffer *out, const struct terminal *terminal, const struct instance_status *status,
			    int i)
{
	const struct meta_interface *interface = &status->meta->interface[i];
	struct line line = begin_line(out, terminal, i ? "" : "interfaces");
	char text[64];

	add_to_line(&line, status->interface[i].ifname);
	if (status->interface[i].gone)
		add_to_line(&line, "gone");
	if (xdp_name(interface->xdp)) {
		snprintf(text, sizeof(text), "XDP %s", xdp_name(interface->xdp));
		add_to_line(&line, text);
	}
	if (tc_name(interface->tc_ingress)) {
		snprintf(text, sizeof(text), "ingress %s", tc_name(interface->tc_ingress));
		add_to_line(&line, text);
	}
	if (tc_name(interface->tc_egress)) {
		snprintf(text, sizeof(text), "egress %s", tc_name(interface->tc_egress));
		add_to_line(&line, text);
	}
	end_line(&line);
}

static void print_counters(struct buffer *out, const struct terminal *terminal, const struct instance_status *status,
			   const char *label, enum counter_kind kind)
{
	struct line line = begin_line(out, terminal, label);

	for (enum synscope_counter i = 0; i < COUNTER_COUNT; i++)
		if (counter_kind(i) == kind && status->counters[i])
			add_amount(&line, counter_name(i), status->counters[i]);
	end_line(&line);
}

static void print_size(struct buffer *out, const struct terminal *terminal, const struct instance_status *status)
{
	struct line line = begin_line(out, terminal, "table");
	char text[64];

	snprintf(text, sizeof(text), "%llu flows of %u", status->used, status->meta->max_flows);
	add_to_line(&line, text);
	snprintf(text, sizeof(text), "%llu slots", status->slots);
	add_to_line(&line, text);
	end_line(&line);
	line = begin_line(out, terminal, "memory");
	*put_size(text, status->meta->memory_bytes) = '\0';
	add_to_line(&line, text);
	snprintf(text, sizeof(text), "%llu bytes", status->meta->memory_bytes);
	add_to_line(&line, text);
	end_line(&line);
}

void instance_status_print(struct buffer *out, const struct terminal *terminal, const struct instance_status *status)
{
	struct line line;

	buffer_colored(out, terminal->color, COLOR_BOLD, status->meta->name, (int)strlen(status->meta->name));
	buffer_char(out, '\n');
	if (*status->meta->netns) {
		line = begin_line(out, terminal, "netns");
		add_to_line(&line, status->meta->netns);
		end_line(&line);
	}
	for (__u32 i = 0; i < status->meta->interfaces; i++)
		print_interface(out, terminal, status, (int)i);
	print_size(out, terminal, status);
	line = begin_line(out, terminal, "states");
	for (enum tcp_state i = 0; i < STATE_COUNT; i++)
		if (status->states[i])
			add_amount(&line, state_name(i), status->states[i]);
	end_line(&line);
	print_counters(out, terminal, status, "evictions", COUNTER_KIND_EVICTION);
	print_counters(out, terminal, status, "refusals", COUNTER_KIND_REFUSAL);
	print_counters(out, terminal, status, "counters", COUNTER_KIND_OTHER);
	if (status->events_lost) {
		line = begin_line(out, terminal, "watching");
		add_amount(&line, "events lost", status->events_lost);
		end_line(&line);
	}
}
