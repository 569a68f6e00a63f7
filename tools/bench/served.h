/* SPDX-License-Identifier: GPL-2.0-only */
/* `synscope serve` as another process, and who asks it: pages, of which only the requests are made, and a collector. */
#ifndef SYNSCOPE_BENCH_SERVED_H
#define SYNSCOPE_BENCH_SERVED_H

#include <sys/types.h>

/* Starts it, and waits until it answers. Returns its process id or a negative errno (logged). */
pid_t served_start(void);

/* What it has used until now, with all of its processes: CPU time in ns, and memory of its own in bytes. */
void served_usage(pid_t served, double *ns, double *bytes);

/* Opens the stream of events, and waits until it has begun. Returns a socket or a negative errno (logged). */
int served_open_events(void);

/* The same in a process that reads all of them. Returns its process id or a negative errno (logged). */
pid_t served_start_viewer(void);

/*
 * Start a process that asks for what this many pages ask for, each when a page would, or that scrapes the metrics, one
 * scrape after the other. Return its process id or a negative errno (logged).
 */
pid_t served_start_pages(int count);
pid_t served_start_scrapes(void);

#endif
