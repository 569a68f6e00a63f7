/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another process tells about a pinned instance, to a process that may not open pins, nor ask the kernel about
 * maps and interfaces. Several instances of this process may stand for one.
 */
#ifndef SYNSCOPE_INSTANCE_TOLD_H
#define SYNSCOPE_INSTANCE_TOLD_H

#include "instance/event_reader.h"
#include "instance/instance.h"

struct told_interface {
	char ifname[IFNAME_MAX]; /* as it is now, or as it was when it was attached */
	__u8 deleted, moved; /* see struct interface_state */
};

struct instance_told {
	struct instance_meta meta;
	bool other_layout;
	char fault[PIN_FAULT_MAX]; /* "" if there is none */
	__u32 meta_id;
	int fd[OBJECT_COUNT]; /* -1: not opened */
	__u64 counters[COUNTERS_MAX];
	struct told_interface interface[MAX_INTERFACES];
	/* The place for events; without one, ring_fd is -1 and events_err says why. */
	struct event_claim claim;
	int ring_fd;
	int events_err;
	bool gone; /* it was detached */
	int users; /* instances, and the teller */
};

/* With one user, no fds and no place. NULL without memory (logged). */
struct instance_told *told_new(void);

/* One user less; the last one frees it. NULL is ignored. */
void told_release(struct instance_told *told);

/*
 * An instance that stands for it, and is read as if this process had opened its pins. NULL without memory (not logged).
 */
struct instance *told_instance(struct instance_told *told);

#endif
