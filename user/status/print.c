// SPDX-License-Identifier: GPL-2.0-only
#include "status/print.h"

#include <stdio.h>

#include "instance/counters.h"
#include "format/folded_line.h"
#include "base/terminal.h"
#include "base/buffer.h"
#include "format/table.h"

/* "egress tcx", and the program that runs before it. */
static void add_tc(struct folded_line *line, const char *direction, const char *mode, const struct program_ahead *ahead)
{
	char text[160];

	if (!mode)
		return;
	if (!ahead)
		snprintf(text, sizeof(text), "%s %s", direction, mode);
	else if (ahead->ends == CHAIN_ENDS)
		snprintf(text, sizeof(text), "%s %s, blind: '%s' (id %u) runs first and ends the chain", direction,
			 mode, ahead->name, ahead->id);
	else if (ahead->ends == CHAIN_GOES_ON)
		snprintf(text, sizeof(text), "%s %s, behind '%s' (id %u)", direction, mode, ahead->name, ahead->id);
	else
		snprintf(text, sizeof(text), "%s %s, blind if '%s' (id %u), which runs first, ends the chain",
			 direction, mode, ahead->name, ahead->id);
	folded_line_add(line, text);
}

static void print_interface(struct buffer *out, const struct terminal *terminal, const struct instance_status *status,
			    int i)
{
	const struct meta_interface *interface = &status->meta->interface[i];
	struct folded_line line = folded_line_begin(out, terminal, i ? "" : "interfaces");
	const char *netns = status->interface[i].netns;
	char text[INSTANCE_NAME_MAX + 32];

	folded_line_add(&line, status->interface[i].ifname);
	if (status->interface[i].deleted)
		folded_line_add(&line, "gone");
	if (status->interface[i].moved) {
		snprintf(text, sizeof(text), "now in %s%s", *netns ? "netns " : "another netns", netns);
		folded_line_add(&line, text);
	}
	if (xdp_name(interface->xdp)) {
		snprintf(text, sizeof(text), "XDP %s", xdp_name(interface->xdp));
		folded_line_add(&line, text);
	}
	add_tc(&line, "ingress", tc_name(interface->tc_ingress), instance_status_ahead(status, i, HOOK_TC_INGRESS));
	add_tc(&line, "egress", tc_name(interface->tc_egress), instance_status_ahead(status, i, HOOK_TC_EGRESS));
	folded_line_end(&line);
}

static void print_counters(struct buffer *out, const struct terminal *terminal, const struct instance_status *status,
			   const char *label, enum counter_kind kind)
{
	struct folded_line line = folded_line_begin(out, terminal, label);

	for (enum synscope_counter i = 0; i < COUNTER_COUNT; i++)
		if (counter_kind(i) == kind && status->counters[i])
			folded_line_add_amount(&line, counter_name(i), status->counters[i]);
	folded_line_end(&line);
}

static void print_size(struct buffer *out, const struct terminal *terminal, const struct instance_status *status)
{
	struct folded_line line = folded_line_begin(out, terminal, "table");
	char text[64];

	snprintf(text, sizeof(text), "%llu flows", status->used);
	folded_line_add(&line, text);
	if (status->half_open) {
		snprintf(text, sizeof(text), "%llu half-open (%llu%%)", status->half_open,
			 status->half_open * 100 / status->used);
		folded_line_add(&line, text);
	}
	snprintf(text, sizeof(text), "sized for %u (%llu slots)", status->meta->max_flows, status->slots);
	folded_line_add(&line, text);
	folded_line_end(&line);
	line = folded_line_begin(out, terminal, "memory");
	*put_size(text, status->meta->memory_bytes) = '\0';
	folded_line_add(&line, text);
	snprintf(text, sizeof(text), "%llu bytes", status->meta->memory_bytes);
	folded_line_add(&line, text);
	folded_line_end(&line);
}

static void add_rates(struct folded_line *line, const struct instance_status *status, const char *did,
		      enum counter_kind kind)
{
	char text[64];

	for (enum synscope_counter i = 0; i < COUNTER_COUNT; i++)
		if (counter_kind(i) == kind && status->rates[i]) {
			snprintf(text, sizeof(text), "%llu %s (%s)", status->rates[i], did, counter_name(i));
			folded_line_add(line, text);
		}
}

/* Rates that show a flood: many SYNs, few SYN/ACKs or few answers to them, and evictions. */
static void print_rates(struct buffer *out, const struct terminal *terminal, const struct instance_status *status)
{
	const struct {
		__u64 rate;
		const char *what;
	} shown[] = {
		{ status->rates[COUNTER_SYN], "SYN" },
		{ status->rates[COUNTER_SYNACK], "SYN/ACK" },
		{ counters_new_flows(status->rates), "new flows" },
	};
	struct folded_line line = folded_line_begin(out, terminal, "per second");
	char text[64];

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		snprintf(text, sizeof(text), "%llu %s", shown[i].rate, shown[i].what);
		folded_line_add(&line, text);
	}
	add_rates(&line, status, "evicted", COUNTER_KIND_EVICTION);
	add_rates(&line, status, "refused", COUNTER_KIND_REFUSAL);
	folded_line_end(&line);
}

/* Rule 31: are most SYNs and SYN/ACKs followed by a copy? */
static bool seen_twice(const struct instance_status *status)
{
	__u64 all = status->counters[COUNTER_SYN] + status->counters[COUNTER_SYNACK];

	return 3 * status->counters[COUNTER_DUPLICATE] > all;
}

static void print_advice(struct buffer *out, const struct terminal *terminal)
{
	static const char *const advice[] = { "most segments are seen twice", "attach with --direction ingress",
					      "or mirror one direction of each port" };
	struct folded_line line = folded_line_begin(out, terminal, "twice");

	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		folded_line_add(&line, advice[i]);
	folded_line_end(&line);
}

void instance_status_print(struct buffer *out, const struct terminal *terminal, const struct instance_status *status)
{
	struct folded_line line;

	buffer_broken(out, terminal->color, COLOR_BOLD, status->meta->name, (int)strlen(status->meta->name),
		      terminal->columns);
	if (*status->meta->netns) {
		line = folded_line_begin(out, terminal, "netns");
		folded_line_add(&line, status->meta->netns);
		folded_line_end(&line);
	}
	for (__u32 i = 0; i < status->meta->interfaces; i++)
		print_interface(out, terminal, status, (int)i);
	print_size(out, terminal, status);
	print_rates(out, terminal, status);
	line = folded_line_begin(out, terminal, "states");
	for (enum tcp_state i = 0; i < STATE_COUNT; i++)
		if (status->states[i])
			folded_line_add_amount(&line, state_name(i), status->states[i]);
	folded_line_end(&line);
	print_counters(out, terminal, status, "evictions", COUNTER_KIND_EVICTION);
	print_counters(out, terminal, status, "refusals", COUNTER_KIND_REFUSAL);
	print_counters(out, terminal, status, "unfollowed", COUNTER_KIND_NOT_FOLLOWED);
	print_counters(out, terminal, status, "counters", COUNTER_KIND_OTHER);
	if (seen_twice(status))
		print_advice(out, terminal);
	if (status->events_lost) {
		line = folded_line_begin(out, terminal, "watching");
		folded_line_add_amount(&line, "events lost", status->events_lost);
		folded_line_end(&line);
	}
}
