/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instances: a flow table, the programs that feed it, and the interfaces they are attached to. These functions, and the
 * modules below them, are all that changes the kernel's state.
 *
 * Every function that can fail has logged the reason when it returns a negative errno. None of them may run in two
 * threads.
 */
#ifndef SYNSCOPE_INSTANCE_INSTANCE_H
#define SYNSCOPE_INSTANCE_INSTANCE_H

#include <limits.h>
#include <linux/types.h>
#include <stdbool.h>

#include "instance/options.h"
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
 * An open instance. The fds of one that was opened by its pins are -1: instance_open_object() opens what is wanted, so
 * that a process can have more instances open than descriptors. One that was just attached holds them until
 * instance_close().
 */
struct instance {
	struct instance_meta meta;
	int hot_fd;
	int cold_fd;
	int counters_fd;
	int latencies_fd;
	int server_ports_fd;
	int meta_fd;
	/* Pinned by another layout: of `meta` only name, layout_version and program_version mean something. */
	bool other_layout;
	/*
	 * What is wrong with its pins, NULL if nothing: then it cannot be read, only detached, and of `meta` nothing
	 * means anything but the name, which is "" if the pins are no instance's.
	 */
	char *fault;
	bool stray; /* it is no directory, but an object */
	bool not_ours; /* the directory: the fault says how to mend it */

	/* The rest is for the instance modules only. */
	bool pinned;
	char entry[NAME_MAX + 1]; /* under which it is pinned */
	__u32 meta_id; /* of the map, by which it is known again; 0: as that of meta_fd */
	int link_fd[MAX_INTERFACES][HOOK_COUNT]; /* held while attaching, and by an instance that is not pinned */
	int guard_fd[MAX_INTERFACES]; /* the same */
};

/*
 * Load, attach and, if options->pin, pin a new instance. On failure nothing is left attached; a signal that came
 * meanwhile is one, of which nothing is printed (-EINTR): it ends the process unless it was blocked. After a success
 * they are held back: too late. What was attached how is in (*instance)->meta. The caller closes it; a pinned one goes
 * on tracking.
 */
int instance_attach(const struct attach_options *options, struct instance **instance);

/* Swap the programs of a pinned instance of the same layout for those of this version, keeping its flows. */
int instance_upgrade(const char *name);

/*
 * Remove the instance of this name, or the only one that tracks an interface of this name; tells its name. Returns
 * when the kernel has freed its links, programs and maps, or after 2 s.
 */
int instance_detach(const char *name_or_ifname);

/* Remove every instance, whatever killed processes left behind, and every orphaned filter. None at all is no error. */
int instance_detach_all(void);

/*
 * Open pinned instances for reading, sorted by name: all of them that this user may read (`name` NULL; none is no error
 * for who would see them if there were any), or one. Of each the `objects` (a set of enum instance_object) are looked
 * at; one that lacks any, or has something else in its place, has a `fault`, and is no error. The caller frees with
 * instances_close().
 */
int instances_open(const char *name, unsigned int objects, struct instance ***instances, int *count);

/* Print that nothing is attached, as far as can be seen, and how to change that. */
void instances_print_none(void);

/* `instances` may be NULL. */
void instances_close(struct instance **instances, int count);

/* Detaches an instance that is not pinned, as instance_detach() would. NULL is ignored. */
void instance_close(struct instance *instance);

/*
 * Open one of its objects, which the caller closes. Returns an fd or a negative errno, OBJECT_WRONG if something else
 * is pinned there; nothing is printed.
 */
int instance_open_object(const struct instance *instance, enum instance_object object);

/* What to add to a message that an object of an instance, which could be read, could not be opened. */
const char *instance_advice(int err);

/* Is it of this layout, and without a fault? */
bool instance_is_readable(const struct instance *instance);

/* Map its histograms. Returns 0 or a negative errno (not logged). */
int instance_open_histograms(const struct instance *instance, struct histogram_reader *reader);

/* Its name, or if the pins are no instance's, what they are under. */
const char *instance_title(const struct instance *instance);

/* Print that it is left out, and its fault. */
void instance_tell_fault(const struct instance *instance);

/*
 * Is a pinned instance still there, and not another one by its name? One that is not pinned is there while it is open.
 */
bool instance_is_there(const struct instance *instance);

/*
 * Close its fds, so that the kernel can free it once it is detached. Its meta can still be read, and it can be closed.
 */
void instance_let_go(struct instance *instance);

/* An interface of an instance as it is now. */
struct interface_state {
	char ifname[IFNAME_MAX]; /* present name, or the one at attach when that cannot be known */
	bool gone; /* the interface exists no more */
};

/*
 * Look up interface `i`. Costs some ten syscalls: once per listing, not once per flow. Returns 0 or a negative errno.
 */
int instance_interface_state(const struct instance *instance, int i, struct interface_state *state);

#endif
