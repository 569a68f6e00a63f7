// SPDX-License-Identifier: GPL-2.0-only
#include "top/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own_directory.h"

#define FILE_NAME "top"
#define FILE_BYTES 4096
#define NEW_NAME_SIZE 32
#define PATH_SHOWN 150 /* of a path, in a reason */

/* Is it another user's? */
static bool is_foreign(const char *path)
{
	struct stat file;

	return !stat(path, &file) && file.st_uid != geteuid();
}

/* Where the file is. False: this user has no home. */
static bool find_directory(char path[PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const struct passwd *user;

	if (config && *config == '/' && !is_foreign(config))
		return snprintf(path, PATH_MAX, "%s/synscope", config) < PATH_MAX;
	if (!home || *home != '/' || is_foreign(home)) {
		user = getpwuid(geteuid());
		home = user ? user->pw_dir : NULL;
	}
	return home && *home == '/' && snprintf(path, PATH_MAX, "%s/.config/synscope", home) < PATH_MAX;
}

/* Open the directory; *path is its name, or "" if there can be none. */
static int open_directory(char path[PATH_MAX], bool make, struct reason *why)
{
	if (find_directory(path))
		return own_directory_open(path, make, why);
	*path = '\0';
	snprintf(why->text, sizeof(why->text), "this user has no home directory");
	return -ENOENT;
}

static int tell(struct reason *why, const char *path, const char *what)
{
	snprintf(why->text, sizeof(why->text), "'%.*s/" FILE_NAME "' %.90s", PATH_SHOWN, path, what);
	return -EINVAL;
}

static int tell_error(struct reason *why, const char *path, int err)
{
	snprintf(why->text, sizeof(why->text), "'%.*s/" FILE_NAME "': %.80s", PATH_SHOWN, path, reason_of(err).text);
	return err;
}

/* ---- reading */

/* Read the whole file as a text. Returns 0 or a negative errno. */
static int read_text(int fd, const char *path, char text[FILE_BYTES], struct reason *why)
{
	struct stat file;
	ssize_t length;

	if (fstat(fd, &file))
		return tell_error(why, path, -errno);
	if (!S_ISREG(file.st_mode) || file.st_uid != geteuid())
		return tell(why, path, "is not a file of this user");
	length = read(fd, text, FILE_BYTES);
	if (length < 0)
		return tell_error(why, path, -errno);
	if (length == FILE_BYTES || memchr(text, '\0', length))
		return tell(why, path, "is not a list of columns");
	text[length] = '\0';
	return 0;
}

static int read_columns(struct top_columns *columns, int directory, const char *path, struct reason *why)
{
	int fd = openat(directory, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), err;
	char text[FILE_BYTES];
	struct reason mistake;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return tell(why, path, "is a symbolic link, which is not followed");
	if (fd < 0)
		return tell_error(why, path, -errno);
	err = read_text(fd, path, text, why);
	close(fd);
	if (!err && !top_columns_read(columns, text, &mistake)) {
		snprintf(why->text, sizeof(why->text), "in '%.*s/" FILE_NAME "' %.90s", PATH_SHOWN, path, mistake.text);
		err = -EINVAL;
	}
	return err;
}

static bool is_there(const char *path)
{
	char file[PATH_MAX + sizeof(FILE_NAME)];

	snprintf(file, sizeof(file), "%s/" FILE_NAME, path);
	return !access(file, F_OK);
}

int top_kept_read(struct top_columns *columns, struct reason *why)
{
	char path[PATH_MAX];
	int directory, err;

	*columns = top_columns_default();
	directory = open_directory(path, false, why);
	if (directory < 0)
		return *path && is_there(path) ? directory : 0;
	err = read_columns(columns, directory, path, why);
	close(directory);
	return err;
}

/* ---- writing */

static int write_text(int fd, const struct buffer *text)
{
	ssize_t length = write(fd, text->data, text->used);

	if (length < 0 || fsync(fd))
		return -errno;
	return (size_t)length == text->used ? 0 : -ENOSPC;
}

/* Under another name first, so that the file is never a part of one. */
static int replace(int directory, const struct buffer *text)
{
	char new[NEW_NAME_SIZE];
	int fd, err;

	snprintf(new, sizeof(new), FILE_NAME ".%d.new", (int)getpid());
	unlinkat(directory, new, 0);
	fd = openat(directory, new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_text(fd, text);
	close(fd);
	if (!err && renameat(directory, new, directory, FILE_NAME))
		err = -errno;
	if (err)
		unlinkat(directory, new, 0);
	return err;
}

int top_kept_write(const struct top_columns *columns, struct reason *why)
{
	char path[PATH_MAX];
	struct buffer text;
	int directory = open_directory(path, true, why), err;

	if (directory < 0)
		return directory;
	if (buffer_init(&text, BUFFER_MEMORY)) {
		close(directory);
		return tell_error(why, path, -ENOMEM);
	}
	top_columns_write(columns, &text);
	err = text.error ? text.error : replace(directory, &text);
	buffer_free(&text);
	close(directory);
	return err ? tell_error(why, path, err) : 0;
}
