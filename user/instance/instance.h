/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instance: a flow table, the programs that feed it, and the interfaces they are attached to. This folder and
 * user/kernel/ have all code that changes what is attached. None of their functions may run in two threads.
 */
#ifndef SYNSCOPE_INSTANCE_INSTANCE_H
#define SYNSCOPE_INSTANCE_INSTANCE_H

#include <limits.h>
#include <linux/types.h>
#include <stdbool.h>

#include "instance/histogram.h"
#include "instance/object.h"
#include "kernel/pin.h"

#include "synscope/config.h"

/* Where on an interface a program may be. */
enum instance_hook {
	HOOK_XDP,
	HOOK_TC_INGRESS,
	HOOK_TC_EGRESS,
	HOOK_COUNT,
};

/*
 * An open instance. If it was opened by its pins, its fds are -1, and instance_open_object() opens what is wanted: so a
 * process can have more instances open than descriptors. If it was just attached, it holds its fds until
 * instance_close().
 */
struct instance {
	struct instance_meta meta;
	int fd[OBJECT_COUNT]; /* of its objects, as far as they are held; else -1 */
	/* Pinned with another layout: of `meta`, only name, layout_version and program_version are valid. */
	bool other_layout;
	/*
	 * What is wrong with its pins, or NULL. An instance with a fault cannot be read, only detached. Of its `meta`,
	 * only the name is valid, which is "" if the pins are no instance's.
	 */
	char *fault;
	bool stray; /* the entry is a pinned object instead of a directory */
	bool not_ours; /* the entry belongs to somebody else; the fault says what to do */

	/* The rest is for this folder only. */
	struct instance_told *told; /* not NULL: it stands for what another process tells, see told.h */
	bool pinned;
	char entry[NAME_MAX + 1]; /* that it is pinned under */
	__u32 meta_id; /* id of the map `meta`, which identifies the instance; 0: ask the held fd */
	int link_fd[MAX_INTERFACES][HOOK_COUNT]; /* held while attaching, and by an instance that is not pinned */
	struct following *following; /* with attach_options.follow, see follow.h; NULL without */
	int guard_fd[MAX_INTERFACES]; /* of an instance that is not pinned, see kernel/guard.h */
};

/* An instance with nothing in it and all fds -1. NULL without memory (not logged). */
struct instance *instance_new(void);

/*
 * Read again what the meta of an instance says, which changes when new interfaces are followed. Returns 0 or a negative
 * errno (not logged), and then nothing is changed.
 */
int instance_reread(struct instance *instance);

/* Has it this version's layout, and no fault? */
bool instance_is_readable(const struct instance *instance);

/* Its name, or the name of its entry if the pins are no instance's. */
const char *instance_title(const struct instance *instance);

/*
 * Does a pinned instance still exist, rather than another one under its name? One that is not pinned exists while it is
 * open.
 */
bool instance_is_there(const struct instance *instance);

/*
 * Open one of its objects, which the caller closes. Returns an fd or a negative errno (not logged); OBJECT_WRONG if
 * something else is pinned there.
 */
int instance_open_object(const struct instance *instance, enum instance_object object);

/* The same for what is pinned under an entry, whatever it is. */
int instance_open_pinned(const char *entry, enum instance_object object);

/* Map its histograms. Returns 0 or a negative errno (not logged). */
int instance_open_histograms(const struct instance *instance, struct histogram_reader *reader);

/* What to append to a message that an object of a readable instance could not be opened, with this errno. */
const char *instance_advice(int err);

/*
 * Close its maps, so that the kernel can free them once it is detached. Its meta can still be read, and it can be
 * closed.
 */
void instance_close_maps(struct instance *instance);

/* Close its links and guards without detaching: the pins hold the links. */
void instance_close_links(struct instance *instance);

#endif
