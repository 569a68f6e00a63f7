// SPDX-License-Identifier: GPL-2.0-only
/*
 * How evenly the buckets fill with keys chosen by an attacker who does not know the seed. This is counted, not timed.
 */
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* clang's pragma, in the header */
#include <linux/bpf.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "groups.h"
#include "bpf/packet/key.h"
#include "base/message.h"

#define FLOWS_LOG2 20
#define FLOWS_PER_BUCKET 4 /* as at the rated load */
#define RANDOM_KEYS 0

static const char *const kinds[] = { "random",	     "neighbours", "equal_low_bits",
				     "client_ports", "both_ports", "constant_sum" };

#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct crowd {
	__u32 flows;
	int kind;
};

static struct segment segment_of(__u32 from, __u32 from_port, __u32 to, __u32 to_port)
{
	struct segment seg = { .port = { htons(from_port), htons(to_port) } };

	seg.addr[0][0] = htonl(from);
	seg.addr[1][0] = htonl(to);
	return seg;
}

/*
 * The i-th of the keys that an attacker can choose: consecutive values, or values that sums and low bits do not
 * distinguish.
 */
static struct segment chosen(int kind, __u32 i)
{
	const __u32 server = 0xc0a80001;

	switch (kind) {
	case 1:
		return segment_of(0x0a000000 + i, 40000, server, 80);
	case 2:
		return segment_of((i << 12) | 1, 40000, server + (i >> 20), 80);
	case 3:
		return segment_of(0x0a000001 + (i >> 16), i & 0xffff, server, 80);
	case 4:
		return segment_of(0x0a000001, i & 0xfff, server, i >> 12);
	case 5:
		return segment_of(0x0a000000 + i, 40000, server - i, 80);
	default:
		return segment_of(random(), random(), server, 80);
	}
}

/* Counts the flows whose first bucket is the fullest one, under a new seed. */
static int measure_fullest(void *context, double *value)
{
	const struct crowd *crowd = context;
	struct synscope_config config = { .buckets = crowd->flows / FLOWS_PER_BUCKET };
	__u32 *flows = calloc(config.buckets, sizeof(*flows)), fullest = 0;

	if (!flows || getrandom(config.hash_key, sizeof(config.hash_key), 0) != sizeof(config.hash_key)) {
		message_error("no memory, or no random numbers");
		free(flows);
		return -ENOMEM;
	}
	for (__u32 i = 0; i < crowd->flows; i++) {
		struct segment seg = chosen(crowd->kind, i);

		set_key(&seg, &config);
		if (++flows[seg.bucket[0]] > fullest)
			fullest = flows[seg.bucket[0]];
	}
	free(flows);
	*value = fullest;
	return 0;
}

int group_occupancy(struct bench *bench)
{
	struct contestant contestants[KINDS];
	struct crowd crowds[KINDS];
	char name[64];
	int err;

	for (size_t i = 0; i < KINDS; i++) {
		crowds[i] =
			(struct crowd){ .flows = 1U << (bench->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2), .kind = (int)i };
		contestants[i] = (struct contestant){ .measure = measure_fullest, .context = &crowds[i] };
	}
	err = run_rounds(contestants, KINDS, bench->rounds);
	for (size_t i = 0; !err && i < KINDS; i++) {
		if (i == RANDOM_KEYS)
			continue;
		snprintf(name, sizeof(name), "fullest_bucket_%s_vs_random", kinds[i]);
		report_figure(bench->report, name, "flows", &contestants[i].series, &contestants[RANDOM_KEYS].series);
	}
	return err;
}
