/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose the sockets of this host are: what sock_diag tells of the sockets, and /proc of who holds them. Best effort:
 * what the caller has no right to see is left out, with a warning that names the missing capability, and so are sockets
 * that no process holds (yet, or any more).
 */
#ifndef SYNSCOPE_FLOW_PROCESSES_H
#define SYNSCOPE_FLOW_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/view.h"

#include "synscope/config.h"

struct process {
	int pid; /* the lowest, where several hold a socket */
	char *name; /* as /proc/PID/comm has it; may hold any bytes */
	char *cgroup; /* the deepest path it is in; NULL: not known */
};

struct process_socket;

/* The TCP sockets of one network namespace. */
struct process_sockets {
	struct process_socket *socket; /* sorted */
	size_t count;
	const struct processes *owner;
};

struct processes {
	struct process_sockets *sockets; /* by namespace, in the order they were asked for */
	int count;
	struct process *process;
	size_t process_count, process_room;
	bool missed; /* something could not be seen (logged, once) */
	bool closed_fds, closed_netns; /* some could not be looked into, for want of rights */
};

/*
 * Read the sockets of the network namespaces of `count` instances, and then /proc, once. Returns 0 or -ENOMEM (logged).
 * The caller frees.
 */
int processes_read(struct processes *processes, const struct instance_meta *const *meta, int count);
void processes_free(struct processes *processes);

/* The process that holds the socket of this end of a flow, or NULL. */
const struct process *process_of(const struct process_sockets *sockets, const struct endpoint_view *local,
				 const struct endpoint_view *remote);

#define PROCESS_ROOM 36 /* so that it has room in 40 columns */

/*
 * For people: "curl/900"; and of the cgroup the last part, the ids of containers as short as docker shows them:
 * "docker-4f5e6a7b8c9d.scope". Both harmless already (see foreign.h), and cut where they are longer than PROCESS_ROOM
 * bytes. Return the end.
 */
char *put_process(char *p, const struct process *process, bool ascii);
char *put_cgroup(char *p, const struct process *process, bool ascii);

#endif
