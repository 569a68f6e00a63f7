// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel/bpf_ids.h"
#include "base/message.h"
#include "kernel/pin.h"
#include "kernel/pin_directory.h"
#include "base/reason.h"

/* The characters that are not encoded. '.' is refused by bpffs, '/' separates names. */
static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:-";
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
	if (err == -ENOENT && access("/sys/fs", F_OK))
		message_error("cannot mount a bpffs at " BPFFS_PATH ", as /sys is not mounted; 'mount -t sysfs sysfs "
			      "/sys' does that");
	else if (err == -ENOENT || err == -ENODEV)
		message_error("cannot mount a bpffs at " BPFFS_PATH ": this kernel has none (CONFIG_BPF_SYSCALL)");
	else
		message_error("cannot mount a bpffs at " BPFFS_PATH
			      ": %s; try 'mount -t bpf -o mode=0700 bpf " BPFFS_PATH "'",
			      reason_of(err).text);
	return err;
}

void pin_encode(const char *name, char *entry)
{
	for (; *name; name++) {
		unsigned char byte = *name;

		if (strchr(unreserved, byte)) {
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

void pin_path(char path[PIN_PATH_MAX], const char *entry)
{
	snprintf(path, PIN_PATH_MAX, PIN_ROOT "%s%s", entry ? "/" : "", entry ? entry : "");
}

bool pin_name_valid(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* ---- objects */

/*
 * The kernel takes only paths of objects (an fd of the directory only since Linux 6.5). So the directory that was
 * checked becomes the working directory, and the path is the bare name. `home`: an fd of the former working directory,
 * -1 if it cannot be opened.
 */
static int enter(int directory, int *home)
{
	int err;

	*home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!fchdir(directory))
		return 0;
	err = -errno;
	if (*home >= 0)
		close(*home);
	return err;
}

/*
 * If the process cannot return, it goes to the root directory: in the directory of pins it would keep the bpffs busy.
 */
static void leave(int home)
{
	if ((home < 0 || fchdir(home)) && chdir("/"))
		return;
	if (home >= 0)
		close(home);
}

/*
 * On a bpffs that is mounted read-only, the kernel opens no object for writing, although that would not write to the
 * bpffs. A map can still be opened by its id. A link cannot: -EROFS.
 */
static int open_on_read_only(const char *object)
{
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = BPF_F_RDONLY);
	int fd = bpf_obj_get_opts(object, &options), writable;

	if (fd < 0)
		return errno == EINVAL ? -EROFS : -errno;
	if (bpf_kind_of(fd) != BPF_KIND_MAP) /* there is no other way to open a program */
		return fd;
	writable = bpf_map_reopen(fd);
	close(fd);
	return writable;
}

static int open_object(int directory, const char *object, unsigned int flags)
{
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = flags);
	int home, fd, err = pin_check_object(directory, object);

	if (!err)
		err = enter(directory, &home);
	if (err)
		return err;
	fd = bpf_obj_get_opts(object, &options);
	err = fd < 0 ? -errno : fd;
	if (err == -EROFS && !flags)
		err = open_on_read_only(object);
	leave(home);
	return err;
}

int pin_open(const char *entry, const char *object, unsigned int flags)
{
	int result, directory = pin_name_valid(object) ? pin_open_directory(entry, NULL) : -EINVAL;

	if (directory < 0)
		return directory;
	result = open_object(directory, object, flags);
	close(directory);
	return result;
}

int pin_object(int fd, const char *entry, const char *object)
{
	int home, err, directory = pin_name_valid(object) ? pin_open_directory(entry, NULL) : -EINVAL;

	if (directory < 0)
		return directory;
	err = enter(directory, &home);
	if (!err) {
		err = bpf_obj_pin(fd, object) ? -errno : 0;
		leave(home);
	}
	close(directory);
	return err;
}

int pin_unlink(const char *entry, const char *object)
{
	int err = 0, directory = pin_name_valid(object) ? pin_open_directory(entry, NULL) : -EINVAL;

	if (directory < 0)
		return directory;
	if (unlinkat(directory, object, 0))
		err = -errno;
	close(directory);
	return err;
}

/* ---- entries */

int pin_check(const char *entry)
{
	int fd = pin_open_directory(entry, NULL);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

int pin_mkdir(const char *entry)
{
	int err = 0, root = pin_name_valid(entry) ? pin_open_directory(NULL, NULL) : -EINVAL;

	if (root < 0)
		return root;
	if (mkdirat(root, entry, 0700))
		err = -errno;
	close(root);
	return err;
}

int pin_rmdir(const char *entry)
{
	int err = pin_check(entry), root = err ? err : pin_open_directory(NULL, NULL);

	if (root < 0)
		return root;
	if (unlinkat(root, entry, AT_REMOVEDIR))
		err = -errno;
	close(root);
	return err;
}

int pin_rename(const char *from, const char *to)
{
	int err = pin_name_valid(to) ? pin_check(from) : -EINVAL, root = err ? err : pin_open_directory(NULL, NULL);

	if (root < 0)
		return root;
	if (renameat2(root, from, root, to, RENAME_NOREPLACE))
		err = -errno;
	close(root);
	return err;
}

int pin_each(const char *entry, int (*visit)(const char *name, void *context), void *context)
{
	int result = 0, fd = pin_open_directory(entry, NULL);
	struct dirent *found;
	DIR *directory;

	if (fd < 0)
		return fd;
	directory = fdopendir(fd);
	if (!directory) {
		result = -errno;
		close(fd);
		return result;
	}
	while (!result && (found = readdir(directory)))
		if (found->d_name[0] != '.')
			result = visit(found->d_name, context);
	closedir(directory);
	return result;
}

/* ---- messages */

bool pin_is_reserved(const char *entry)
{
	return !strcmp(entry, PIN_STAGED) || !strcmp(entry, PIN_REMOVED) || !strcmp(entry, PIN_LOCK);
}

bool pin_fault(const char *entry, char fault[PIN_FAULT_MAX])
{
	int fd = pin_open_directory(entry, fault);

	if (fd >= 0)
		close(fd);
	return fd == PIN_REFUSED;
}

/* What to do about a lack of rights, or about a read-only bpffs. */
static const char *advice(const char *doing, int err)
{
	if (err == -EROFS)
		return "; 'mount -o remount,rw " BPFFS_PATH "' lets what is pinned be changed";
	if (!is_denied(err))
		return "";
	if (strncmp(doing, "read", strlen("read")) != 0)
		return "; run it with sudo (or with CAP_DAC_OVERRIDE), or as the user whose directory it is";
	if (!faccessat(AT_FDCWD, BPFFS_PATH, X_OK, AT_EACCESS))
		return "; run it with sudo (or with CAP_DAC_OVERRIDE), or in the group that 'synscope attach --group' "
		       "let read";
	return ", for " BPFFS_PATH
	       " is closed to this user; run it with sudo (or with CAP_DAC_OVERRIDE). If a group may read "
	       "an instance, root opens the way by 'chgrp GROUP " BPFFS_PATH " && chmod g+x " BPFFS_PATH "'";
}

void pin_error(const char *doing, const char *entry, int err)
{
	char fault[PIN_FAULT_MAX], path[PIN_PATH_MAX];

	pin_path(path, entry);
	if (err != PIN_REFUSED)
		message_error("cannot %s '%s': %s%s", doing, path, reason_of(err).text, advice(doing, err));
	else if (pin_fault(entry, fault))
		message_error("cannot %s what is pinned: %s", doing, fault);
	else
		message_error("cannot %s '%s': something in it is not what synscope made there", doing, path);
}

static int warn(const char *entry, void *context)
{
	char fault[PIN_FAULT_MAX];

	(void)context;
	if (pin_is_reserved(entry) && pin_fault(entry, fault))
		message_warning("%s", fault);
	return 0;
}

void pins_warn(void)
{
	pin_each(NULL, warn, NULL); /* if it fails, the caller's next step fails, too */
}
