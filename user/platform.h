/* SPDX-License-Identifier: GPL-2.0-only */
/* Can this host and this process do what is asked? Each check prints why not and returns a negative errno. */
#ifndef SYNSCOPE_PLATFORM_H
#define SYNSCOPE_PLATFORM_H

/* May the flow tables be read: CAP_BPF. */
int platform_check_read(void);

/* May programs be loaded and attached: Linux 6.1, CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON. */
int platform_check_attach(void);

/* The same for a capture that is replayed through programs of our own. */
int platform_check_replay(void);

/*
 * Are we inside `ip netns exec`? Its private /sys hides the host's bpffs, and pins made there would be lost with it.
 * -EXDEV if so. To be called before anything is mounted.
 */
int platform_check_netns(void);

#endif
