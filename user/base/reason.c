// SPDX-License-Identifier: GPL-2.0-only
#include "base/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory_room.h"
#include "base/text.h"

/* A limit of the process, as setrlimit(2) and the shell name it. */
struct limit {
	int resource;
	const char *name, *option; /* option of ulimit */
	bool bytes;
};

static const struct limit address_space = { RLIMIT_AS, "RLIMIT_AS", "-v", true };
static const struct limit data = { RLIMIT_DATA, "RLIMIT_DATA", "-d", true };
static const struct limit descriptors = { RLIMIT_NOFILE, "RLIMIT_NOFILE", "-n", false };
static const struct limit file_size = { RLIMIT_FSIZE, "RLIMIT_FSIZE", "-f", true };
static const struct limit processes = { RLIMIT_NPROC, "RLIMIT_NPROC", "-u", false };

/* Append "RLIMIT_AS is 20.0 MiB: see 'ulimit -v'", unless there is no such limit. `separator`: what goes before it. */
static bool add_limit(struct reason *reason, const struct limit *limit, const char *separator)
{
	size_t length = strlen(reason->text);
	char value[SHORT_SIZE + 1];
	struct rlimit now;

	if (getrlimit(limit->resource, &now) || now.rlim_cur == RLIM_INFINITY)
		return false;
	if (limit->bytes)
		*put_size(value, now.rlim_cur) = '\0';
	else
		snprintf(value, sizeof(value), "%llu", (unsigned long long)now.rlim_cur);
	snprintf(reason->text + length, REASON_MAX - length, "%s%s is %s: see 'ulimit %s'", separator, limit->name,
		 value, limit->option);
	return true;
}

static void close_parenthesis(struct reason *reason)
{
	size_t length = strlen(reason->text);

	snprintf(reason->text + length, REASON_MAX - length, ")");
}

/* If the process has no limit, memory is limited by the machine or the control group. */
static void add_memory_room(struct reason *reason)
{
	size_t length = strlen(reason->text);
	struct memory_room room;
	char left[SHORT_SIZE + 1];

	if (!memory_room("", &room))
		return;
	*put_size(left, room.bytes) = '\0';
	snprintf(reason->text + length, REASON_MAX - length, " (%s has %s left)", room.whose, left);
}

static void explain_memory(struct reason *reason)
{
	bool any;

	snprintf(reason->text, REASON_MAX, "out of memory");
	any = add_limit(reason, &address_space, " (");
	any |= add_limit(reason, &data, any ? "; " : " (");
	if (any)
		close_parenthesis(reason);
	else
		add_memory_room(reason);
}

/* glibc returns EAGAIN also if there is no memory for a thread. */
static void explain_thread(struct reason *reason)
{
	snprintf(reason->text, REASON_MAX, "no further thread can be made (pids.max of the control group");
	add_limit(reason, &processes, ", or ");
	add_limit(reason, &address_space, ", or ");
	add_limit(reason, &data, ", or ");
	close_parenthesis(reason);
}

static void explain_files_of_all(struct reason *reason)
{
	snprintf(reason->text, REASON_MAX,
		 "too many open files on this machine (fs.file-max: see 'sysctl fs.file-max fs.file-nr')");
}

static void explain_one(struct reason *reason, const char *what, const struct limit *limit)
{
	snprintf(reason->text, REASON_MAX, "%s", what);
	if (add_limit(reason, limit, " ("))
		close_parenthesis(reason);
}

struct reason reason_of(int err)
{
	struct reason reason;

	switch (err) {
	case -ENOMEM:
		explain_memory(&reason);
		break;
	case -EMFILE:
		explain_one(&reason, "too many open files", &descriptors);
		break;
	case -ENFILE:
		explain_files_of_all(&reason);
		break;
	case -EFBIG:
		explain_one(&reason, "the file would be larger than is allowed", &file_size);
		break;
	case -EAGAIN:
		explain_thread(&reason);
		break;
	case -E2BIG:
		snprintf(reason.text, REASON_MAX, "more than the kernel takes at once");
		break;
	default:
		snprintf(reason.text, REASON_MAX, "%s", strerror(-err));
	}
	return reason;
}

bool is_limit(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM || err == -EAGAIN || err == -ENOBUFS;
}

bool is_denied(int err)
{
	return err == -EACCES || err == -EPERM;
}

const char *permission_hint(int err)
{
	if (!is_denied(err))
		return "";
	return geteuid() ? "; run it with sudo"
			 : "; root needs more here: a container, seccomp or a security module does not allow it";
}
