/* SPDX-License-Identifier: GPL-2.0-only */
/* The interfaces of an instance: what is attached to each, and what has become of it. No lock is needed. */
#ifndef SYNSCOPE_INSTANCE_INTERFACE_H
#define SYNSCOPE_INSTANCE_INTERFACE_H

#include "instance/instance.h"
#include "kernel/programs.h"

/* An interface of an instance as it is now. */
struct interface_state {
	char ifname[IFNAME_MAX]; /* present name, or the one at attach when that cannot be known */
	bool deleted; /* the interface exists no more */
	bool moved; /* it is in another network namespace than the instance, … */
	char netns[INSTANCE_NAME_MAX]; /* … this one: a name, or net:[INODE]; "" if nothing leads there */
};

/*
 * Look up interface `i`. Costs some ten syscalls: once per listing, not once per flow. Returns 0 or a negative errno
 * (not logged).
 */
int instance_interface_state(const struct instance *instance, int i, struct interface_state *state);

struct told_interface;

/*
 * The same as far as it can be known without rights and without entering a namespace, for another process: by the link,
 * and by `socket`, which is one of the instance's namespace, or -1.
 */
int instance_interface_from_here(const struct instance *instance, int i, int socket, struct told_interface *told);

/*
 * Is one of the interfaces of the instance, wherever it was attached, the one with this ifindex in the present network
 * namespace? 1 or 0, or a negative errno if that is not known.
 */
int instance_has_interface(const struct instance *instance, __u32 ifindex);

/*
 * The ifindexes that its interfaces have in the present network namespace; 0 for one that is not there. Costs some 25
 * syscalls for each.
 */
void instance_present(const struct instance *instance, __u32 present[MAX_INTERFACES]);

/* Have all of its interfaces been deleted? Always false if the instance is not readable. */
bool instance_interfaces_deleted(const struct instance *instance);

/* Has the interface a link (by its meta) or a clsact filter on that hook? */
bool interface_has_link(const struct meta_interface *interface, enum instance_hook hook);
bool interface_has_filter(const struct meta_interface *interface, enum instance_hook hook);

/* The program that belongs on a hook. */
enum program program_for(enum instance_hook hook, bool no_link_header);

/* The name that a link is pinned under. */
void instance_link_object(char object[PIN_OBJECT_MAX], __u32 ifindex, enum instance_hook hook);

/* Is that a name of a pinned link, in any version? */
bool instance_is_link_object(const char *object);

/* Open the link of a pinned instance, or duplicate the one held. Returns an fd or a negative errno (not logged). */
int instance_link_open(const struct instance *instance, int i, enum instance_hook hook);

#endif
