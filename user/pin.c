// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "message.h"
#include "pin.h"

#define PIN_ROOT BPFFS_PATH "/synscope"

/* bpffs refuses '.', and '/' separates; only these stand for themselves. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:-";
static const char hex[] = "0123456789ABCDEF";

bool bpffs_mounted(void)
{
	struct statfs status;

	return !statfs(BPFFS_PATH, &status) && (unsigned long)status.f_type == BPF_FS_MAGIC;
}

int bpffs_mount(void)
{
	int err;

	if (bpffs_mounted())
		return 0;
	if (!mount("bpf", BPFFS_PATH, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700"))
		return 0;
	err = -errno;
	message_error("cannot mount a bpffs at " BPFFS_PATH ": %s; try 'mount -t bpf bpf " BPFFS_PATH "'",
		      strerror(-err));
	return err;
}

void pin_encode(const char *name, char *entry)
{
	for (; *name; name++) {
		unsigned char byte = *name;

		if (strchr(plain, byte)) {
			*entry++ = *name;
		} else {
			*entry++ = '%';
			*entry++ = hex[byte >> 4];
			*entry++ = hex[byte & 15];
		}
	}
	*entry = '\0';
}

bool pin_decode(const char *entry, char *name)
{
	const char *high, *low;
	size_t length = 0;

	for (; *entry; entry++) {
		if (length == INSTANCE_NAME_MAX - 1)
			return false;
		if (*entry != '%') {
			name[length++] = *entry;
			continue;
		}
		high = entry[1] ? strchr(hex, entry[1]) : NULL;
		low = high && entry[2] ? strchr(hex, entry[2]) : NULL;
		if (!low)
			return false;
		name[length++] = (char)((high - hex) << 4 | (low - hex));
		entry += 2;
	}
	name[length] = '\0';
	return length > 0;
}

void pin_path(char path[PIN_PATH_MAX], const char *entry, const char *object)
{
	snprintf(path, PIN_PATH_MAX, PIN_ROOT "%s%s%s%s", entry ? "/" : "", entry ? entry : "", object ? "/" : "",
		 object ? object : "");
}

static int fail(const char *what)
{
	int err = -errno;

	message_error("cannot %s " PIN_ROOT ": %s%s", what, strerror(-err),
		      err == -EACCES || err == -EPERM ? "; run it with sudo" : "");
	return err;
}

/* One try to lock the directory: an fd, -EAGAIN if it was removed while we waited, or another negative errno. */
static int lock_once(bool create, bool wait)
{
	struct stat status;
	int fd, err;

	if (create && mkdir(PIN_ROOT, 0700) && errno != EEXIST)
		return fail("make");
	fd = open(PIN_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno != ENOENT ? fail("open") : create ? -EAGAIN : -ENOENT;
	if (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) || fstat(fd, &status)) {
		err = errno == EWOULDBLOCK ? -EBUSY : fail("lock");
		close(fd);
		return err;
	}
	if (status.st_nlink)
		return fd;
	close(fd);
	return -EAGAIN;
}

int pin_lock(bool create, bool wait)
{
	int fd;

	if (!bpffs_mounted())
		return -ENOENT;
	do {
		fd = lock_once(create, wait);
	} while (fd == -EAGAIN);
	return fd;
}

void pin_unlock(int fd)
{
	if (fd < 0)
		return;
	rmdir(PIN_ROOT); /* refused while anything is pinned */
	close(fd);
}

int pin_open(const char *entry, const char *object, unsigned int flags)
{
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = flags);
	char path[PIN_PATH_MAX];
	int fd;

	pin_path(path, entry, object);
	fd = bpf_obj_get_opts(path, &options);
	return fd < 0 ? -errno : fd;
}

int pin_mkdir(const char *entry)
{
	char path[PIN_PATH_MAX];

	pin_path(path, entry, NULL);
	return mkdir(path, 0700) ? -errno : 0;
}

int pin_rename(const char *from, const char *to)
{
	char from_path[PIN_PATH_MAX], to_path[PIN_PATH_MAX];

	pin_path(from_path, from, NULL);
	pin_path(to_path, to, NULL);
	return renameat2(AT_FDCWD, from_path, AT_FDCWD, to_path, RENAME_NOREPLACE) ? -errno : 0;
}

int pin_each(const char *entry, int (*visit)(const char *name, void *context), void *context)
{
	char path[PIN_PATH_MAX];
	struct dirent *found;
	DIR *directory;
	int result = 0;

	pin_path(path, entry, NULL);
	directory = opendir(path);
	if (!directory)
		return -errno;
	while (!result && (found = readdir(directory)))
		if (found->d_name[0] != '.')
			result = visit(found->d_name, context);
	closedir(directory);
	return result;
}
