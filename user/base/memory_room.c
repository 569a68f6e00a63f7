// SPDX-License-Identifier: GPL-2.0-only
#include "base/memory_room.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LINE_MAX_BYTES 4096
#define LEFT_TO_OTHERS 16 /* one part in so many */

/* What the kernel calls the files of a control group, version 2 or 1. */
struct group_files {
	const char *limit[2]; /* NULL: there is only one name */
	const char *used;
	const char *reclaimable[2]; /* in memory.stat: the page cache, which the kernel can reclaim */
};

static const struct group_files version2 = { { "memory.max", "memory.high" },
					     "memory.current",
					     { "inactive_file ", "active_file " } };
static const struct group_files version1 = { { "memory.limit_in_bytes" },
					     "memory.usage_in_bytes",
					     { "total_inactive_file ", "total_active_file " } };

/* The control group of this process, in one hierarchy. */
struct group {
	const char *root;
	const struct group_files *files;
	char path[PATH_MAX]; /* path in the hierarchy, from /proc/self/cgroup; "" if there is none */
	char mounted[PATH_MAX]; /* where the hierarchy is mounted */
};

/* Join parts to a path. False: it would be too long. */
static bool join(char path[PATH_MAX], const char *first, const char *second, const char *third)
{
	return snprintf(path, PATH_MAX, "%s%s%s", first, second, third) < PATH_MAX;
}

/* Call `visit` with each line of a file, without its newline, until it returns true. */
static bool each_line(const char *path, bool (*visit)(char *line, void *context), void *context)
{
	FILE *file = fopen(path, "re");
	char line[LINE_MAX_BYTES];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = visit(line, context);
	}
	if (file)
		fclose(file);
	return found;
}

/* The number after the word that a line begins with. */
struct number_search {
	const char *word;
	__u64 value;
};

static bool take_number(char *line, void *context)
{
	struct number_search *search = context;
	size_t length = strlen(search->word);
	char *end;

	if (strncmp(line, search->word, length))
		return false;
	search->value = strtoull(line + length, &end, 10);
	return end != line + length;
}

static bool read_number(const char *path, const char *word, __u64 *value)
{
	struct number_search search = { .word = word };

	if (!each_line(path, take_number, &search))
		return false;
	*value = search.value;
	return true;
}

/* ---- where the process is: /proc/self/cgroup, "4:memory:/x" of version 1, "0::/x" of version 2 */

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, word, length) && (!at[length] || at[length] == ','))
			return true;
	}
	return false;
}

static bool take_group(char *line, void *context)
{
	struct group *group = context;
	char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return false;
	*path++ = '\0';
	controllers++;
	if (group->files == &version2 ? *controllers != '\0' : !has_word(controllers, "memory"))
		return false;
	snprintf(group->path, sizeof(group->path), "%s", path);
	return true;
}

/*
 * ---- where the hierarchy is mounted: /proc/self/mountinfo, "30 24 0:26 ROOT PLACE options - cgroup2 source options"
 *
 * Only groups at or below ROOT are visible at PLACE. A group elsewhere, as in a cgroup namespace, is taken for ROOT.
 */

static bool take_mount(char *line, void *context)
{
	struct group *group = context;
	char root[LINE_MAX_BYTES], place[LINE_MAX_BYTES], type[32], options[LINE_MAX_BYTES];
	char *rest = strstr(line, " - ");
	size_t length;

	if (!rest || sscanf(line, "%*s %*s %*s %4095s %4095s", root, place) != 2 ||
	    sscanf(rest, " - %31s %*s %4095s", type, options) != 2)
		return false;
	if (group->files == &version2 ? strcmp(type, "cgroup2")
				      : strcmp(type, "cgroup") || !has_word(options, "memory"))
		return false;
	snprintf(group->mounted, sizeof(group->mounted), "%s", place);
	length = strcmp(root, "/") ? strlen(root) : 0;
	if (strncmp(group->path, root, length) || (group->path[length] && group->path[length] != '/') ||
	    strstr(group->path, "/.."))
		length = strlen(group->path);
	memmove(group->path, group->path + length, strlen(group->path + length) + 1);
	if (!strcmp(group->path, "/"))
		group->path[0] = '\0';
	return true;
}

/* ---- its limits, and those of the groups it is in */

static __u64 page_cache(const struct group *group, const char *directory)
{
	char path[PATH_MAX];
	__u64 sum = 0, value;

	for (int i = 0; i < 2 && join(path, directory, "/", "memory.stat"); i++)
		if (read_number(path, group->files->reclaimable[i], &value))
			sum += value;
	return sum;
}

static void take_limit(const struct group *group, const char *directory, const char *name, struct memory_room *room)
{
	char path[PATH_MAX], size[SHORT_SIZE + 1];
	__u64 limit, used, cache, left;

	if (!join(path, directory, "/", name) || !read_number(path, "", &limit)) /* "max" is no number */
		return;
	if (!join(path, directory, "/", group->files->used) || !read_number(path, "", &used))
		return;
	cache = page_cache(group, directory);
	used -= cache < used ? cache : used;
	left = used < limit ? limit - used : 0;
	if (left >= room->bytes)
		return;
	room->bytes = left;
	*put_size(size, limit) = '\0';
	snprintf(room->whose, sizeof(room->whose), "the control group %.80s (%s is %s)",
		 *group->path ? group->path : "/", name, size);
}

static void take_limits_of(const struct group *group, struct memory_room *room)
{
	char directory[PATH_MAX];

	if (!join(directory, group->root, group->mounted, group->path))
		return;
	for (int i = 0; i < 2 && group->files->limit[i]; i++)
		take_limit(group, directory, group->files->limit[i], room);
}

static void take_group_limits(const char *root, const struct group_files *files, struct memory_room *room)
{
	struct group group = { .root = root, .files = files };
	char path[PATH_MAX];
	char *slash;

	if (!join(path, root, "/proc/self/", "cgroup") || !each_line(path, take_group, &group))
		return;
	if (!join(path, root, "/proc/self/", "mountinfo") || !each_line(path, take_mount, &group))
		return;
	take_limits_of(&group, room);
	while ((slash = strrchr(group.path, '/'))) {
		*slash = '\0';
		take_limits_of(&group, room);
	}
}

bool memory_room(const char *root, struct memory_room *room)
{
	char path[PATH_MAX];
	__u64 kib;

	*room = (struct memory_room){ .bytes = ~0ULL, .whose = "this machine" };
	if (join(path, root, "/proc/", "meminfo") && read_number(path, "MemAvailable:", &kib))
		room->bytes = kib * 1024;
	take_group_limits(root, &version2, room);
	take_group_limits(root, &version1, room);
	return room->bytes != ~0ULL;
}

bool memory_too_much(__u64 bytes, struct memory_room *room, __u64 *most)
{
	if (!memory_room("", room))
		return false;
	*most = room->bytes - room->bytes / LEFT_TO_OTHERS;
	return bytes > *most;
}
