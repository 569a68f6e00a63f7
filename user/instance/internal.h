/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the instance_*.c files share. Unless it says otherwise, the caller holds the lock of pin.h, and nothing is
 * printed.
 */
#ifndef SYNSCOPE_INSTANCE_INTERNAL_H
#define SYNSCOPE_INSTANCE_INTERNAL_H

#include "kernel/bpf_ids.h"
#include "kernel/clsact.h"
#include "instance/instance.h"
#include "kernel/programs.h"

/* ---- instance_open.c: the lock is not needed */

/* An instance with nothing in it and all fds -1. NULL without memory. */
struct instance *instance_new(void);

/* Look at all pinned instances, and of each at its meta alone; some may have faults. Prints on failure. */
int instances_load(struct instance ***instances, int *count);

/* Read the meta of an entry. False if it is not there, damaged or of another layout. */
bool instance_read_meta(const char *entry, struct instance_meta *meta);

/* Print which are left out because of their faults. */
void instances_tell_faults(struct instance *const *instances, int count);

/* Write one line that names all instances ("none" if so) into `text`, cut off at `size`. */
void instances_names(struct instance *const *instances, int count, char *text, size_t size);

/* ---- instance_interface.c: the lock is not needed */

/* Has the interface a link (by its meta) or a clsact filter on that hook? */
bool interface_has_link(const struct meta_interface *interface, enum instance_hook hook);
bool interface_has_filter(const struct meta_interface *interface, enum instance_hook hook);

/* The program that belongs on a hook. */
enum program program_for(enum instance_hook hook, bool no_link_header);

/* Name of the pin of a link. */
void instance_link_object(char object[PIN_OBJECT_MAX], __u32 ifindex, enum instance_hook hook);

/* Is that a name of such a pin, of whatever version? */
bool instance_is_link_object(const char *object);

/* Open the link of a pinned instance, or duplicate the one held. An fd or a negative errno. */
int instance_link_open(const struct instance *instance, int i, enum instance_hook hook);

/* Are all of its interfaces gone? Never true of one that is not readable. */
bool instance_is_gone(const struct instance *instance);

/* ---- instance_close.c: the lock is not needed */

/* Take off all links and guards that `instance` holds, noting what is to vanish in `ids`. */
void instance_drop_links(struct instance *instance, struct bpf_ids *ids);

/* Close them only: pins hold the links now. */
void instance_release_links(struct instance *instance);

/* ---- instance_remove.c */

/*
 * Remove the clsact filters that `meta` knows of. In whatever network namespace. -EPERM if that is not allowed, else 0:
 * what is not found is gone.
 */
int instance_remove_filters(const struct instance_meta *meta, struct bpf_ids *ids);

/* Can they be reached, if there are any? If not, it prints which capability is missing, and returns -EPERM. */
int instance_check_filters(const struct instance_meta *meta);

/* Remove a pinned instance: out of sight at once, then piece by piece. Prints on failure. */
int instance_remove(const struct instance *instance, struct bpf_ids *ids);

/* Finish what killed processes began, attaching or detaching. */
void leftovers_remove(struct bpf_ids *ids);

/* That, and remove instances whose interfaces are all gone; tells which. */
void instances_sweep(struct bpf_ids *ids);

/*
 * Remove the clsact filters of instances that are no more from an interface of the present namespace. Returns how many
 * there were, or a negative errno if some limit keeps it from being known.
 */
int orphans_remove(__u32 ifindex, struct bpf_ids *ids);

/* The same on every interface of the present namespace and of every one under `ip netns`. */
int orphans_remove_everywhere(struct bpf_ids *ids);

#endif
