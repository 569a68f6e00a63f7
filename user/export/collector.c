// SPDX-License-Identifier: GPL-2.0-only
#include "export/collector.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "format/event.h"
#include "instance/sweep.h"

#define EVENTS_AT_ONCE 4096 /* maximum from one instance before the next one has its turn */
#define FLOWS_AT_ONCE 4096 /* that are looked at before it is the turn of events, whose buffer is small */
#define DETACHED_EVERY_NS (250 * NS_PER_MS)
#define LOST_EVERY_NS (60 * NS_PER_S)
#define SETTLE_NS NS_PER_S /* after its end, segments that were on their way still belong to a flow */

/* Which records a look at the table makes. */
enum look {
	LOOK_FIRST, /* none: what has ended before is not told */
	LOOK_ONCE_A_SECOND,
	LOOK_LAST, /* of all that has ended */
	LOOK_DETACHED, /* of all flows: nobody will see them again */
};

/* ---- records */

static void tell(struct collected *collected, struct told_flow *flow, __u64 identity, struct export_record *record,
		 const struct record_origin *origin)
{
	struct flow_labels labels = flow_source_labels(collected->source, &record->view);

	if (!filter_match(collected->collector->filter, &record->view, &labels))
		return;
	told_take(flow, identity, record, origin->now_ns);
	export_record_label(record, &labels);
	record->origin = origin;
	destinations_put(collected->collector->destinations, record);
	record->origin = NULL;
}

static bool was_ended(const struct told_flow *flow)
{
	return flow->identity && flow->ended;
}

/* A record is about to be overwritten: the last that is heard of the flow. */
static void on_event(const struct flow_event *event, void *context)
{
	struct collected *collected = context;
	__u64 identity = told_identity(&event->hot, &event->cold, event->is);
	struct told_flow *flow = told_of(&collected->told, event->slot, identity);
	const __u64 *timeout_ns = collected->source->instance->meta.config.timeout_ns;
	const struct record_origin origin = {
		.hot = &event->hot,
		.cold = &event->cold,
		.round_trips = &event->round_trips,
		.timeout_ns = timeout_ns,
		.now_ns = event->time_ns,
		.retired = event->reason,
	};
	struct export_record record;

	if (!(event->kinds & EVENT_RETIRED) || !flow)
		return;
	record.reason = event->reason == RETIRE_FLUSHED ? RECORD_FLUSHED : RECORD_ENDED;
	event_view(&record.view, event, timeout_ns);
	if (!was_ended(flow) || told_has_more(flow, &record.view))
		tell(collected, flow, identity, &record, &origin);
	*flow = (struct told_flow){ 0 };
}

/* What had ended before the export began counts as told. */
static void pass_over(struct told_flow *flow, __u64 identity, struct export_record *record, __u64 now_ns)
{
	record->reason = RECORD_ENDED;
	told_take(flow, identity, record, now_ns);
}

/*
 * Read the flow in a slot again, with its ladder, which a scan leaves out, and decode it. False: another flow has the
 * slot now, and an event has the last record of this one.
 */
static bool read_whole(const struct collected *collected, const struct flow_record *seen, __u64 identity,
		       struct flow_record *whole, struct flow_view *view)
{
	const struct flow_source *source = collected->source;

	if (!flow_reader_read_slot(&source->reader, seen->slot, whole) ||
	    told_identity(&whole->hot, &whole->cold, whole->cold.announced) != identity)
		return false;
	flow_view_decode(view, whole, source->instance->meta.config.timeout_ns, source->clock.now_ns);
	return true;
}

/* Tell a flow that lies in the table. */
static void tell_seen(struct collected *collected, struct told_flow *flow, __u64 identity,
		      const struct flow_record *seen, struct export_record *record)
{
	struct flow_record whole;
	const struct record_origin origin = {
		.hot = &whole.hot,
		.cold = &whole.cold,
		.round_trips = &whole.round_trips,
		.timeout_ns = collected->source->instance->meta.config.timeout_ns,
		.now_ns = collected->source->clock.now_ns,
		.retired = RETIRE_NOT,
	};

	if (read_whole(collected, seen, identity, &whole, &record->view))
		tell(collected, flow, identity, record, &origin);
}

