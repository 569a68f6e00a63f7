// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>

#include "base/array.h"
#include "base/message.h"
#include "kernel/container.h"
#include "kernel/netns.h"
#include "base/reason.h"

#define NETNS_DIR "/run/netns"
#define OWN_NETNS "/proc/self/ns/net"

/* Called with the path of a namespace and its inode. */
typedef int (*visit_path)(const char *path, const char *name, __u64 inode, void *context);

static __u64 path_inode(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : status.st_ino;
}

__u64 netns_inode(int fd)
{
	struct stat status;

	return fstat(fd, &status) ? 0 : status.st_ino;
}

static bool proc_is_mounted(void)
{
	return !access("/proc/self", F_OK);
}

/*
 * Open the network namespace of this process; without /proc, by asking a socket for its namespace. Returns an fd or a
 * negative errno.
 */
static int open_own(void)
{
	int fd = open(OWN_NETNS, O_RDONLY | O_CLOEXEC), socket_fd;

	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? fd : -errno;
	socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_fd < 0)
		return -errno;
	fd = ioctl(socket_fd, SIOCGSKNS);
	fd = fd < 0 ? -errno : fd;
	close(socket_fd);
	return fd;
}

__u64 netns_current_inode(void)
{
	__u64 inode = path_inode(OWN_NETNS);
	int fd = inode ? -1 : open_own();

	if (fd < 0)
		return inode;
	inode = netns_inode(fd);
	close(fd);
	return inode;
}

/* Whatever is at the path, opening it neither waits nor has an effect. */
static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET)
		return fd < 0 ? -errno : fd;
	close(fd);
	return -EMEDIUMTYPE;
}

