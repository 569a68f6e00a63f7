// SPDX-License-Identifier: GPL-2.0-only
#include "query/event_processes.h"

#include "base/clock.h"

#define REST_MIN_NS (NS_PER_S / 100) /* between two readings */
#define LEISURE 4 /* reading takes at most 1/LEISURE of a processor's time */

static int read_again(struct event_processes *processes)
{
	__u64 busy = cpu_ns(), rest;
	int err = flow_sources_read_processes(processes->sources, true);

	rest = (cpu_ns() - busy) * LEISURE;
	processes->next_ns = monotonic_ns() + (rest > REST_MIN_NS ? rest : REST_MIN_NS);
	return err;
}

int event_processes_begin(struct event_processes *processes, struct flow_sources *sources)
{
	int err;

	*processes = (struct event_processes){ .sources = sources };
	err = read_again(processes);
	processes->next_ns = 0;
	return err;
}

int event_processes_find(struct event_processes *processes, const struct flow_source *source,
			 const struct flow_view *view, bool begins)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	if (begins) {
		process_forget_gone(source->sockets, client, server);
		process_forget_gone(source->sockets, server, client);
	}
	if (process_of(source->sockets, client, server) || process_of(source->sockets, server, client) ||
	    view->closed || monotonic_ns() < processes->next_ns)
		return 0;
	return read_again(processes);
}
