// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/pin_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kernel/pin_directory.h"

#define DEPTH_MAX 64

static int remove_below(int directory, const char *name, int depth);

/* Remove the content of a directory; closes `directory`. */
static void empty(int directory, int depth)
{
	DIR *entries = fdopendir(directory);
	struct dirent *found;

	if (!entries) {
		close(directory);
		return;
	}
	while ((found = readdir(entries)))
		if (strcmp(found->d_name, ".") && strcmp(found->d_name, "..") && unlinkat(directory, found->d_name, 0))
			remove_below(directory, found->d_name, depth - 1);
	closedir(entries);
}

static int remove_below(int directory, const char *name, int depth)
{
	int fd = depth ? pin_open_below(directory, name, name, NULL) : -ELOOP;

	if (fd < 0)
		return fd;
	empty(fd, depth);
	return unlinkat(directory, name, AT_REMOVEDIR) ? -errno : 0;
}

int pin_remove_tree(const char *entry, const char *object)
{
	int directory = pin_name_valid(object) ? pin_open_directory(entry, NULL) : -EINVAL;
	int err = directory < 0 ? directory : remove_below(directory, object, DEPTH_MAX);

	if (directory >= 0)
		close(directory);
	return err;
}

bool pin_is_stray(const char *entry)
{
	int root = pin_open_directory(NULL, NULL), err;

	if (root < 0)
		return false;
	err = pin_check_object(root, entry);
	close(root);
	return !err;
}
