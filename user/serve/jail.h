/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving up rights for good. `synscope serve` is two processes: the server, which talks to the network, and the opener
 * (serve/opener.h), which opens what is pinned. Each enters its jail when it holds all that it needs.
 *
 * These rights belong to a thread, not to the process. A jail is therefore entered before any other thread is started,
 * and threads that are started later have no more rights than the first one.
 */
#ifndef SYNSCOPE_SERVE_JAIL_H
#define SYNSCOPE_SERVE_JAIL_H

#include <stdbool.h>
#include <sys/types.h>

#define JAIL_USER 65534 /* nobody, and the group nogroup */
#define JAIL_REMOVES_MAX 32

enum jail_kind {
	/*
	 * User and group nobody, no other group, no capability. It may use the descriptors that it holds, accept
	 * connections, make threads, receive descriptors, and run BPF programs by BPF_PROG_TEST_RUN.
	 */
	JAIL_SERVER,
	/*
	 * The user that it is, to whom the pins belong; no other group, and of the capabilities CAP_BPF. It may list
	 * directories of the bpffs, open what is pinned there, create ring buffers, remove the files in `removes`, and
	 * use the descriptors that it holds.
	 */
	JAIL_OPENER,
	/*
	 * The user that it is, to whom the pins and files belong; no other group, and of the capabilities CAP_BPF. It
	 * may not start a program, accept connections, trace, signal others, load or attach BPF programs, or enter or
	 * make namespaces. It resolves names, connects, and opens files, whenever a destination comes back: what it can
	 * do at its start, it can do later.
	 */
	JAIL_EXPORTER,
};

struct jail_report {
	const char *failed; /* what could not be done, as a phrase after "cannot"; NULL if nothing */
	int landlock; /* the version of Landlock that is in force; 0: this kernel has none */
	bool is_nobody; /* else the process is still the user that started it, who is not root */
};

/* Of the opener: the directories that it may remove files from. */
struct jail_removes {
	const char *directory[JAIL_REMOVES_MAX];
	int count;
};

/*
 * Enter the jail. `removes` may be NULL. Returns 0 or a negative errno (not logged), and `report` says what failed;
 * then some rights are gone, and the process should end. -EBUSY: there are other threads. A kernel without Landlock is
 * no failure.
 */
int jail_enter(enum jail_kind kind, const struct jail_removes *removes, struct jail_report *report);

/* Is it a system call that the jail forbids that a process died of, by its status from waitpid(2)? */
bool jail_killed(int status);

#define JAIL_TEXT_MAX 512

/* What a server in a jail may still do, in one sentence for the user. */
void jail_describe(const struct jail_report *report, char text[JAIL_TEXT_MAX]);

#endif