/*
 * Another flow that was told had the slot. Its last record may wait among the events, which must be compared with what
 * was told before that is forgotten. Returns 0 or a negative errno (logged).
 */
static int take_end_of_earlier(struct collected *collected, __u32 slot, __u64 identity)
{
	int got = EVENTS_AT_ONCE;

	while (got == EVENTS_AT_ONCE && told_of_another(&collected->told, slot, identity))
		got = source_events_consume(&collected->events, EVENTS_AT_ONCE);
	return got < 0 ? got : 0;
}

/* Returns 0 or a negative errno (logged). */
static int look_at(struct collected *collected, const struct flow_record *slot, struct export_record *record,
		   enum look look)
{
	__u64 identity = told_identity(&slot->hot, &slot->cold, slot->cold.announced);
	int err = take_end_of_earlier(collected, slot->slot, identity);
	struct told_flow *flow = told_of(&collected->told, slot->slot, identity);
	__u64 now_ns = collected->source->clock.now_ns;
	const struct flow_view *view = &record->view;

	if (!flow || err)
		return err;
	if (view->closed && look == LOOK_FIRST) {
		pass_over(flow, identity, record, now_ns);
	} else if (view->closed) {
		record->reason = RECORD_ENDED;
		if (!was_ended(flow) && (look != LOOK_ONCE_A_SECOND || view->idle_ns >= SETTLE_NS))
			tell_seen(collected, flow, identity, slot, record);
	} else if (look == LOOK_DETACHED) {
		record->reason = RECORD_DETACHED;
		tell_seen(collected, flow, identity, slot, record);
	} else if (look == LOOK_ONCE_A_SECOND) {
		flow->ended = false;
		record->reason = RECORD_ACTIVE;
		if (told_is_due(&collected->told, flow, view, now_ns))
			tell_seen(collected, flow, identity, slot, record);
	}
	return 0;
}

/* Returns 0 or a negative errno (logged). */
static int look_at_all(struct collected *collected, enum look look)
{
	const struct flow_record *slot;
	struct export_record record;
	struct flow_scan scan;
	int looked_at = 0, err = flow_scan_begin(&scan, collected->source);

	while (!err && flow_scan_next(&scan, &record.view, &slot)) {
		err = look_at(collected, slot, &record, look);
		if (err || ++looked_at % FLOWS_AT_ONCE || look == LOOK_FIRST || look == LOOK_DETACHED)
			continue;
		err = source_events_consume(&collected->events, EVENTS_AT_ONCE);
		err = err > 0 ? 0 : err;
	}
	flow_scan_end(&scan);
	return err;
}

/* ---- one instance */

static int collected_open(struct collected *collected, int instances)
{
	int err;

	collected->events = (struct source_events){
		.source = collected->source,
		.instances = instances,
		.only = EVENT_RETIRED,
		.handler = on_event,
		.context = collected,
	};
	err = told_open(&collected->told, flow_reader_slots(&collected->source->reader), host_boot_ns(),
			collected->collector->active_ns);
	sweep_instance(collected->source->instance); /* what has long ended is not reported */
	if (!err)
		err = source_events_open(&collected->events);
	if (!err)
		err = look_at_all(collected, LOOK_FIRST);
	if (!err)
		message_info("exporting the flows of '%s'", collected->source->instance->meta.name);
	return err;
}

static void collected_close(struct collected *collected)
{
	collected->lost += source_events_lost(&collected->events);
	source_events_close(&collected->events);
	told_close(&collected->told);
	collected->detached = true;
}

static int once_a_second(struct collected *collected)
{
	collected->lost += source_events_lost(&collected->events);
	flow_source_refresh(collected->source);
	flow_source_warn_deleted(collected->source);
	sweep_instance(collected->source->instance);
	return look_at_all(collected, LOOK_ONCE_A_SECOND);
}

static void end_detached(struct collected *collected)
{
	source_events_consume(&collected->events, EVENTS_AT_ONCE);
	collected->source->clock = flow_clock_now();
	look_at_all(collected, LOOK_DETACHED);
	collected_close(collected);
	flow_source_close_detached(collected->source);
	message_info("'%s' was detached", collected->source->instance->meta.name);
}

