// SPDX-License-Identifier: GPL-2.0-only
#include "sweeper.h"

#include <bpf/bpf.h>

#include "synscope/sweep.h"

void sweep_table(int sweep_fd, __u64 slots)
{
	struct sweep_request request = { .slots = SWEEP_SLOTS_MAX };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &request, .ctx_size_in = sizeof(request));

	for (; request.first < slots; request.first += SWEEP_SLOTS_MAX)
		if (bpf_prog_test_run_opts(sweep_fd, &options))
			return;
}
