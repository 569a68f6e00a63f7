// SPDX-License-Identifier: GPL-2.0-only
#include "base/own_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ONLY_OURS 0700
#define PATH_SHOWN 150 /* of a path, in a reason */

/* "'/tmp/x' belongs to another user"; `length`: of the part of the path that is meant. */
static int fail(struct reason *why, int err, const char *path, int length, const char *what)
{
	snprintf(why->text, sizeof(why->text), "'%.*s' %.80s", length < PATH_SHOWN ? length : PATH_SHOWN, path, what);
	return err;
}

/* Root decides on everything anyway. */
static bool is_trusted(const struct stat *file)
{
	return file->st_uid == geteuid() || file->st_uid == 0;
}

/* May others put something else in the place of what we find in this directory? */
static bool is_open_to_others(const struct stat *directory)
{
	return !is_trusted(directory) || ((directory->st_mode & S_IWOTH) && !(directory->st_mode & S_ISVTX));
}

/* Open what is called `name` in a directory. `length`: of the part of the path that ends with it. */
static int open_next(int at, const char *name, bool make, const char *path, int length, struct reason *why)
{
	struct stat file;
	int fd;

	if ((make && mkdirat(at, name, ONLY_OURS) && errno != EEXIST) || fstatat(at, name, &file, AT_SYMLINK_NOFOLLOW))
		return fail(why, -errno, path, length, reason_of(-errno).text);
	if (S_ISLNK(file.st_mode) && !is_trusted(&file))
		return fail(why, -EPERM, path, length, "is a symbolic link of another user, which is not followed");
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(why, -errno, path, length, reason_of(-errno).text);
	if (!fstat(fd, &file) && !is_open_to_others(&file))
		return fd;
	close(fd);
	return fail(why, -EPERM, path, length, "belongs to another user, or others can write to it");
}

int own_directory_open(const char *path, bool make, struct reason *why)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;
	const char *p = path;
	char name[NAME_MAX + 1];
	struct stat file;

	while (fd >= 0 && *(p += strspn(p, "/"))) {
		int length = (int)strcspn(p, "/");

		snprintf(name, sizeof(name), "%.*s", length, p);
		p += length;
		next = open_next(fd, name, make, path, (int)(p - path), why);
		close(fd);
		fd = next;
	}
	if (fd < 0 || (!fstat(fd, &file) && file.st_uid == geteuid()))
		return fd;
	close(fd);
	return fail(why, -EPERM, path, (int)strlen(path), "belongs to another user");
}