static void tell_losses(struct collected *collected)
{
	if (collected->lost)
		message_warning("the ends of up to %llu flows of '%s' were not exported: they come faster than they "
				"are taken",
				collected->lost, collected->source->instance->meta.name);
	collected->lost = 0;
}

/* ---- all of them */

int collector_open(struct collector *collector, struct flow_sources *sources, const struct filter *filter,
		   struct destinations *destinations, __u64 active_ns)
{
	int err = 0, left = 0;

	*collector = (struct collector){
		.filter = filter, .destinations = destinations, .active_ns = active_ns, .lost_ns = monotonic_ns()
	};
	collector->one = array_new(sources->count, sizeof(*collector->one), "the instances");
	if (!collector->one)
		return -ENOMEM;
	for (int i = 0; i < sources->count; i++) {
		struct collected *collected = &collector->one[collector->count++];
		int this_err;

		collected->collector = collector;
		collected->source = &sources->source[i];
		this_err = collected_open(collected, sources->count);
		if (this_err)
			collected_close(collected);
		sources->refused |= this_err;
		left += !this_err;
		err = err ? err : this_err;
	}
	if (left)
		return 0;
	free(collector->one);
	return err;
}

/* Ends what was detached. Returns how many instances are left. */
static int end_all_detached(struct collector *collector)
{
	int left = 0;

	for (int i = 0; i < collector->count; i++) {
		struct collected *collected = &collector->one[i];

		if (collected->detached)
			continue;
		if (instance_is_there(collected->source->instance))
			left++;
		else
			end_detached(collected);
	}
	return left;
}

static int every_second(struct collector *collector, __u64 now)
{
	bool losses = now - collector->lost_ns >= LOST_EVERY_NS;
	int err = 0;

	for (int i = 0; i < collector->count && !err; i++) {
		if (!collector->one[i].detached)
			err = once_a_second(&collector->one[i]);
		if (losses)
			tell_losses(&collector->one[i]);
	}
	if (losses)
		collector->lost_ns = now;
	destinations_tell(collector->destinations);
	return err;
}

static int consume_all(struct collector *collector)
{
	int sum = 0;

	for (int i = 0; i < collector->count; i++) {
		struct collected *collected = &collector->one[i];
		int got = collected->detached ? 0 : source_events_consume(&collected->events, EVENTS_AT_ONCE);

		if (got < 0)
			return got;
		sum += got;
	}
	return sum;
}

int collector_step(struct collector *collector)
{
	__u64 now = monotonic_ns();
	int err = 0;

	if (now >= collector->detached_ns) {
		collector->detached_ns = now + DETACHED_EVERY_NS;
		if (!end_all_detached(collector))
			return -ENODEV;
	}
	if (now >= collector->second_ns) {
		collector->second_ns = now + NS_PER_S;
		err = every_second(collector, now);
	}
	return err ? err : consume_all(collector);
}

int collector_poll(const struct collector *collector, struct pollfd *fds)
{
	__u64 now = monotonic_ns(), due = collector->detached_ns;

	for (int i = 0; i < collector->count; i++) {
		const struct collected *collected = &collector->one[i];

		fds[i] = (struct pollfd){
			.fd = collected->detached ? -1 : event_reader_fd(&collected->events.reader),
			.events = POLLIN,
		};
	}
	return now < due ? (int)((due - now) / NS_PER_MS) + 1 : 0;
}

void collector_close(struct collector *collector)
{
	for (int i = 0; i < collector->count; i++) {
		struct collected *collected = &collector->one[i];

		if (!collected->detached) {
			collected->source->clock = flow_clock_now();
			if (source_events_consume(&collected->events, EVENTS_AT_ONCE) >= 0 &&
			    !look_at_all(collected, LOOK_LAST))
				source_events_consume(&collected->events, EVENTS_AT_ONCE);
			collected_close(collected);
		}
		tell_losses(collected);
	}
	free(collector->one);
	collector->count = 0;
}
