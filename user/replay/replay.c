// SPDX-License-Identifier: GPL-2.0-only
#include "replay/replay.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "synscope/sweep.h"

#include "base/array.h"
#include "instance/counters.h"
#include "base/message.h"
#include "kernel/platform.h"
#include "kernel/programs.h"
#include "base/reason.h"
#include "base/clock.h"

#define FRAME_MIN ETH_HLEN /* minimum of BPF_PROG_TEST_RUN; shorter frames cannot contain TCP */
#define EVENTS_PER_FRAME 2 /* the end of one flow and the beginning of another */
#define FRAMES_PER_DRAIN 2048
#define SWEEP_EVERY_NS NS_PER_S
#define SWEEP_SLOTS 2048 /* at once */

/* The ring cannot overflow, even if every frame and every swept slot reports the most it can. */
_Static_assert(FRAMES_PER_DRAIN *EVENTS_PER_FRAME *(sizeof(struct flow_event) + 8) < EVENT_RING_BYTES, "frames");
_Static_assert(SWEEP_SLOTS *EVENTS_PER_FRAME *(sizeof(struct flow_event) + 8) < EVENT_RING_BYTES, "slots");

struct replay {
	struct replay_listener listener;
	struct synscope_config config;
	struct programs *programs;
	int ether_fd, raw_fd, sweep_fd;
	__u64 *clock_ns; /* of the programs */
	__u64 swept_ns;
	struct flow_reader table;
	struct event_reader events;
	__u64 frames, short_frames;
	__u32 undrained; /* frames since the last drain */
};

static int fill_config(struct synscope_config *config, const struct attach_options *options)
{
	__u64 slots = 2 * (__u64)options->max_flows;

	*config = (struct synscope_config){
		.buckets = (slots + FLOW_SLOTS_PER_BUCKET - 1) / FLOW_SLOTS_PER_BUCKET,
		.manual_clock = 1,
		.key_vlan = options->key_vlan,
	};
	memcpy(config->timeout_ns, options->timeout_ns, sizeof(config->timeout_ns));
	if (getrandom(config->hash_key, sizeof(config->hash_key), 0) == sizeof(config->hash_key))
		return 0;
	message_error("the kernel has no random numbers for the hash key: %s", reason_of(-errno).text);
	return -EIO;
}

static int load(struct replay *replay)
{
	unsigned int wanted = 1U << PROGRAM_XDP_ETHER | 1U << PROGRAM_XDP_RAW | 1U << PROGRAM_SWEEP;
	int err = programs_load(&replay->config, wanted, NULL, &replay->programs);

	if (err)
		return err;
	replay->ether_fd = programs_fd(replay->programs, PROGRAM_XDP_ETHER);
	replay->raw_fd = programs_fd(replay->programs, PROGRAM_XDP_RAW);
	replay->sweep_fd = programs_fd(replay->programs, PROGRAM_SWEEP);
	replay->clock_ns = programs_clock(replay->programs);
	err = flow_reader_open(&replay->table, programs_map_fd(replay->programs, "hot"),
			       programs_map_fd(replay->programs, "cold"), replay->config.buckets);
	if (!err)
		err = event_reader_open_private(&replay->events, programs_map_fd(replay->programs, "reader_rings"),
						programs_map_fd(replay->programs, "reader_slots"),
						replay->listener.handler, replay->listener.context);
	if (err)
		message_error("cannot read the flow table: %s", reason_of(err).text);
	return err;
}

static int open_into(struct replay *replay, const struct attach_options *options)
{
	int err = fill_config(&replay->config, options);

	return err ? err : load(replay);
}

int replay_open(const struct attach_options *options, const struct replay_listener *listener, struct replay **replay)
{
	int err = platform_check_replay();

	*replay = NULL;
	if (err)
		return err;
	*replay = array_new(1, sizeof(**replay), "the replay");
	if (!*replay)
		return -ENOMEM;
	(*replay)->listener = *listener;
	err = open_into(*replay, options);
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
	if (replay->programs)
		event_reader_close(&replay->events, programs_map_fd(replay->programs, "reader_rings"));
	flow_reader_close(&replay->table);
	programs_close(replay->programs);
	free(replay);
}

static int drain(struct replay *replay)
{
	int got = event_reader_consume(&replay->events, EVENT_RING_BYTES);

	replay->undrained = 0;
	if (got < 0)
		message_error("cannot read the events: %s", reason_of(got).text);
	return got < 0 ? got : 0;
}

/* Report timeouts that have passed as events. */
static int sweep(struct replay *replay)
{
	struct sweep_request request = { .slots = SWEEP_SLOTS };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &request, .ctx_size_in = sizeof(request));
	int err = drain(replay);

	for (; !err && request.first < flow_reader_slots(&replay->table); request.first += SWEEP_SLOTS) {
		if (bpf_prog_test_run_opts(replay->sweep_fd, &options)) {
			err = -errno;
			message_error("cannot look for timeouts: %s", reason_of(err).text);
			return err;
		}
		err = drain(replay);
	}
	replay->swept_ns = *replay->clock_ns;
	return err;
}

/* Do what is due by the time of a frame, before the frame itself. */
static int set_clock(struct replay *replay, __u64 now)
{
	__u64 swept = replay->swept_ns;

	*(volatile __u64 *)replay->clock_ns = now;
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
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame->data, .data_size_in = frame->length);
	int err = set_clock(replay, frame->time_ns);

	if (err)
		return err;
	replay->frames++;
	if (frame->length < FRAME_MIN) {
		replay->short_frames++;
		return 0;
	}
	if (bpf_prog_test_run_opts(frame->no_link_header ? replay->raw_fd : replay->ether_fd, &options)) {
		err = -errno;
		message_error("the kernel does not take packet %llu of %u bytes: %s", replay->frames, frame->length,
			      reason_of(err).text);
		return err;
	}
	return ++replay->undrained < FRAMES_PER_DRAIN ? 0 : drain(replay);
}

int replay_finish(struct replay *replay)
{
	int err = replay->listener.timeouts && replay->frames ? sweep(replay) : 0;

	return err ? err : drain(replay);
}

__u64 replay_clock(const struct replay *replay)
{
	return *replay->clock_ns;
}

const struct synscope_config *replay_config(const struct replay *replay)
{
	return &replay->config;
}

struct flow_reader *replay_table(struct replay *replay)
{
	return &replay->table;
}

int replay_totals(const struct replay *replay, struct replay_totals *totals)
{
	int err = counters_read(programs_map_fd(replay->programs, "counters"), totals->counters);

	if (err)
		message_error("cannot read the counters: %s", reason_of(err).text);
	totals->frames = replay->frames;
	totals->counters[COUNTER_TRUNCATED] += replay->short_frames;
	totals->events_lost = event_reader_lost(&replay->events);
	return err;
}
