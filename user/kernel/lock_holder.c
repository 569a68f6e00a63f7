// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/lock_holder.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define COMMAND_MAX 128

/* The process id of the holder; 0 if not known, for example if it is in another pid namespace. */
static int holder_pid(int fd)
{
	FILE *locks = fopen("/proc/locks", "re");
	unsigned int device_major, device_minor;
	unsigned long long inode;
	struct stat status;
	char line[256];
	int pid, found = 0;

	if (locks && !fstat(fd, &status))
		while (!found && fgets(line, sizeof(line), locks))
			if (sscanf(line, "%*d: FLOCK ADVISORY WRITE %d %x:%x:%llu ", &pid, &device_major, &device_minor,
				   &inode) == 4 &&
			    inode == status.st_ino && makedev(device_major, device_minor) == status.st_dev)
				found = pid;
	if (locks)
		fclose(locks);
	return found > 0 ? found : 0;
}

/* The command line of a process, its words joined by spaces. False if there is none. */
static bool read_command(int pid, char command[COMMAND_MAX])
{
	char path[64];
	ssize_t length = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, command, COMMAND_MAX - 1);
		close(fd);
	}
	if (length <= 0)
		return false;
	command[length] = '\0';
	for (ssize_t i = 0; i < length - 1; i++)
		if (!command[i])
			command[i] = ' ';
	return true;
}

/* "1234 (name) T ...": a name may have parentheses. */
static bool is_stopped(int pid)
{
	char path[64], text[256] = "";
	const char *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	state = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
	fclose(file);
	return state && (!strncmp(state, ") T", 3) || !strncmp(state, ") t", 3));
}

void lock_holder(int fd, char holder[LOCK_HOLDER_MAX])
{
	int pid = holder_pid(fd), length;
	char command[COMMAND_MAX];

	if (!pid) {
		snprintf(holder, LOCK_HOLDER_MAX, "another synscope, which is changing what is attached");
		return;
	}
	length = snprintf(holder, LOCK_HOLDER_MAX, "process %d", pid);
	if (read_command(pid, command))
		length += snprintf(holder + length, LOCK_HOLDER_MAX - length, " ('%s')", command);
	if (is_stopped(pid))
		snprintf(holder + length, LOCK_HOLDER_MAX - length, ", which is stopped ('kill -CONT %d' continues it)",
			 pid);
}