int netns_open_quietly(const char *name_or_pid)
{
	char path[NETNS_NAME_MAX + 32];
	int fd;

	if (strchr(name_or_pid, '/'))
		return open_path(name_or_pid);
	if (!*name_or_pid || strlen(name_or_pid) >= NETNS_NAME_MAX || *name_or_pid == '.')
		return -ENOENT;
	snprintf(path, sizeof(path), NETNS_DIR "/%s", name_or_pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || strspn(name_or_pid, "0123456789") != strlen(name_or_pid))
		return fd >= 0 ? fd : -errno;
	snprintf(path, sizeof(path), "/proc/%s/ns/net", name_or_pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

int netns_open(const char *name_or_pid)
{
	int fd = netns_open_quietly(name_or_pid);

	if (fd == -ENOENT && *name_or_pid && !strchr(name_or_pid, '/'))
		fd = container_open_netns(name_or_pid);
	if (fd == -ENOENT && isdigit((unsigned char)*name_or_pid) && !proc_is_mounted())
		message_error("no network namespace '%s' under 'ip netns', and process ids mean nothing here: /proc is "
			      "not mounted",
			      name_or_pid);
	else if (fd == -EMEDIUMTYPE)
		message_error("'%s' is not a network namespace; a path to one is such as /proc/1/ns/net", name_or_pid);
	else if (fd == -ENOENT && strchr(name_or_pid, '/'))
		message_error("no network namespace '%s': there is no such file", name_or_pid);
	else if (fd == -ENOENT)
		message_error(
			"no network namespace '%s': neither a name that 'ip netns' lists nor a process id, and no "
			"container has that host name",
			name_or_pid);
	else if (fd < 0 && fd != -ENOTUNIQ)
		message_error("cannot open the network namespace '%s': %s%s", name_or_pid, reason_of(fd).text,
			      permission_hint(fd));
	return fd;
}

/*
 * Visit every entry of `dir` (only numbers, if asked) with `suffix` appended. Returns the first result that is not
 * zero, or a negative errno if a limit keeps the directory from being read. A missing directory has no entries.
 */
static int each_path(const char *dir, bool numbers, const char *suffix, visit_path visit, void *context)
{
	char path[NETNS_NAME_MAX + 32];
	struct dirent *entry;
	DIR *entries = opendir(dir);
	int result = entries || !is_limit(-errno) ? 0 : -errno;

	while (entries && !result && (entry = readdir(entries))) {
		if (entry->d_name[0] == '.' || (numbers && !isdigit((unsigned char)entry->d_name[0])))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, entry->d_name, suffix);
		result = visit(path, entry->d_name, path_inode(path), context);
	}
	if (entries)
		closedir(entries);
	return result;
}

struct search {
	__u64 inode;
	char *name; /* where to put the name, may be NULL */
	size_t size;
	int fd;
	bool closed; /* one could not be opened for lack of rights */
};

static int open_if_same(const char *path, const char *name, __u64 inode, void *context)
{
	struct search *search = context;

	search->closed |= !inode && errno == EACCES; /* of each_path() */
	if (!inode || inode != search->inode)
		return 0;
	if (search->name) {
		snprintf(search->name, search->size, "%s", name);
		return 1;
	}
	search->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (search->fd >= 0)
		return 1;
	search->fd = -errno;
	return is_limit(search->fd) ? search->fd : 0;
}

bool netns_name_of(__u64 inode, char *name, size_t size)
{
	struct search search = { .inode = inode, .name = name, .size = size, .fd = -1 };

	return each_path(NETNS_DIR, false, "", open_if_same, &search) > 0;
}

int netns_find(const char *name_or_pid, __u64 inode)
{
	struct search search = { .inode = inode, .fd = -1 };
	int fd = -ENOENT, found;

	if (inode && inode == netns_current_inode())
		return open_own();
	if (*name_or_pid)
		fd = netns_open_quietly(name_or_pid);
	if (fd >= 0 && netns_inode(fd) == inode)
		return fd;
	if (fd >= 0)
		close(fd);
	found = each_path(NETNS_DIR, false, "", open_if_same, &search);
	if (!found)
		found = each_path("/proc", true, "/ns/net", open_if_same, &search);
	if (found)
		return found < 0 ? found : search.fd;
	if (search.closed)
		return -EACCES;
	return proc_is_mounted() ? -ENOENT : -ESRCH;
}

int netns_enter(int fd)
{
	int home = open_own();
	int err;

	if (home < 0)
		return home;
	if (netns_inode(fd) == netns_inode(home) || !setns(fd, CLONE_NEWNET)) /* the first check needs no capability */
		return home;
	err = -errno;
	close(home);
	return err;
}

void netns_leave(int home)
{
	if (home < 0)
		return;
	if (netns_inode(home) != netns_current_inode() && setns(home, CLONE_NEWNET)) {
		/* going on would act on the wrong interfaces */
		message_error("cannot return to the network namespace of the caller: %s", reason_of(-errno).text);
		abort();
	}
	close(home);
}

struct each {
	int (*visit)(void *context);
	void *context;
	__u64 *seen; /* inodes */
	size_t count, room;
};

/* Was the inode not seen before? Also true without memory: visiting a namespace twice does no harm. */
static bool is_new(struct each *each, __u64 inode)
{
	__u64 *seen;

	for (size_t i = 0; i < each->count; i++)
		if (each->seen[i] == inode)
			return false;
	seen = array_grow(each->seen, each->count, &each->room, sizeof(*seen), "the network namespaces");
	if (seen) {
		each->seen = seen;
		each->seen[each->count++] = inode;
	}
	return true;
}

static int visit_inside(const char *path, const char *name, __u64 inode, void *context)
{
	struct each *each = context;
	int fd, home, result = 0;

	(void)name;
	if (!inode || !is_new(each, inode))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	home = netns_enter(fd); /* fails for a file that a deleted namespace left */
	if (home >= 0)
		result = each->visit(each->context);
	netns_leave(home);
	close(fd);
	return result;
}

static int visit_each(int (*visit)(void *context), void *context, bool of_processes)
{
	struct each each = { .visit = visit, .context = context };
	int result;

	is_new(&each, netns_current_inode());
	result = visit(context);
	if (!result)
		result = each_path(NETNS_DIR, false, "", visit_inside, &each);
	if (!result && of_processes)
		result = each_path("/proc", true, "/ns/net", visit_inside, &each);
	free(each.seen);
	return result;
}

int netns_each(int (*visit)(void *context), void *context)
{
	return visit_each(visit, context, false);
}

int netns_each_anywhere(int (*visit)(void *context), void *context)
{
	return visit_each(visit, context, true);
}
