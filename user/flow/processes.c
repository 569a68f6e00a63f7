// SPDX-License-Identifier: GPL-2.0-only
#include "flow/processes.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "kernel/netns.h"
#include "kernel/platform.h"
#include "base/reason.h"
#include "kernel/netlink.h"

#define PROC_TEXT_MAX 4096

/* States of sockets in the kernel; states in which a socket has no process are not asked for. */
#define KERNEL_SYN_RECV 3
#define KERNEL_TIME_WAIT 6
#define KERNEL_CLOSE 7
#define KERNEL_LISTEN 10
#define KERNEL_NEW_SYN_RECV 12
#define STATES_ASKED                                                                                   \
	(~(1U << KERNEL_SYN_RECV | 1U << KERNEL_TIME_WAIT | 1U << KERNEL_CLOSE | 1U << KERNEL_LISTEN | \
	   1U << KERNEL_NEW_SYN_RECV))

#define NOBODY (~(size_t)0)

/* Both ends, in network order; IPv4 as ::ffff:a.b.c.d. */
struct socket_name {
	__u32 address[2][4]; /* local, remote */
	__be16 port[2];
};

struct process_socket {
	struct socket_name name;
	__u32 inode;
	size_t process; /* index, or NOBODY */
	__u64 gone_ns; /* since when it is known to be there no more (monotonic); 0: it is there */
};

/* A socket by its inode, while /proc is read. */
struct by_inode {
	__u32 inode;
	struct process_socket *socket;
};

/* ---- sockets ---- */

struct reading {
	struct process_sockets *sockets;
	size_t room;
	bool failed; /* because there was no memory (logged) */
};

/* Note that sockets could not be listed, and print that once. */
static void tell_missed(struct processes *processes, const char *what, int err)
{
	if (!processes->missed && !processes->told)
		message_warning("not every process that has a connection can be named: %s%s", what,
				err ? reason_of(err).text : "");
	processes->missed = true;
}

static void map_ipv4(__u32 to[4], __u32 address)
{
	to[0] = to[1] = 0;
	to[2] = htonl(0xffff);
	to[3] = address;
}

static void add_socket(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *diag = NLMSG_DATA(message);
	struct reading *reading = context;
	struct process_sockets *sockets = reading->sockets;
	struct process_socket *socket;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY || !diag->idiag_inode || reading->failed)
		return;
	socket = array_grow(sockets->socket, sockets->count, &reading->room, sizeof(*socket), "the sockets");
	reading->failed = !socket;
	if (!socket)
		return;
	sockets->socket = socket;
	socket = &sockets->socket[sockets->count++];
	*socket = (struct process_socket){ .inode = diag->idiag_inode, .process = NOBODY };
	for (int i = 0; i < 2; i++) {
		const __be32 *address = i ? diag->id.idiag_dst : diag->id.idiag_src;

		if (diag->idiag_family == AF_INET)
			map_ipv4(socket->name.address[i], address[0]);
		else
			memcpy(socket->name.address[i], address, sizeof(socket->name.address[i]));
		socket->name.port[i] = i ? diag->id.idiag_dport : diag->id.idiag_sport;
	}
}

static int compare_sockets(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct socket_name)); /* the order of sockets */
}

/* Read the sockets of the present namespace. Returns 0 or -ENOMEM (logged). */
static int read_sockets(struct processes *processes, struct process_sockets *sockets)
{
	static const __u8 families[] = { AF_INET, AF_INET6 };
	struct reading reading = { .sockets = sockets };
	struct rtnl_request request;
	int err;

	for (size_t i = 0; i < sizeof(families); i++) {
		rtnl_begin(&request, SOCK_DIAG_BY_FAMILY, 0, sizeof(request.diag));
		request.protocol = NETLINK_SOCK_DIAG;
		request.diag.sdiag_family = families[i];
		request.diag.sdiag_protocol = IPPROTO_TCP;
		request.diag.idiag_states = STATES_ASKED;
		err = rtnl_dump(&request, add_socket, &reading);
		if (err)
			tell_missed(processes, "cannot ask the kernel for its sockets: ", err);
	}
	if (sockets->count)
		qsort(sockets->socket, sockets->count, sizeof(*sockets->socket), compare_sockets);
	return reading.failed ? -ENOMEM : 0;
}

