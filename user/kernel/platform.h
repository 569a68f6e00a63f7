/* SPDX-License-Identifier: GPL-2.0-only */
/* Can this host and this process do what is asked? Each check returns 0 or a negative errno (logged). */
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

/* Does this process lack any of these? Their names go into `names`, if that is not NULL. */
bool platform_lacks(__u64 needs, char names[NEEDS_TEXT_MAX]);

/*
 * Does this process have the capabilities that `purpose` ("flushing flows") needs, and outside of a user namespace?
 * -EPERM if not.
 */
int platform_check(const char *purpose, __u64 needs);

/* Can programs be loaded and attached? Needs Linux 6.1, and the capabilities NEEDS_LOADING and `more`. */
int platform_check_attach(__u64 more);

/* The same for replaying a capture in the kernel, which attaches nothing. */
int platform_check_replay(void);

/* The capabilities needed to enter a network namespace (as for netns_open(); NULL: none). */
__u64 platform_netns_needs(const char *name_or_pid);

/* For a reader that found no instance: may this process see all instances? If not, that is logged. */
int platform_check_nothing_found(void);

/* Is this process inside `ip netns exec`, where what is pinned on the host is out of sight? */
bool platform_hides_pins(void);

/*
 * -EXDEV if this process is inside `ip netns exec`. Its private /sys hides the host's bpffs, and pins made there would
 *   be lost. Call this before mounting anything.
 */
int platform_check_netns(void);

/*
 * -EPERM if the kernel lets users without rights load programs. Then every user who can open a map can write to it
 *   through a program.
 */
int platform_check_unprivileged_bpf(void);

#endif
