/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes hold the sockets of this host: sockets come from sock_diag, their processes from /proc. What the
 * caller may not see is left out, with a warning that names the missing capability. Sockets without a process (yet, or
 * any more) are left out, too.
 */
#ifndef SYNSCOPE_FLOW_PROCESSES_H
#define SYNSCOPE_FLOW_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/view.h"

#include "synscope/config.h"

struct process {
	int pid; /* the lowest, if several processes hold a socket */
	char *name; /* from /proc/PID/comm; may hold any bytes */
	char *cgroup; /* the deepest path of the process; NULL: not known */
};

struct process_socket;

/* The TCP sockets of one network namespace. */
struct process_sockets {
	struct process_socket *socket; /* sorted */
	size_t count;
	const struct processes *owner;
};

struct processes {
	struct process_sockets *sockets; /* one for each namespace, in the order of the arguments */
	int count;
	struct process *process;
	size_t process_count, process_room;
	bool missed; /* some sockets could not be listed (logged, once) */
	bool closed_fds, closed_netns; /* some namespaces could not be entered for lack of rights */
};

/*
 * Read the sockets of the network namespaces of `count` instances, and then /proc once. Returns 0 or -ENOMEM (logged).
 * The caller frees with processes_free().
 */
int processes_read(struct processes *processes, const struct instance_meta *const *meta, int count);
void processes_free(struct processes *processes);

/* The process that holds the socket of this end of a flow, or NULL. */
const struct process *process_of(const struct process_sockets *sockets, const struct endpoint_view *local,
				 const struct endpoint_view *remote);

#define PROCESS_SIZE 36 /* so that two processes fit into 40 columns */

/*
 * For people: "curl/900", and the last part of the cgroup with ids of containers shortened as docker does:
 * "docker-4f5e6a7b8c9d.scope". Both have been through put_foreign(), and are cut at PROCESS_SIZE bytes. Return the end.
 */
char *put_process(char *p, const struct process *process, bool ascii);
char *put_cgroup(char *p, const struct process *process, bool ascii);

#endif