static int read_sockets_of(struct processes *processes, struct process_sockets *sockets,
			   const struct instance_meta *meta)
{
	int fd = netns_find(meta->netns, meta->netns_inode), home, err = 0;

	processes->closed_netns |= fd == -EACCES;
	if (fd == -ENOENT || fd == -EACCES) /* the namespace was deleted, or this process may not look for it */
		return 0;
	home = fd < 0 ? fd : netns_enter(fd);
	if (home < 0 && home != -EPERM)
		tell_missed(processes, "cannot enter a network namespace: ", home);
	if (home >= 0)
		err = read_sockets(processes, sockets);
	processes->closed_netns |= home == -EPERM;
	netns_leave(home);
	if (fd < 0)
		return err;
	close(fd);
	return err;
}

/* ---- /proc ---- */

/*
 * Read the first bytes of /proc/PID/`file`. Returns how many, 0 if that fails, for example because the process has
 * ended.
 */
static size_t read_proc(struct processes *processes, int pid, const char *file, char text[PROC_TEXT_MAX])
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (is_limit(-errno))
			tell_missed(processes, "cannot read the name of one: ", -errno);
		return 0;
	}
	length = read(fd, text, PROC_TEXT_MAX - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return length > 0 ? length : 0;
}

/*
 * Find the cgroup: "0::/system.slice/x", or with version 1 the deepest path of all hierarchies; NULL if not known.
 * Returns 0 or -ENOMEM (logged).
 */
static int read_cgroup(struct processes *processes, int pid, char **cgroup)
{
	char text[PROC_TEXT_MAX], *deepest = NULL, *rest = text;

	*cgroup = NULL;
	if (!read_proc(processes, pid, "cgroup", text))
		return 0;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		if (path && (!deepest || strlen(path + 1) > strlen(deepest)))
			deepest = path + 1;
	}
	if (!deepest)
		return 0;
	*cgroup = text_copy(deepest, "the names of control groups");
	return *cgroup ? 0 : -ENOMEM;
}

/* Returns the index of the process, or NOBODY without memory (logged). */
static size_t add_process(struct processes *processes, int pid)
{
	char text[PROC_TEXT_MAX];
	size_t length = read_proc(processes, pid, "comm", text);
	struct process *process;

	process = array_grow(processes->process, processes->process_count, &processes->process_room, sizeof(*process),
			     "the processes");
	if (!process)
		return NOBODY;
	processes->process = process;
	if (length && text[length - 1] == '\n')
		text[--length] = '\0';
	process = &processes->process[processes->process_count];
	*process = (struct process){ .pid = pid, .name = text_copy(length ? text : "?", "the names of processes") };
	if (process->name && !read_cgroup(processes, pid, &process->cgroup) &&
	    !process_set_container(process, processes->own_cgroup))
		return processes->process_count++;
	process_free(process);
	return NOBODY;
}

struct inodes {
	struct by_inode *entry;
	size_t count;
};

