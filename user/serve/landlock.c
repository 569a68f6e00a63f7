// SPDX-License-Identifier: GPL-2.0-only
#include "serve/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/types.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of linux/landlock.h, whose newer parts the headers of the distribution may lack. */
struct ruleset {
	__u64 handled_access_fs;
	__u64 handled_access_net; /* since version 4 */
	__u64 scoped; /* since version 6 */
};

#define NET_ALL 3ULL /* LANDLOCK_ACCESS_NET_BIND_TCP, LANDLOCK_ACCESS_NET_CONNECT_TCP */
#define SCOPE_ALL 3ULL /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, LANDLOCK_SCOPE_SIGNAL */
#define VERSION_NET 4
#define VERSION_SCOPE 6

/* The accesses to files that a version knows: the first has 13, and later ones added one bit each. */
static __u64 files_of(int version)
{
	static const unsigned int bits[] = { 0, 13, 14, 15, 15, 16 };
	const int last = sizeof(bits) / sizeof(bits[0]) - 1;

	return (1ULL << bits[version < last ? version : last]) - 1;
}

static size_t size_of(int version)
{
	if (version >= VERSION_SCOPE)
		return sizeof(struct ruleset);
	return version >= VERSION_NET ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, handled_access_net);
}

static int except(int ruleset, const struct landlock_exception *exception)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = exception->access };
	int err = 0;

	beneath.parent_fd = open(exception->directory, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return -errno;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0))
		err = -errno;
	close(beneath.parent_fd);
	return err;
}

int landlock_enter(const struct landlock_exception *exceptions, int count)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset rules = { .handled_access_net = NET_ALL, .scoped = SCOPE_ALL };
	int ruleset, err = 0;

	if (version < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	rules.handled_access_fs = files_of((int)version);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size_of((int)version), 0);
	if (ruleset < 0)
		return -errno;
	for (int i = 0; i < count && !err; i++)
		err = except(ruleset, &exceptions[i]);
	if (!err && syscall(SYS_landlock_restrict_self, ruleset, 0))
		err = -errno;
	close(ruleset);
	return err ? err : (int)version;
}
