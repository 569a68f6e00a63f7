// SPDX-License-Identifier: GPL-2.0-only
#include "base/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Why what was opened is not to be written to, or NULL. */
static const char *objection_to(const struct stat *file, enum own_file_kind kind)
{
	if (S_ISDIR(file->st_mode) || S_ISBLK(file->st_mode) || (!S_ISREG(file->st_mode) && kind == OWN_FILE_REGULAR))
		return "it is not a file";
	if (!S_ISREG(file->st_mode))
		return NULL;
	if (file->st_uid != geteuid())
		return "it belongs to another user, and could be anybody's file";
	if (file->st_nlink > 1)
		return "it has a second name (a hard link), and could be anybody's file";
	return NULL;
}

static int refuse(struct reason *why, const char *objection)
{
	snprintf(why->text, sizeof(why->text), "%s", objection);
	return -EPERM;
}

int own_file_open(const char *path, int flags, mode_t mode, enum own_file_kind kind, struct stat *file,
		  struct reason *why)
{
	int fd = open(path, flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode), err = 0;
	const char *objection;

	if (fd < 0 && errno == ELOOP)
		return refuse(why, "it is a symbolic link, which is not followed");
	if (fd < 0 || fstat(fd, file)) {
		err = -errno;
		*why = reason_of(err);
	} else {
		objection = objection_to(file, kind);
		err = objection ? refuse(why, objection) : 0;
	}
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}
