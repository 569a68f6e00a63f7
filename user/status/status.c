// SPDX-License-Identifier: GPL-2.0-only
#include "status/status.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "instance/counters.h"
#include "instance/events.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/clock.h"

#define INTERVAL_NS (NS_PER_S / 5) /* long enough for a rate, and short enough to wait for */

/* Returns 0 or a negative errno (logged). */
static int read_events_lost(__u64 *lost, const struct instance *instance)
{
	int err = instance_events_lost(instance, lost);

	if (err)
		message_error("cannot read how many events of '%s' were lost: %s", instance->meta.name,
			      reason_of(err).text);
	return err;
}

static int read_counters(__u64 *counters, const struct instance *instance)
{
	int err = instance_counters_read(instance, counters);

	if (err && !instance_is_there(instance))
		return -ENODEV;
	if (err)
		message_error("cannot read the counters of '%s': %s", instance->meta.name, reason_of(err).text);
	return err;
}

int instance_status_begin(struct instance_status *status, const struct instance *instance)
{
	*status = (struct instance_status){ .meta = &instance->meta, .begun_ns = flow_clock_now().now_ns };
	return read_counters(status->counters, instance);
}

/* `time_ns`: on the clock of the host. */
static void wait_until(__u64 time_ns)
{
	__u64 now = host_boot_ns(), left = time_ns > now ? time_ns - now : 0;
	struct timespec rest = { .tv_sec = (time_t)(left / NS_PER_S), .tv_nsec = (long)(left % NS_PER_S) };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
}

static int read_rates(struct instance_status *status, const struct instance *instance)
{
	__u64 before[COUNTER_COUNT];
	int err;

	memcpy(before, status->counters, sizeof(before));
	err = read_counters(status->counters, instance);
	status->interval_ns = flow_clock_now().now_ns - status->begun_ns;
	for (int i = 0; i < COUNTER_COUNT && status->interval_ns; i++)
		status->rates[i] = (status->counters[i] - before[i]) * NS_PER_S / status->interval_ns;
	return err;
}

bool flow_is_half_open(const struct flow_view *view)
{
	return !view->closed && (view->one_way || view->outcome == OUTCOME_OPENING);
}

void instance_status_count(struct instance_status *status, const struct flow_view *view)
{
	status->used++;
	if (view->closed)
		return;
	status->states[view->side[SIDE_CLIENT].state]++;
	status->half_open += flow_is_half_open(view);
}

int instance_status_read(struct instance_status *status, struct flow_source *source)
{
	struct flow_scan scan;
	struct flow_view view;
	int err = flow_scan_begin(&scan, source);

	if (err)
		return err;
	while (flow_scan_next(&scan, &view, NULL))
		instance_status_count(status, &view);
	flow_scan_end(&scan);
	wait_until(status->begun_ns + INTERVAL_NS);
	return instance_status_finish(status, source);
}

int instance_status_finish(struct instance_status *status, const struct flow_source *source)
{
	const struct instance *instance = source->instance;
	int err = read_rates(status, instance);

	status->slots = flow_reader_slots(&source->reader);
	if (err)
		return err;
	err = read_events_lost(&status->events_lost, instance);
	if (err)
		return err;
	status->interface = source->interface;
	status->ahead_count = instance_programs_ahead(instance, &status->ahead);
	return status->ahead_count < 0 ? status->ahead_count : 0;
}

void instance_status_end(struct instance_status *status)
{
	free(status->ahead);
}

const struct program_ahead *instance_status_ahead(const struct instance_status *status, int interface,
						  enum instance_hook hook)
{
	for (int i = 0; i < status->ahead_count; i++)
		if (status->ahead[i].interface == interface && status->ahead[i].hook == hook)
			return &status->ahead[i];
	return NULL;
}

const char *xdp_name(__u32 mode)
{
	return mode == XDP_MODE_NATIVE ? "native" : mode == XDP_MODE_GENERIC ? "generic" : NULL;
}

const char *tc_name(__u32 mode)
{
	return mode == TC_MODE_TCX ? "tcx" : mode == TC_MODE_CLSACT ? "clsact" : NULL;
}

/* The program that runs before the instance's, and whether it leaves any packets for that. */
static void ahead_fields(struct sink *sink, const char *name, size_t length, const struct program_ahead *ahead)
{
	const struct sink_ops *to = sink->ops;

	if (!ahead) {
		to->null(sink, name, length);
		return;
	}
	to->open(sink, name, length);
	to->number(sink, NAME("id"), ahead->id);
	sink_string(sink, NAME("name"), ahead->name);
	if (ahead->ends == CHAIN_UNKNOWN)
		to->null(sink, NAME("blind"));
	else
		to->boolean(sink, NAME("blind"), ahead->ends == CHAIN_ENDS);
	to->close(sink);
}

static void interface_list(struct sink *sink, const struct instance_status *status)
{
	const struct sink_ops *to = sink->ops;

	to->open_list(sink, NAME("interfaces"));
	for (__u32 i = 0; i < status->meta->interfaces; i++) {
		const struct meta_interface *interface = &status->meta->interface[i];

		to->open(sink, "", 0);
		sink_string(sink, NAME("ifname"), status->interface[i].ifname);
		to->number(sink, NAME("ifindex"), interface->ifindex);
		sink_string(sink, NAME("xdp"), xdp_name(interface->xdp));
		sink_string(sink, NAME("egress"), tc_name(interface->tc_egress));
		sink_string(sink, NAME("ingress"), tc_name(interface->tc_ingress));
		sink_string(sink, NAME("state"), interface_state_name(status->interface[i].deleted));
		sink_string(sink, NAME("netns"), *status->interface[i].netns ? status->interface[i].netns : NULL);
		ahead_fields(sink, NAME("egress_behind"), instance_status_ahead(status, (int)i, HOOK_TC_EGRESS));
		ahead_fields(sink, NAME("ingress_behind"), instance_status_ahead(status, (int)i, HOOK_TC_INGRESS));
		to->close(sink);
	}
	to->close_list(sink);
}

