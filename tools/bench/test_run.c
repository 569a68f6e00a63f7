// SPDX-License-Identifier: GPL-2.0-only
#include "test_run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <time.h>

#include "base/message.h"

static double cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int run(int program, const void *frame, size_t size, __u32 runs, double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = size, .repeat = (int)runs);
	double start = cpu_ns();
	int err;

	do {
		err = bpf_prog_test_run_opts(program, &options);
	} while (err == -EAGAIN);
	*ns += cpu_ns() - start;
	if (err)
		message_error("cannot run a program under test: %s", strerror(-err));
	else if (options.retval != XDP_PASS)
		message_error("a program under test returned %u", options.retval);
	return err ? err : options.retval == XDP_PASS ? 0 : -EPROTO;
}

int test_run(int program, const void *frame, size_t size, __u64 runs, __u64 at_once, double *ns)
{
	int err = 0;

	*ns = 0;
	for (__u64 left = runs; !err && left; left -= left < at_once ? left : at_once)
		err = run(program, frame, size, left < at_once ? left : at_once, ns);
	*ns /= (double)runs;
	return err;
}
