/* SPDX-License-Identifier: GPL-2.0-only */
/* Can this host and this process do what is asked? Each check prints why not and returns a negative errno. */
#ifndef SYNSCOPE_KERNEL_PLATFORM_H
#define SYNSCOPE_KERNEL_PLATFORM_H

#include <linux/capability.h>
#include <linux/types.h>
#include <stdbool.h>

/* A set of capabilities. CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON, and CAP_DAC_OVERRIDE
 * for CAP_DAC_READ_SEARCH, as they do in the kernel. */
#define NEEDS(capability) (1ULL << (capability))
#define NEEDS_LOADING \
	(NEEDS(CAP_BPF) | NEEDS(CAP_NET_ADMIN) | NEEDS(CAP_PERFMON)) /* our programs, and attaching them */

#define NEEDS_TEXT_MAX 128

/* Does this process lack any of these? Which goes into `names`, if that is not NULL. */
bool platform_lacks(__u64 needs, char names[NEEDS_TEXT_MAX]);

/*
 * Has the process the capabilities that `purpose` ("flushing flows") needs, and holds them on the host? -EPERM if not.
 */
int platform_check(const char *purpose, __u64 needs);

/*
 * May programs be loaded and attached: Linux 6.1, and the capabilities, of which `more` are needed beside
 * NEEDS_LOADING.
 */
int platform_check_attach(__u64 more);

/* The same for a capture that is replayed through programs of our own. */
int platform_check_replay(void);

/* The capabilities that it takes to enter a network namespace (as of netns_open(); NULL: none). */
__u64 platform_netns_needs(const char *name_or_pid);

/*
 * For a reader that found no instance: without rights it cannot know that there is none, which is logged. 0 if it can.
 */
int platform_check_nothing_found(void);

/*
 * Are we inside `ip netns exec`? Its private /sys hides the host's bpffs, and pins made there would be lost with it.
 * -EXDEV if so. To be called before anything is mounted.
 */
int platform_check_netns(void);

/*
 * Does the kernel keep users without rights from loading programs? If it does not, whoever can open a map can have a
 * program write to it. -EPERM if not.
 */
int platform_check_unprivileged_bpf(void);

#endif
