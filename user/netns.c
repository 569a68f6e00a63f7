// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "message.h"
#include "netns.h"

#define NETNS_DIR "/run/netns"
#define OWN_NETNS "/proc/self/ns/net"

/* Called with the path of a namespace and its inode. */
typedef int (*visit_path)(const char *path, const char *name, __u64 inode, void *context);

static __u64 path_inode(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : status.st_ino;
}

__u64 netns_current_inode(void)
{
	return path_inode(OWN_NETNS);
}

__u64 netns_inode(int fd)
{
	struct stat status;

	return fstat(fd, &status) ? 0 : status.st_ino;
}

int netns_open_quietly(const char *name_or_pid)
{
	char path[NETNS_NAME_MAX + 32];
	int fd;

	if (!*name_or_pid || strchr(name_or_pid, '/') || strlen(name_or_pid) >= NETNS_NAME_MAX || *name_or_pid == '.')
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

	if (fd == -ENOENT)
		message_error("no network namespace '%s': neither a name that 'ip netns' lists nor a process id",
			      name_or_pid);
	else if (fd < 0)
		message_error("cannot open the network namespace '%s': %s", name_or_pid, strerror(-fd));
	return fd;
}

/* Every entry of `dir` (that is a number, if asked) with `suffix` behind it. */
static int each_path(const char *dir, bool numbers, const char *suffix, visit_path visit, void *context)
{
	char path[NETNS_NAME_MAX + 32];
	struct dirent *entry;
	DIR *entries = opendir(dir);
	int result = 0;

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
	bool closed; /* one could not be looked at, for want of rights */
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
	return search->fd >= 0;
}

bool netns_name_of(__u64 inode, char *name, size_t size)
{
	struct search search = { .inode = inode, .name = name, .size = size, .fd = -1 };

	return each_path(NETNS_DIR, false, "", open_if_same, &search);
}

int netns_find(const char *name_or_pid, __u64 inode)
{
	struct search search = { .inode = inode, .fd = -1 };
	int fd = -ENOENT;

	if (open_if_same(OWN_NETNS, "", netns_current_inode(), &search))
		return search.fd;
	if (*name_or_pid)
		fd = netns_open_quietly(name_or_pid);
	if (fd >= 0 && netns_inode(fd) == inode)
		return fd;
	if (fd >= 0)
		close(fd);
	if (each_path(NETNS_DIR, false, "", open_if_same, &search) ||
	    each_path("/proc", true, "/ns/net", open_if_same, &search))
		return search.fd;
	return search.closed ? -EACCES : -ENOENT;
}

int netns_enter(int fd)
{
	int home = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	int err;

	if (home < 0)
		return -errno;
	if (netns_inode(fd) == netns_inode(home) || !setns(fd, CLONE_NEWNET)) /* the former takes no capability */
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
		/* whatever came next would be done to the wrong interfaces */
		message_error("cannot return to the network namespace of the caller: %s", strerror(errno));
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

/* True also without memory: then it is visited once more, which does no harm. */
static bool is_new(struct each *each, __u64 inode)
{
	__u64 *seen;

	for (size_t i = 0; i < each->count; i++)
		if (each->seen[i] == inode)
			return false;
	seen = array_grow(each->seen, each->count, &each->room, sizeof(*seen));
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
	home = netns_enter(fd); /* fails for what is no namespace: a file left by a deleted one */
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
