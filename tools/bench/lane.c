// SPDX-License-Identifier: GPL-2.0-only
#include "lane.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "base/message.h"
#include "sandbox.h"
#include "test_run.h"

#define FEW_PACKETS 16384 /* see test_run() */

int lane_open_program(struct lane *lane, int xdp_fd, const struct traffic_config *traffic)
{
	__u32 only = 0;
	int err;

	*lane = (struct lane){ .hold = -1, .subject.xdp_fd = xdp_fd };
	lane->traffic = traffic_bpf__open();
	err = lane->traffic ? 0 : -errno;
	if (!err) {
		memcpy((void *)&lane->traffic->rodata->traffic, traffic, sizeof(*traffic));
		err = traffic_bpf__load(lane->traffic);
	}
	if (!err && bpf_map_update_elem(bpf_map__fd(lane->traffic->maps.under_test), &only, &xdp_fd, BPF_ANY))
		err = -errno;
	if (err) {
		message_error("cannot load the generator of packets: %s", strerror(-err));
		lane_close(lane);
	}
	return err;
}

int lane_open(struct lane *lane, enum subject_kind kind, const struct subject_options *options,
	      const struct traffic_config *traffic)
{
	struct subject subject;
	int err = subject_open(&subject, kind, options);

	if (err)
		return err;
	err = lane_open_program(lane, subject.xdp_fd, traffic);
	if (err)
		subject_close(&subject);
	else
		lane->subject = subject;
	return err;
}

void lane_close(struct lane *lane)
{
	lane_release(lane);
	traffic_bpf__destroy(lane->traffic);
	lane->traffic = NULL;
	subject_close(&lane->subject);
}

static int program_of(const struct lane *lane, enum lane_traffic traffic)
{
	switch (traffic) {
	case LANE_OPEN:
		return bpf_program__fd(lane->traffic->progs.open_flows);
	case LANE_WALK:
		return bpf_program__fd(lane->traffic->progs.walk);
	case LANE_BATCHES:
		return bpf_program__fd(lane->traffic->progs.walk_batch);
	case LANE_SYNS:
		return bpf_program__fd(lane->traffic->progs.syn_flood);
	default:
		return bpf_program__fd(lane->traffic->progs.live);
	}
}

int lane_hold(struct lane *lane, int place, enum lane_traffic traffic)
{
	lane_release(lane);
	lane->hold = sandbox_hold(place, program_of(lane, traffic));
	return lane->hold < 0 ? lane->hold : 0;
}

void lane_release(struct lane *lane)
{
	if (lane->hold >= 0)
		close(lane->hold);
	lane->hold = -1;
}

void lane_rewind(struct lane *lane, __u64 next)
{
	lane->traffic->bss->state.next = next;
}

int lane_run(struct lane *lane, enum lane_traffic traffic, __u64 packets, double *ns)
{
	__u8 frame[BENCH_FRAME_SIZE];
	size_t size = frame_tcp(frame, lane->traffic->rodata->traffic.ipv6);

	return test_run(program_of(lane, traffic), frame, size, packets,
			lane->hold < 0 && packets <= FEW_PACKETS ? 1 : TEST_RUN_AT_ONCE, ns);
}

int lane_fill(struct lane *lane)
{
	__u64 flows = 1ULL << lane->traffic->rodata->traffic.flows_log2;
	double ns;
	int err;

	lane_rewind(lane, 0);
	err = lane_run(lane, LANE_OPEN, flows * TRAFFIC_OPENING_STEPS, &ns);
	lane_rewind(lane, 0);
	return err;
}

__u64 memory_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kilobytes = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu", &kilobytes) == 1)
			break;
	if (file)
		fclose(file);
	return kilobytes * 1024;
}
