// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/uts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"

#define OWN_UTS "/proc/thread-self/ns/uts"

static ino_t inode_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) ? 0 : status.st_ino;
}

/* The name inside of the namespace; afterwards, the thread is back in its own. */
static bool name_inside(int namespace, int own, char name[UTS_NAME_SIZE])
{
	struct utsname here, there;

	if (uname(&here) || setns(namespace, CLONE_NEWUTS))
		return false;
	if (uname(&there))
		*there.nodename = '\0';
	if (setns(own, CLONE_NEWUTS)) { /* what this process tells of the host would be wrong from now on */
		message_error("cannot return to the UTS namespace of the caller: %s", reason_of(-errno).text);
		abort();
	}
	snprintf(name, UTS_NAME_SIZE, "%s", there.nodename);
	return *name && strcmp(here.nodename, there.nodename) != 0;
}

bool uts_host_name(int pid, char name[UTS_NAME_SIZE])
{
	int own = open(OWN_UTS, O_RDONLY | O_CLOEXEC), theirs;
	bool named = false;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", pid);
	theirs = own < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (theirs >= 0)
		named = inode_of(theirs) && inode_of(theirs) != inode_of(own) && name_inside(theirs, own, name);
	if (theirs >= 0)
		close(theirs);
	if (own >= 0)
		close(own);
	return named;
}