static int compare_inodes(const void *a, const void *b)
{
	const struct by_inode *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

/* If an fd of a process is one of the sockets, note the process there. */
static struct process_socket *socket_of(struct processes *processes, const struct inodes *inodes, int fd_dir,
					const char *name)
{
	struct by_inode wanted = { 0 }, *found;
	char target[64];
	ssize_t length = readlinkat(fd_dir, name, target, sizeof(target) - 1);

	if (length < 0) {
		processes->closed_fds |= is_denied(-errno);
		return NULL;
	}
	target[length] = '\0';
	if (sscanf(target, "socket:[%u]", &wanted.inode) != 1)
		return NULL;
	found = bsearch(&wanted, inodes->entry, inodes->count, sizeof(wanted), compare_inodes);
	return found ? found->socket : NULL;
}

/* Returns 0 or -ENOMEM (logged). */
static int read_process(struct processes *processes, const struct inodes *inodes, int pid)
{
	size_t process = NOBODY;
	struct dirent *entry;
	char path[64];
	int err = 0;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	fds = opendir(path);
	processes->closed_fds |= !fds && is_denied(-errno);
	if (!fds) {
		if (is_limit(-errno)) /* the process may have ended, or belong to another user */
			tell_missed(processes, "cannot look at what each has open: ", -errno);
		return 0;
	}
	while (!err && (entry = readdir(fds))) {
		struct process_socket *socket = socket_of(processes, inodes, dirfd(fds), entry->d_name);

		if (!socket || (socket->process != NOBODY && processes->process[socket->process].pid <= pid))
			continue;
		if (process == NOBODY)
			process = add_process(processes, pid);
		err = process == NOBODY ? -ENOMEM : 0;
		if (!err)
			socket->process = process;
	}
	closedir(fds);
	return err;
}

/* Returns 0 or -ENOMEM (logged). */
static int read_processes(struct processes *processes, const struct inodes *inodes)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool any = false;
	int err = 0;

	if (!proc) {
		tell_missed(processes, "cannot read /proc: ", -errno);
		return 0;
	}
	while (!err && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		any = true;
		err = read_process(processes, inodes, (int)strtol(entry->d_name, NULL, 10));
	}
	closedir(proc);
	if (!any)
		tell_missed(processes, "/proc is not mounted", 0);
	return err;
}

/* Collect the sockets of all namespaces by inode. Returns 0 or -ENOMEM (logged). */
static int sort_inodes(const struct processes *processes, struct inodes *inodes)
{
	size_t room = 0;

	for (int i = 0; i < processes->count; i++)
		room += processes->sockets[i].count;
	*inodes = (struct inodes){ .entry = array_new(room, sizeof(*inodes->entry), "the sockets") };
	if (!inodes->entry)
		return -ENOMEM;
	for (int i = 0; i < processes->count; i++)
		for (size_t j = 0; j < processes->sockets[i].count; j++) {
			struct process_socket *socket = &processes->sockets[i].socket[j];

			inodes->entry[inodes->count++] = (struct by_inode){ socket->inode, socket };
		}
	qsort(inodes->entry, inodes->count, sizeof(*inodes->entry), compare_inodes);
	return 0;
}

/* Warn once about sockets whose process could not be read for lack of rights, but only if there are any. */
static void warn_of_missing(const struct processes *processes, const struct inodes *inodes)
{
	const __u64 looking = NEEDS(CAP_SYS_PTRACE) | NEEDS(CAP_DAC_READ_SEARCH);
	__u64 needs = processes->closed_netns ? NEEDS(CAP_SYS_ADMIN) | looking : 0;
	char names[NEEDS_TEXT_MAX];

	for (size_t i = 0; i < inodes->count && processes->closed_fds; i++)
		if (inodes->entry[i].socket->process == NOBODY)
			needs |= looking;
	if (needs && platform_lacks(needs, names))
		message_warning("some processes cannot be shown, as they belong to other users or in other network "
				"namespaces: that needs %s; run it with sudo",
				names);
}

int processes_read(struct processes *processes, const struct instance_meta *const *meta, int count)
{
	struct inodes inodes = { 0 };
	int err = 0;

	processes->sockets = array_new(count, sizeof(*processes->sockets), "the sockets");
	if (!processes->sockets)
		return -ENOMEM;
	for (; processes->count < count && !err; processes->count++) {
		processes->sockets[processes->count].owner = processes;
		err = read_sockets_of(processes, &processes->sockets[processes->count], meta[processes->count]);
	}
	if (!err)
		err = sort_inodes(processes, &inodes);
	if (!err && inodes.count)
		err = read_cgroup(processes, getpid(), &processes->own_cgroup);
	if (!err && inodes.count)
		err = read_processes(processes, &inodes);
	if (!err && !processes->told)
		warn_of_missing(processes, &inodes);
	processes->told = true;
	free(inodes.entry);
	if (err)
		processes_free(processes);
	return err;
}

void processes_free(struct processes *processes)
{
	for (int i = 0; i < processes->count; i++)
		free(processes->sockets[i].socket);
	for (size_t i = 0; i < processes->process_count; i++)
		process_free(&processes->process[i]);
	free(processes->sockets);
	free(processes->process);
	free(processes->own_cgroup);
	*processes = (struct processes){ 0 };
}

