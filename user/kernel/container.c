// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/container.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "kernel/uts.h"

#define FOUND_MOST 8 /* network namespaces; more are not listed */
#define LIST_SIZE 512

/* Processes with that host name, one for each network namespace. */
struct containers {
	const char *host_name;
	int pid[FOUND_MOST];
	ino_t netns[FOUND_MOST];
	int count;
};

static void look_at(struct containers *containers, int pid)
{
	char name[UTS_NAME_SIZE], path[64];
	struct stat status;

	if (!uts_host_name(pid, name) || strcmp(name, containers->host_name) != 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	if (stat(path, &status))
		return;
	for (int i = 0; i < containers->count; i++)
		if (containers->netns[i] == status.st_ino)
			return;
	if (containers->count == FOUND_MOST)
		return;
	containers->pid[containers->count] = pid;
	containers->netns[containers->count++] = status.st_ino;
}

/* "4711 (nginx)" */
static void put_process(char *text, size_t size, int pid)
{
	char path[64], name[32] = "?";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	snprintf(text, size, "%d (%s)", pid, name);
}

static void tell_ambiguous(const struct containers *containers)
{
	char list[LIST_SIZE] = "", one[64];

	for (int i = 0; i < containers->count; i++) {
		put_process(one, sizeof(one), containers->pid[i]);
		if (i)
			strcat(list, ", ");
		strcat(list, one);
	}
	message_error("'%s' is the host name of several containers, with the processes %s; give the id of one of these "
		      "instead",
		      containers->host_name, list);
}

int container_open_netns(const char *host_name)
{
	struct containers containers = { .host_name = host_name };
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[64];
	int fd;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at(&containers, (int)strtol(entry->d_name, NULL, 10));
	if (proc)
		closedir(proc);
	if (!containers.count)
		return -ENOENT;
	if (containers.count > 1) {
		tell_ambiguous(&containers);
		return -ENOTUNIQ;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/net", containers.pid[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}
