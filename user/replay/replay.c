// SPDX-License-Identifier: GPL-2.0-only
#include "replay/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "instance/not_followed.h"
#include "replay/order.h"

#define SWEEP_EVERY_NS NS_PER_S

struct replay {
	const struct replay_engine *engine;
	void *state; /* of the engine */
	struct replay_listener listener;
	struct synscope_config config;
	struct flow_reader table;
	__u64 now, swept_ns;
	__u64 frames, short_frames;
	bool sweeping; /* events are held back, to be sorted */
	struct flow_event *held;
	size_t held_count, held_room;
	int failed; /* to hold an event back: -ENOMEM (logged) */
};

static void on_event(const struct flow_event *event, void *context)
{
	struct replay *replay = context;
	struct flow_event *more;

	if (!replay->sweeping) {
		replay->listener.handler(event, replay->listener.context);
		return;
	}
	if (replay->failed)
		return;
	more = array_grow(replay->held, replay->held_count, &replay->held_room, sizeof(*more), "the events");
	if (!more) {
		replay->failed = -ENOMEM;
		return;
	}
	replay->held = more;
	more[replay->held_count++] = *event;
}

int replay_open(const struct replay_engine *engine, const struct attach_options *options,
		const struct replay_listener *listener, struct replay **replay)
{
	struct replay_events events = { .only = listener->only, .handler = on_event };
	int err;

	*replay = array_new(1, sizeof(**replay), "the replay");
	if (!*replay)
		return -ENOMEM;
	(*replay)->engine = engine;
	(*replay)->listener = *listener;
	events.context = *replay;
	err = attach_options_config(options, &(*replay)->config);
	(*replay)->config.manual_clock = 1;
	if (!err)
		err = engine->open(&(*replay)->state, &(*replay)->config, &events, &(*replay)->table);
	if (err) {
		replay_close(*replay);
		*replay = NULL;
	}
	return err;
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	flow_reader_close(&replay->table);
	replay->engine->close(replay->state);
	free(replay->held);
	free(replay);
}

/* Events of one flow stay in their order. */
static int compare_held(const void *a, const void *b)
{
	const struct flow_event *x = a, *y = b;
	int order = replay_order(&x->hot, &x->cold, &y->hot, &y->cold);

	return order ? order : !!(x->kinds & EVENT_RETIRED) - !!(y->kinds & EVENT_RETIRED);
}

/* Report timeouts that have passed as events: in an order that does not depend on where flows are in the table. */
static int sweep(struct replay *replay)
{
	int err = replay->engine->drain(replay->state);

	if (err)
		return err;
	replay->sweeping = true;
	err = replay->engine->sweep(replay->state);
	replay->sweeping = false;
	if (replay->held_count)
		qsort(replay->held, replay->held_count, sizeof(*replay->held), compare_held);
	for (size_t i = 0; i < replay->held_count; i++)
		replay->listener.handler(&replay->held[i], replay->listener.context);
	replay->held_count = 0;
	replay->swept_ns = replay->now;
	return err ? err : replay->failed;
}

/* Do what is due by the time of a frame, before the frame itself. */
static int set_clock(struct replay *replay, const struct capture_frame *frame)
{
	__u64 now = frame->time_ns;
	__u64 swept = replay->swept_ns;

	replay->now = now;
	replay->engine->set_clock(replay->state, now, !frame->untimed);
	if (!replay->listener.timeouts)
		return 0;
	if (!replay->frames) {
		replay->swept_ns = now;
		return 0;
	}
	return now >= swept + SWEEP_EVERY_NS ? sweep(replay) : 0;
}

int replay_frame(struct replay *replay, const struct capture_frame *frame)
{
	int err = set_clock(replay, frame);

	if (err)
		return err;
	replay->frames++;
	if (frame->captured >= REPLAY_FRAME_MIN)
		return replay->engine->run(replay->state, frame);
	replay->short_frames++;
	return 0;
}

int replay_finish(struct replay *replay)
{
	int err = replay->listener.timeouts && replay->frames ? sweep(replay) : 0;

	return err ? err : replay->engine->drain(replay->state);
}

__u64 replay_clock(const struct replay *replay)
{
	return replay->now;
}

const struct synscope_config *replay_config(const struct replay *replay)
{
	return &replay->config;
}

struct flow_reader *replay_table(struct replay *replay)
{
	return &replay->table;
}

const struct histogram_reader *replay_histograms(const struct replay *replay)
{
	return replay->engine->histograms(replay->state);
}

int replay_totals(const struct replay *replay, struct replay_totals *totals)
{
	int err = replay->engine->count(replay->state, totals->counters, &totals->events_lost);

	totals->frames = replay->frames;
	totals->counters[COUNTER_TRUNCATED] += replay->short_frames;
	return err;
}

void replay_totals_tell(const struct replay_totals *totals, const char *name, __u32 decap)
{
	const __u64 *counters = totals->counters;
	__u64 evicted = counters[COUNTER_EVICTED_HALF_OPEN] + counters[COUNTER_EVICTED_CLOSING] +
			counters[COUNTER_EVICTED_ESTABLISHED];
	__u64 refused = counters[COUNTER_REFUSED_FULL] + counters[COUNTER_REFUSED_BUSY];

	if (totals->events_lost)
		message_warning("%llu events were lost: flows are missing", totals->events_lost);
	if (evicted || refused)
		message_warning("the flow table was too small: %llu flows were evicted, %llu refused; "
				"'synscope replay --max-flows N' makes room for more",
				evicted, refused);
	not_followed_tell(name, counters, decap);
}
