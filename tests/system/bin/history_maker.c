// SPDX-License-Identifier: GPL-2.0-only
/*
 * history_maker DEST COUNT [RATE [KEEP_BYTES]]: export that many flows that never were (see made_flow.h) as
 * `synscope export` would, at most RATE per second, or (0) as fast as DEST takes them. Prints how many were written,
 * and fails unless that is all. While it runs, it prints the number of flows so far, about each 50 ms.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/destination.h"
#include "tests/unit/made_flow.h"

#define QUEUE 65536
#define STEP_US 1000
#define TELL_NS (50 * NS_PER_MS)

static __u64 waiting(struct destination *destination)
{
	struct destination_counts counts;

	destination_counts(destination, &counts);
	return counts.waiting;
}

static void put_all(struct destination *destination, __u32 count, __u64 rate)
{
	__u64 begun_ns = monotonic_ns(), told_ns = begun_ns, now;
	struct flow_clock clock = flow_clock_now();

	for (__u32 n = 1; n <= count; n++) {
		now = monotonic_ns();
		clock.now_ns++;
		if (n % 256 == 0)
			clock = flow_clock_now();
		made_flow_put(destination, n, &clock);
		if (now - told_ns >= TELL_NS) {
			printf("%u\n", n);
			fflush(stdout);
			told_ns = now;
		}
		while (n % 256 == 0 && waiting(destination) > QUEUE - 512)
			usleep(STEP_US);
		while (rate && (monotonic_ns() - begun_ns) * rate / NS_PER_S < n)
			usleep(STEP_US);
	}
}

int main(int argc, char **argv)
{
	const struct destination_options options = {
		.queue_records = QUEUE,
		.keep.bytes = argc == 5 ? strtoull(argv[4], NULL, 10) : 0,
	};
	struct destination destination;
	struct destination_counts counts;
	struct address address;
	__u64 count = argc >= 3 ? strtoull(argv[2], NULL, 10) : 0, rate = argc >= 4 ? strtoull(argv[3], NULL, 10) : 0;

	if (!count || address_parse(argv[1], &address)) {
		fprintf(stderr, "usage: history_maker DEST COUNT [RATE [KEEP_BYTES]]\n");
		return 2;
	}
	if (destination_open(&destination, &address, &options))
		return 1;
	put_all(&destination, (__u32)count, rate);
	while (waiting(&destination))
		usleep(STEP_US);
	destination_counts(&destination, &counts);
	destination_stop(&destination, monotonic_ns() + NS_PER_S);
	destination_close(&destination);
	printf("%llu flows in %llu transactions\n", counts.records, counts.messages);
	return counts.records == count ? 0 : 1;
}
