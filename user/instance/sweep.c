// SPDX-License-Identifier: GPL-2.0-only
#include "instance/sweep.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include "synscope/flow.h"
#include "synscope/sweep.h"

static void sweep_table(int program_fd, __u64 slots)
{
	struct sweep_request request = { .slots = SWEEP_SLOTS_MAX };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &request, .ctx_size_in = sizeof(request));

	for (; request.first < slots; request.first += SWEEP_SLOTS_MAX)
		if (bpf_prog_test_run_opts(program_fd, &options))
			return;
}

void sweep_instance(const struct instance *instance)
{
	int fd = instance_open_object(instance, OBJECT_SWEEP);

	if (fd < 0)
		return;
	sweep_table(fd, (__u64)instance->meta.config.buckets * FLOW_SLOTS_PER_BUCKET);
	close(fd);
}
