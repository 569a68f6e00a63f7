// SPDX-License-Identifier: GPL-2.0-only
#include "serve/metrics_process.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define FDS_CLOSED_MAX 1024 /* neighbours that are closed: descriptors are given out from the lowest on */

void process_reader_open(struct process_reader *reader)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	reader->start_ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	reader->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

void process_reader_close(struct process_reader *reader)
{
	if (reader->statm >= 0)
		close(reader->statm);
	reader->statm = -1;
}

static __u64 resident_bytes(int statm)
{
	unsigned long long size, resident;
	char text[128];
	ssize_t bytes = statm < 0 ? -1 : pread(statm, text, sizeof(text) - 1, 0);

	if (bytes <= 0)
		return 0;
	text[bytes] = '\0';
	return sscanf(text, "%llu %llu", &size, &resident) == 2 ? resident * sysconf(_SC_PAGESIZE) : 0;
}

static __u64 open_fds(void)
{
	__u64 count = 0;

	for (int fd = 0, closed = 0; closed < FDS_CLOSED_MAX; fd++) {
		if (fcntl(fd, F_GETFD) >= 0) {
			count++;
			closed = 0;
		} else {
			closed++;
		}
	}
	return count;
}

void process_read(const struct process_reader *reader, struct metrics_process *process)
{
	*process = (struct metrics_process){ .cpu_ns = cpu_ns(),
					     .resident_bytes = resident_bytes(reader->statm),
					     .open_fds = open_fds(),
					     .start_ns = reader->start_ns };
}