enum interface_column { IF_NAME, IF_INDEX, IF_XDP, IF_EGRESS, IF_INGRESS, IF_STATE, IF_NETNS };

static void put_interface_value(struct buffer *text, const struct instance_status *status, int i,
				enum interface_column column)
{
	const struct meta_interface *interface = &status->meta->interface[i];
	const char *value = NULL;

	if (column == IF_INDEX) {
		buffer_printf(text, "%u", interface->ifindex);
		return;
	}
	if (column == IF_NAME)
		value = status->interface[i].ifname;
	else if (column == IF_STATE)
		value = interface_state_name(status->interface[i].deleted);
	else if (column == IF_NETNS)
		value = *status->interface[i].netns ? status->interface[i].netns : NULL;
	else if (column == IF_XDP)
		value = xdp_name(interface->xdp);
	else
		value = tc_name(column == IF_EGRESS ? interface->tc_egress : interface->tc_ingress);
	buffer_text(text, value ? value : "-");
}

/* One value of all interfaces as one text, joined by spaces, because CSV has no lists. */
static void interface_column(struct sink *sink, const struct instance_status *status, const char *name, size_t length,
			     enum interface_column column)
{
	struct buffer text;

	if (buffer_init(&text, BUFFER_MEMORY)) {
		buffer_spoil(sink->out, -ENOMEM);
		return;
	}
	for (__u32 i = 0; status->meta && i < status->meta->interfaces; i++) {
		if (i)
			buffer_char(&text, ' ');
		put_interface_value(&text, status, (int)i, column);
	}
	sink->ops->text(sink, name, length, text.data, text.used);
	buffer_free(&text);
}

static void interface_columns(struct sink *sink, const struct instance_status *status)
{
	sink->ops->open(sink, NAME("interfaces"));
	interface_column(sink, status, NAME("ifname"), IF_NAME);
	interface_column(sink, status, NAME("ifindex"), IF_INDEX);
	interface_column(sink, status, NAME("xdp"), IF_XDP);
	interface_column(sink, status, NAME("egress"), IF_EGRESS);
	interface_column(sink, status, NAME("ingress"), IF_INGRESS);
	interface_column(sink, status, NAME("state"), IF_STATE);
	interface_column(sink, status, NAME("netns"), IF_NETNS);
	sink->ops->close(sink);
}

static void counter_fields(struct sink *sink, const __u64 *counters, const char *name, size_t length,
			   enum counter_kind kind)
{
	sink->ops->open(sink, name, length);
	for (enum synscope_counter i = 0; i < COUNTER_COUNT; i++)
		if (counter_kind(i) == kind)
			sink->ops->number(sink, counter_name(i), strlen(counter_name(i)), counters[i]);
	sink->ops->close(sink);
}

/* Segments and flows per second, rounded. */
static void rate_fields(struct sink *sink, const struct instance_status *status)
{
	const struct sink_ops *to = sink->ops;

	to->open(sink, NAME("rates"));
	to->number(sink, NAME("interval_ns"), status->interval_ns);
	to->number(sink, NAME("syn"), status->rates[COUNTER_SYN]);
	to->number(sink, NAME("synack"), status->rates[COUNTER_SYNACK]);
	to->number(sink, NAME("inserted"), counters_new_flows(status->rates));
	counter_fields(sink, status->rates, NAME("evictions"), COUNTER_KIND_EVICTION);
	counter_fields(sink, status->rates, NAME("refusals"), COUNTER_KIND_REFUSAL);
	to->close(sink);
}

void instance_status_fields(struct sink *sink, const struct instance_status *status)
{
	const struct sink_ops *to = sink->ops;
	const struct instance_meta *meta = status->meta;

	to->open(sink, "", 0);
	sink_string(sink, NAME("name"), meta->name);
	sink_string(sink, NAME("netns"), *meta->netns ? meta->netns : NULL);
	if (to->nests)
		interface_list(sink, status);
	else
		interface_columns(sink, status);
	to->number(sink, NAME("max_flows"), meta->max_flows);
	to->number(sink, NAME("slots"), status->slots);
	to->number(sink, NAME("used"), status->used);
	to->number(sink, NAME("memory_bytes"), meta->memory_bytes);
	to->open(sink, NAME("states"));
	for (enum tcp_state i = 0; i < STATE_COUNT; i++)
		to->number(sink, state_name(i), strlen(state_name(i)), status->states[i]);
	to->close(sink);
	counter_fields(sink, status->counters, NAME("evictions"), COUNTER_KIND_EVICTION);
	counter_fields(sink, status->counters, NAME("refusals"), COUNTER_KIND_REFUSAL);
	counter_fields(sink, status->counters, NAME("not_followed"), COUNTER_KIND_NOT_FOLLOWED);
	counter_fields(sink, status->counters, NAME("counters"), COUNTER_KIND_OTHER);
	to->number(sink, NAME("events_lost"), status->events_lost);
	to->number(sink, NAME("half_open"), status->half_open);
	rate_fields(sink, status);
	to->close(sink);
}
