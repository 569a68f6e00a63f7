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

#include "base/clock.h"
#include "flow/process.h"
#include "flow/view.h"

#include "synscope/config.h"

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
	char *own_cgroup; /* of this process; NULL: not known */
	bool told; /* what could not be read was logged; it may be set before processes_read(), which is then silent */
	bool missed; /* some sockets could not be listed */
	bool closed_fds, closed_netns; /* some namespaces could not be entered for lack of rights */
};

/*
 * Read the sockets of the network namespaces of `count` instances, and then /proc once; *processes must be zeroed but
 * for `told`. Returns 0 or -ENOMEM (logged).
 * The caller frees with processes_free().
 */
int processes_read(struct processes *processes, const struct instance_meta *const *meta, int count);
void processes_free(struct processes *processes);

#define PROCESS_GONE_NS (120 * NS_PER_S) /* how long processes_keep_gone() keeps a socket after its end, and how many */
#define PROCESS_GONE_MOST 65536

/*
 * Add what a former reading, of the same instances, knew of sockets that are gone by now, so that the end of a
 * connection has its process, too. Returns 0 or -ENOMEM (logged).
 */
int processes_keep_gone(struct processes *processes, const struct processes *former);

/* The process that holds the socket of this end of a flow, or NULL. */
const struct process *process_of(const struct process_sockets *sockets, const struct endpoint_view *local,
				 const struct endpoint_view *remote);

/* Is this end of a flow a socket of this host, whether its process is known or not? */
bool process_end_is_local(const struct process_sockets *sockets, const struct endpoint_view *local,
			  const struct endpoint_view *remote);

/* A new flow begins: if this end's socket is one that was kept, it is not that of the flow. */
void process_forget_gone(const struct process_sockets *sockets, const struct endpoint_view *local,
			 const struct endpoint_view *remote);

#endif
