// SPDX-License-Identifier: GPL-2.0-only
#include "replay/in_kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "synscope/sweep.h"

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "instance/counters.h"
#include "kernel/platform.h"
#include "kernel/programs.h"

#define EVENTS_PER_FRAME 4 /* two changes, such as the end of one flow and the beginning of another, and round trips */
#define EVENTS_PER_SLOT 2
#define FRAMES_PER_DRAIN 1024
#define SWEEP_SLOTS 2048 /* at once */

/* The ring cannot overflow, even if every frame and every swept slot reports the most it can. */
_Static_assert(FRAMES_PER_DRAIN *EVENTS_PER_FRAME *(sizeof(struct flow_event) + 8) < EVENT_RING_BYTES, "frames");
_Static_assert(SWEEP_SLOTS *EVENTS_PER_SLOT *(sizeof(struct flow_event) + 8) < EVENT_RING_BYTES, "slots");

struct in_kernel {
	struct programs *programs;
	int ether_fd, raw_fd, sweep_fd;
	__u64 *clock_ns; /* of the programs */
	__u32 *wire_length, *untimed; /* likewise */
	__u64 slots;
	struct event_reader events;
	struct histogram_reader histograms;
	__u64 frames;
	__u32 undrained; /* frames since the last drain */
};

static int open_maps(struct in_kernel *kernel, const struct synscope_config *config, const struct replay_events *events,
		     struct flow_reader *table)
{
	const struct programs *programs = kernel->programs;
	const struct flow_arrays arrays = {
		.hot_fd = programs_map_fd(programs, "hot"),
		.cold_fd = programs_map_fd(programs, "cold"),
		.tunnels_fd = programs_map_fd(programs, "tunnels"),
		.round_trips_fd = config->rtt ? programs_map_fd(programs, "round_trips") : -1,
	};
	int err = flow_reader_open(table, &arrays, config->buckets);

	if (!err)
		err = histogram_reader_open(&kernel->histograms, programs_map_fd(programs, "latencies"),
					    programs_map_fd(programs, "server_ports"),
					    config->rtt ? programs_map_fd(programs, "round_trip_histograms") : -1);
	if (!err)
		err = event_reader_open_private(&kernel->events, programs_map_fd(programs, "reader_rings"),
						programs_map_fd(programs, "reader_slots"), events->only,
						events->handler, events->context);
	if (err)
		message_error("cannot read the flow table: %s", reason_of(err).text);
	kernel->slots = flow_reader_slots(table);
	return err;
}

static int in_kernel_open(void **state, const struct synscope_config *config, const struct replay_events *events,
			  struct flow_reader *table)
{
	unsigned int wanted = 1U << PROGRAM_XDP_ETHER | 1U << PROGRAM_XDP_RAW | 1U << PROGRAM_SWEEP;
	struct in_kernel *kernel;
	int err = platform_check_replay();

	if (err)
		return err;
	kernel = *state = array_new(1, sizeof(*kernel), "the replay");
	if (!kernel)
		return -ENOMEM;
	err = programs_load(config, wanted, NULL, &kernel->programs);
	if (err)
		return err;
	kernel->ether_fd = programs_fd(kernel->programs, PROGRAM_XDP_ETHER);
	kernel->raw_fd = programs_fd(kernel->programs, PROGRAM_XDP_RAW);
	kernel->sweep_fd = programs_fd(kernel->programs, PROGRAM_SWEEP);
	kernel->clock_ns = programs_clock(kernel->programs);
	kernel->wire_length = programs_wire_length(kernel->programs);
	kernel->untimed = programs_untimed(kernel->programs);
	return open_maps(kernel, config, events, table);
}

static void in_kernel_close(void *state)
{
	struct in_kernel *kernel = state;

	if (!kernel)
		return;
	if (kernel->programs)
		event_reader_close(&kernel->events, programs_map_fd(kernel->programs, "reader_rings"));
	histogram_reader_close(&kernel->histograms);
	programs_close(kernel->programs);
	free(kernel);
}

static void in_kernel_set_clock(void *state, __u64 now, bool is_believed)
{
	const struct in_kernel *kernel = state;

	*(volatile __u64 *)kernel->clock_ns = now;
	*(volatile __u32 *)kernel->untimed = !is_believed;
}

static int in_kernel_drain(void *state)
{
	struct in_kernel *kernel = state;
	int got = event_reader_consume(&kernel->events, EVENT_RING_BYTES);

	kernel->undrained = 0;
	if (got < 0)
		message_error("cannot read the events: %s", reason_of(got).text);
	return got < 0 ? got : 0;
}

static int in_kernel_run(void *state, const struct capture_frame *frame)
{
	struct in_kernel *kernel = state;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame->data, .data_size_in = frame->captured);

	kernel->frames++;
	*(volatile __u32 *)kernel->wire_length = frame->length;
	if (bpf_prog_test_run_opts(frame->no_link_header ? kernel->raw_fd : kernel->ether_fd, &options)) {
		int err = -errno;

		message_error("the kernel does not take packet %llu of %u bytes: %s", kernel->frames, frame->captured,
			      reason_of(err).text);
		return err;
	}
	return ++kernel->undrained < FRAMES_PER_DRAIN ? 0 : in_kernel_drain(kernel);
}

static int in_kernel_sweep(void *state)
{
	struct in_kernel *kernel = state;
	struct sweep_request request = { .slots = SWEEP_SLOTS };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &request, .ctx_size_in = sizeof(request));
	int err = 0;

	for (; !err && request.first < kernel->slots; request.first += SWEEP_SLOTS) {
		if (bpf_prog_test_run_opts(kernel->sweep_fd, &options)) {
			err = -errno;
			message_error("cannot look for timeouts: %s", reason_of(err).text);
			return err;
		}
		err = in_kernel_drain(kernel);
	}
	return err;
}

static int in_kernel_count(void *state, __u64 *counters, __u64 *events_lost)
{
	const struct in_kernel *kernel = state;
	int err = counters_read(programs_map_fd(kernel->programs, "counters"), counters);

	if (err)
		message_error("cannot read the counters: %s", reason_of(err).text);
	*events_lost = event_reader_lost(&kernel->events);
	return err;
}

static const struct histogram_reader *in_kernel_histograms(const void *state)
{
	const struct in_kernel *kernel = state;

	return &kernel->histograms;
}

const struct replay_engine in_kernel_engine = {
	.open = in_kernel_open,
	.close = in_kernel_close,
	.set_clock = in_kernel_set_clock,
	.run = in_kernel_run,
	.sweep = in_kernel_sweep,
	.drain = in_kernel_drain,
	.count = in_kernel_count,
	.histograms = in_kernel_histograms,
};
