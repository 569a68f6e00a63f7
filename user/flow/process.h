/* SPDX-License-Identifier: GPL-2.0-only */
/* A process of this host, and the container that it is in, as they are named and shown. */
#ifndef SYNSCOPE_FLOW_PROCESS_H
#define SYNSCOPE_FLOW_PROCESS_H

#include <stdbool.h>

struct process {
	int pid; /* the lowest, if several processes hold a socket */
	char *name; /* from /proc/PID/comm; may hold any bytes */
	char *cgroup; /* the deepest path of the process; NULL: not known */
	char *container; /* see process_set_container(); may hold any bytes; NULL: in none, or not known */
};

/* Copy the process with its texts, which process_free() frees. Returns 0 or -ENOMEM (logged). */
int process_copy(struct process *to, const struct process *from);
void process_free(struct process *process);

/*
 * Find out the process's container: the host name of its UTS namespace if that is not the host's, or else the id in its
 * cgroup. `own_cgroup`: that of this process, which may be in a container itself, whose processes are in none for it;
 * NULL: not known. Returns 0 or -ENOMEM (logged).
 */
int process_set_container(struct process *process, const char *own_cgroup);

/* Is that its name? The kernel keeps the first 15 bytes of a name alone, so a longer one is compared so far. */
bool process_is_named(const struct process *process, const char *name);

/* Is it in the container of that name, or with that id or the beginning of it that docker shows, or more? */
bool process_is_in(const struct process *process, const char *container);

#define PROCESS_SIZE 36 /* so that two processes fit into 40 columns */

/*
 * For people: "curl/900"; the container; and the last part of the cgroup with ids of containers shortened as docker
 * does: "docker-4f5e6a7b8c9d.scope". All have been through put_foreign(), and are cut at PROCESS_SIZE bytes. Return the
 * end.
 */
char *put_process(char *p, const struct process *process, bool ascii);
char *put_container(char *p, const struct process *process, bool ascii);
char *put_cgroup(char *p, const struct process *process, bool ascii);

#endif
