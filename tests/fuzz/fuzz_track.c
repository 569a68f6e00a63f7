// SPDX-License-Identifier: GPL-2.0-only
/*
 * The libFuzzer target for the programs: runs them on a sequence of frames (input.h), each in memory of its exact size.
 * After each frame, the invariants must hold.
 */
#include <stdint.h>

#include "input.h"
#include "invariants.h"
#include "mutate.h"

#define CLOCK_START 1000000000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

static void play(struct host *host, struct watch *watch, const uint8_t *data, size_t size)
{
	struct input_step step;
	size_t at = 1;

	while (input_next(data, size, &at, &step)) {
		host->clock_ns = input_clock(host->clock_ns, step.delta_ns);
		if (step.sweep) {
			host_sweep(host);
			watch_sweep(watch);
		} else {
			watch_frame(watch, &step.frame, host_run(host, &step.frame));
		}
	}
}

/* An empty host for a sequence's options. One is kept for each: to make one takes longer than most sequences. */
static struct host *host_for(uint8_t options)
{
	static struct host *hosts[UINT8_MAX + 1];
	struct host **host = &hosts[options & INPUT_CONFIG_MASK];

	if (!*host) {
		const struct synscope_config config = input_config(options);

		*host = host_open(&config);
	}
	host_reset(*host);
	(*host)->clock_ns = CLOCK_START;
	return *host;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host *host;
	struct watch *watch;

	if (size < 2)
		return 0;
	host = host_for(data[0]);
	host->readers[0].heartbeat_ns = data[0] & INPUT_LISTENING ? EVENT_FOREVER : 0;
	watch = watch_open(host);
	if (data[0] & INPUT_RINGS_FULL)
		host->on_event = NULL;
	play(host, watch, data, size);
	watch_close(watch);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed)
{
	if (size < 2 || seed % 4 == 0)
		return LLVMFuzzerMutate(data, size, room);
	return mutate(data, size, room, seed / 4);
}
