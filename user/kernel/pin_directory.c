// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel/pin_directory.h"

/* Refuse symbolic links and other mounts at any step of the path. */
static int open_beneath(int directory, const char *name, __u64 flags)
{
	struct open_how how = {
		.flags = flags | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV | RESOLVE_BENEATH,
	};
	long fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static bool is_trusted(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

/* Can a path be put into a shell command without quotes? */
static bool needs_no_quotes(const char *path)
{
	return !path[strspn(path, "/%_:-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")];
}

/* `mend`: a format for the path, with a command that mends it; left out if the path would need quotes. */
static int refuse(char fault[PIN_FAULT_MAX], const char *path, const char *mend, const char *format, ...)
{
	char wrong[PIN_FAULT_MAX / 4], advice[PIN_FAULT_MAX / 2];
	va_list arguments;

	if (!fault)
		return PIN_REFUSED;
	va_start(arguments, format);
	vsnprintf(wrong, sizeof(wrong), format, arguments);
	va_end(arguments);
	snprintf(advice, sizeof(advice), "look what it is, and %s '%s %s'",
		 !strncmp(mend, "rm", 2) ? "remove it with" : "mend that with", mend, path);
	if (!needs_no_quotes(path))
		snprintf(advice, sizeof(advice), "look what it is, and move it away");
	snprintf(fault, PIN_FAULT_MAX, "'%s' %s; synscope does not touch it: %s", path, wrong, advice);
	return PIN_REFUSED;
}

static bool is_link(int directory, const char *name)
{
	struct stat status;

	return !fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) && S_ISLNK(status.st_mode);
}

/* 0, or PIN_REFUSED. */
static int check_directory(int fd, const char *path, char fault[PIN_FAULT_MAX])
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if (!is_trusted(status.st_uid))
		return refuse(fault, path, "rm -r", "belongs to uid %u, not to root", status.st_uid);
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(fault, path, "chmod go-w", "can be written to by others: its mode is %04o",
			      status.st_mode & 07777);
	return 0;
}

/* Others may create directories in the bpffs, but must not be able to rename ours. */
static int check_bpffs(int fd, char fault[PIN_FAULT_MAX])
{
	struct statfs system;
	struct stat status;

	if (fstatfs(fd, &system) || fstat(fd, &status))
		return -errno;
	if ((unsigned long)system.f_type != BPF_FS_MAGIC)
		return -ENOENT;
	if (!is_trusted(status.st_uid))
		return refuse(fault, BPFFS_PATH, "chown root", "belongs to uid %u, not to root", status.st_uid);
	if (status.st_mode & (S_IWGRP | S_IWOTH) && !(status.st_mode & S_ISVTX))
		return refuse(fault, BPFFS_PATH, "chmod +t",
			      "lets others rename and remove what is in it: its mode is %04o", status.st_mode & 07777);
	return 0;
}

static int close_if(int err, int fd)
{
	if (!err)
		return fd;
	close(fd);
	return err;
}

int pin_open_bpffs(char fault[PIN_FAULT_MAX])
{
	int fd = open(BPFFS_PATH, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : close_if(check_bpffs(fd, fault), fd);
}

int pin_open_below(int directory, const char *name, const char *path, char fault[PIN_FAULT_MAX])
{
	int fd = open_beneath(directory, name, O_RDONLY | O_DIRECTORY);

	switch (fd) {
	case -ELOOP:
	case -ENOTDIR: /* rm removes a symbolic link itself */
		return refuse(fault, path, "rm",
			      is_link(directory, name) ? "is a symbolic link" : "is not a directory");
	case -EXDEV:
		return refuse(fault, path, "umount", "has something mounted over it");
	default:
		return fd < 0 ? fd : close_if(check_directory(fd, path, fault), fd);
	}
}

int pin_open_directory(const char *entry, char fault[PIN_FAULT_MAX])
{
	char path[PIN_PATH_MAX];
	int bpffs = pin_open_bpffs(fault), root, fd;

	if (bpffs < 0)
		return bpffs;
	root = pin_open_below(bpffs, PIN_ROOT_NAME, PIN_ROOT, fault);
	close(bpffs);
	if (root < 0 || !entry)
		return root;
	pin_path(path, entry);
	fd = pin_name_valid(entry) ? pin_open_below(root, entry, path, fault) : -EINVAL;
	close(root);
	return fd;
}

int pin_check_object(int directory, const char *name)
{
	int err = 0, fd = open_beneath(directory, name, O_PATH);
	struct stat status;

	if (fd < 0)
		return fd == -EXDEV ? PIN_REFUSED : fd;
	if (fstat(fd, &status))
		err = -errno;
	else if (!S_ISREG(status.st_mode) || !is_trusted(status.st_uid))
		err = PIN_REFUSED;
	close(fd);
	return err;
}