/* ---- sockets that are gone */

/* Keep a socket of the former reading. Returns 0 or -ENOMEM (logged). */
static int keep_socket(struct processes *processes, struct process_sockets *sockets, size_t *room,
		       const struct process_socket *socket, const struct process *process)
{
	struct process *all = array_grow(processes->process, processes->process_count, &processes->process_room,
					 sizeof(*all), "the processes");
	struct process_socket *kept;

	if (!all)
		return -ENOMEM;
	processes->process = all;
	kept = array_grow(sockets->socket, sockets->count, room, sizeof(*kept), "the sockets");
	if (!kept)
		return -ENOMEM;
	sockets->socket = kept;
	if (process_copy(&all[processes->process_count], process))
		return -ENOMEM;
	kept = &sockets->socket[sockets->count++];
	*kept = *socket;
	kept->process = processes->process_count++;
	return 0;
}

static const struct process_socket *find_socket(const struct process_sockets *sockets, size_t count,
						const struct process_socket *wanted)
{
	if (!count)
		return NULL;
	return bsearch(wanted, sockets->socket, count, sizeof(*wanted), compare_sockets);
}

/* Add to the sockets those of the former reading that are gone by now, unless that was long ago. */
static int keep_gone(struct processes *processes, struct process_sockets *sockets, const struct process_sockets *former,
		     __u64 now_ns)
{
	size_t count = sockets->count, room = count, kept = 0;
	int err = 0;

	for (size_t i = 0; i < former->count && !err && kept < PROCESS_GONE_MOST; i++) {
		struct process_socket socket = former->socket[i];

		socket.gone_ns = socket.gone_ns ? socket.gone_ns : now_ns;
		if (socket.process == NOBODY || now_ns - socket.gone_ns > PROCESS_GONE_NS ||
		    find_socket(sockets, count, &socket))
			continue;
		err = keep_socket(processes, sockets, &room, &socket, &former->owner->process[socket.process]);
		kept++;
	}
	if (kept)
		qsort(sockets->socket, sockets->count, sizeof(*sockets->socket), compare_sockets);
	return err;
}

int processes_keep_gone(struct processes *processes, const struct processes *former)
{
	__u64 now_ns = monotonic_ns();
	int err = 0;

	for (int i = 0; i < processes->count && i < former->count && !err; i++)
		err = keep_gone(processes, &processes->sockets[i], &former->sockets[i], now_ns);
	return err;
}

/* ---- questions ---- */

/* Returns NULL if there is no such socket. */
static struct process_socket *socket_of_end(const struct process_sockets *sockets, const struct endpoint_view *local,
					    const struct endpoint_view *remote)
{
	const struct endpoint_view *const ends[] = { local, remote };
	struct process_socket wanted;

	if (!sockets || !sockets->count)
		return NULL;
	memset(&wanted, 0, sizeof(wanted));
	for (int i = 0; i < 2; i++) {
		if (ends[i]->ip.ipv6)
			memcpy(wanted.name.address[i], ends[i]->ip.word, sizeof(wanted.name.address[i]));
		else
			map_ipv4(wanted.name.address[i], ends[i]->ip.word[0]);
		wanted.name.port[i] = htons(ends[i]->port);
	}
	return bsearch(&wanted, sockets->socket, sockets->count, sizeof(wanted), compare_sockets);
}

const struct process *process_of(const struct process_sockets *sockets, const struct endpoint_view *local,
				 const struct endpoint_view *remote)
{
	const struct process_socket *found = socket_of_end(sockets, local, remote);

	return found && found->process != NOBODY ? &sockets->owner->process[found->process] : NULL;
}

bool process_end_is_local(const struct process_sockets *sockets, const struct endpoint_view *local,
			  const struct endpoint_view *remote)
{
	return socket_of_end(sockets, local, remote);
}

void process_forget_gone(const struct process_sockets *sockets, const struct endpoint_view *local,
			 const struct endpoint_view *remote)
{
	struct process_socket *found = socket_of_end(sockets, local, remote);

	if (found && found->gone_ns)
		found->process = NOBODY;
}
