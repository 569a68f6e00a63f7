// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/share.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"
#include "kernel/pin.h"
#include "kernel/pin_directory.h"
#include "kernel/platform.h"

#define ENTRY_MODE 0750
#define ROOT_MODE 0755 /* so that members of several groups can list the instances */

/* The objects of an instance that readers open. The first ones are mapped. */
static const struct {
	const char *object;
	mode_t mode;
} shared[] = {
	{ "round_trips", 0660 }, { "round_trip_histograms", 0660 }, { "hot", 0660 },	 { "cold", 0660 },
	{ "latencies", 0660 },	 { "server_ports", 0660 },	    { "tunnels", 0660 }, { "meta", 0640 },
	{ "counters", 0640 },	 { "reader_slots", 0640 },
};

int share_resolve(const char *group, gid_t *gid)
{
	const struct group *found = getgrnam(group);
	unsigned long number;
	char *end;

	number = strtoul(group, &end, 10);
	if (!found && (!isdigit((unsigned char)*group) || *end || number >= SHARE_NOBODY)) {
		message_error("there is no group '%s'; 'getent group' lists all groups", group);
		return -ENOENT;
	}
	*gid = found ? found->gr_gid : (gid_t)number;
	return platform_check_unprivileged_bpf();
}

__u64 share_needs(gid_t gid)
{
	return gid == SHARE_NOBODY || getegid() == gid || group_member(gid) ? 0 : NEEDS(CAP_CHOWN);
}

gid_t share_of(const char *entry)
{
	int fd = pin_open_directory(entry, NULL);
	struct stat status;
	gid_t gid = SHARE_NOBODY;

	if (fd < 0)
		return gid;
	if (!fstat(fd, &status) && status.st_mode & S_IXGRP)
		gid = status.st_gid;
	close(fd);
	return gid;
}

/* The directory last, so that its content cannot be reached before all modes are set. */
static int share_objects(int fd, gid_t gid)
{
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (fchownat(fd, shared[i].object, -1, gid, AT_SYMLINK_NOFOLLOW) ||
		    fchmodat(fd, shared[i].object, shared[i].mode, 0))
			return -errno;
	return fchown(fd, -1, gid) || fchmod(fd, ENTRY_MODE) ? -errno : 0;
}

static int open_root(void)
{
	int root = pin_open_directory(NULL, NULL), err = 0;

	if (root < 0)
		return root;
	if (fchmod(root, ROOT_MODE))
		err = -errno;
	close(root);
	return err;
}

int share_entry(const char *entry, gid_t gid)
{
	int fd, err;

	if (gid == SHARE_NOBODY)
		return 0;
	fd = pin_open_directory(entry, NULL);
	err = fd < 0 ? fd : share_objects(fd, gid);
	if (!err)
		err = open_root();
	if (fd >= 0)
		close(fd);
	if (err)
		message_error("cannot let group %u read what is pinned: %s", gid, reason_of(err).text);
	return err;
}

void share_warn_closed(const char *group, gid_t gid)
{
	struct stat status;

	if (gid == SHARE_NOBODY || stat(BPFFS_PATH, &status) || status.st_mode & S_IXOTH ||
	    (status.st_gid == gid && status.st_mode & S_IXGRP))
		return;
	message_warning("the group '%s' cannot get into " BPFFS_PATH ", whose mode is %04o: 'chgrp %s " BPFFS_PATH
			" && chmod g+x " BPFFS_PATH "' lets it, until the next boot; see PRIVILEGES in 'man synscope'",
			group, status.st_mode & 07777, group);
}
