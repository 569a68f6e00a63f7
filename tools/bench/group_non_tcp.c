// SPDX-License-Identifier: GPL-2.0-only
/* The cost of a packet that is not TCP. */
#include "groups.h"

#include <unistd.h>

#include "frame.h"
#include "sandbox.h"
#include "subject.h"
#include "test_run.h"

#define RUNS 2000000

struct run {
	struct subject subject;
	int hold;
	__u64 runs;
};

/* Needs no generator: the frame is always the same. */
static int measure_run(void *context, double *value)
{
	struct run *run = context;
	__u8 frame[BENCH_FRAME_SIZE];
	size_t size = frame_udp(frame);

	return test_run(run->subject.xdp_fd, frame, size, run->runs, TEST_RUN_AT_ONCE, value);
}

static int open_run(struct run *run, enum subject_kind kind)
{
	const struct subject_options options = { .max_flows = 1024 };
	int err = subject_open(&run->subject, kind, &options);

	if (err)
		return err;
	run->hold = sandbox_hold(kind == SUBJECT_EMPTY, run->subject.xdp_fd);
	if (run->hold >= 0)
		return 0;
	subject_close(&run->subject);
	return run->hold;
}

static void close_run(struct run *run)
{
	close(run->hold);
	subject_close(&run->subject);
}

int group_non_tcp(struct bench *bench)
{
	struct run ours = { .runs = bench->quick ? 1000 : RUNS }, empty = ours;
	struct contestant contestants[] = {
		{ .measure = measure_run, .context = &ours },
		{ .measure = measure_run, .context = &empty },
	};
	int err = open_run(&empty, SUBJECT_EMPTY);

	if (err)
		return err;
	err = open_run(&ours, SUBJECT_SYNSCOPE);
	if (!err) {
		err = run_rounds(contestants, 2, bench->rounds);
		if (!err)
			report_figure(bench->report, "non_tcp_vs_empty", "ns", &contestants[0].series,
				      &contestants[1].series);
		close_run(&ours);
	}
	close_run(&empty);
	return err;
}
