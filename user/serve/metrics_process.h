/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process itself takes, as every exporter tells it. */
#ifndef SYNSCOPE_SERVE_METRICS_PROCESS_H
#define SYNSCOPE_SERVE_METRICS_PROCESS_H

#include <linux/types.h>

struct metrics_process {
	__u64 cpu_ns, resident_bytes, open_fds;
	__u64 start_ns; /* since 1970 */
};

struct process_reader {
	int statm; /* /proc/self/statm, -1: there is none */
	__u64 start_ns;
};

/* Needs /proc, which later calls do not: they work without any rights. */
void process_reader_open(struct process_reader *reader);
void process_reader_close(struct process_reader *reader);

void process_read(const struct process_reader *reader, struct metrics_process *process);

#endif
