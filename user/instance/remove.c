// SPDX-License-Identifier: GPL-2.0-only
/* Taking instances apart, and what killed processes left of them. */
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "instance/attached.h"
#include "kernel/guard.h"
#include "instance/internal.h"
#include "base/message.h"
#include "kernel/netns.h"
#include "kernel/pin_tree.h"
#include "kernel/platform.h"
#include "base/reason.h"

/* ---- clsact filters */

/* In the instance's namespace. */
static int remove_filters_of(__u32 ifindex, const char *name, struct bpf_ids *ids)
{
	struct clsact_filters found;
	int err = clsact_find(ifindex, &found);

	for (int i = 0; i < found.count && !err; i++) {
		if (strcmp(found.item[i].instance, name))
			continue;
		bpf_ids_add_program(ids, found.item[i].program_id);
		if (clsact_detach(&found.item[i]) == -EPERM)
			err = -EPERM;
	}
	return err;
}

static bool has_filters(const struct instance_meta *meta)
{
	bool has = false;

	for (__u32 i = 0; i < meta->interfaces; i++)
		has = has || interface_has_filter(&meta->interface[i], HOOK_TC_INGRESS) ||
		      interface_has_filter(&meta->interface[i], HOOK_TC_EGRESS) || meta->interface[i].made_clsact;
	return has;
}

int instance_remove_filters(const struct instance_meta *meta, struct bpf_ids *ids)
{
	int netns, home, err = 0;

	if (!has_filters(meta))
		return 0;
	netns = netns_find(meta->netns, meta->netns_inode);
	if (netns == -EACCES)
		return -EPERM;
	if (netns < 0) /* nobody is in it any more, or that cannot be known */
		return is_limit(netns) || netns == -ESRCH ? netns : 0;
	home = netns_enter(netns);
	close(netns);
	if (home < 0)
		return home;
	for (__u32 i = 0; i < meta->interfaces && !err; i++) {
		const struct meta_interface *interface = &meta->interface[i];

		if (interface_has_filter(interface, HOOK_TC_INGRESS) || interface_has_filter(interface, HOOK_TC_EGRESS))
			err = remove_filters_of(interface->ifindex, meta->name, ids);
		if (interface->made_clsact && !err) /* also when we were killed before there was a filter */
			clsact_remove_qdisc(interface->ifindex);
	}
	netns_leave(home);
	return err;
}

int instance_check_filters(const struct instance_meta *meta)
{
	char names[NEEDS_TEXT_MAX];
	int netns, home;

	netns = has_filters(meta) ? netns_find(meta->netns, meta->netns_inode) : -ENOENT;
	if (netns == -ENOENT)
		return 0;
	home = netns < 0 ? netns : netns_enter(netns);
	if (netns >= 0)
		close(netns);
	netns_leave(home);
	if (home != -EPERM && home != -EACCES)
		return 0;
	if (platform_lacks(NEEDS(CAP_SYS_ADMIN) | NEEDS(CAP_SYS_PTRACE), names))
		message_error(
			"'%s' has tc filters in another network namespace, and to enter that needs %s, which this "
			"process does not have; run it with sudo",
			meta->name, names);
	else
		message_error("cannot enter the network namespace where '%s' has tc filters: %s", meta->name,
			      reason_of(home).text);
	return -EPERM;
}

/* ---- pins */

struct objects {
	char (*names)[PIN_OBJECT_MAX];
	size_t count, room;
};

static int note_object(const char *name, void *context)
{
	struct objects *objects = context;
	char(*more)[PIN_OBJECT_MAX] =
		array_grow(objects->names, objects->count, &objects->room, sizeof(*more), "what is pinned");

	if (!more)
		return -ENOMEM;
	objects->names = more;
	snprintf(objects->names[objects->count++], PIN_OBJECT_MAX, "%s", name);
	return 0;
}

/* A link of ours is detached also where another process holds it; anybody else's is not. */
static void remove_object(const char *entry, const char *object, struct bpf_ids *ids)
{
	int fd = pin_open(entry, object, 0);

	if (fd >= 0) {
		bpf_ids_add(ids, fd);
		if (bpf_kind_of(fd) == BPF_KIND_LINK && instance_is_link_object(object))
			bpf_link_detach(fd);
		close(fd);
	}
	if (pin_unlink(entry, object))
		pin_remove_tree(entry, object);
}

/* Are all links pinned that the meta knows of? 1 or 0, or a negative errno if some limit keeps it from being known. */
static int has_its_links(const char *entry, const struct instance_meta *meta)
{
	char object[PIN_OBJECT_MAX];
	bool all = true;

	for (__u32 i = 0; i < meta->interfaces; i++) {
		for (enum instance_hook hook = 0; hook < HOOK_COUNT && all; hook++) {
			int fd;

			if (!interface_has_link(&meta->interface[i], hook))
				continue;
			instance_link_object(object, meta->interface[i].ifindex, hook);
			fd = pin_open(entry, object, 0);
			if (is_limit(fd))
				return fd;
			all = fd >= 0 && bpf_kind_of(fd) == BPF_KIND_LINK;
			if (fd >= 0)
				close(fd);
		}
	}
	return all;
}

/*
 * Where the pins do not tell what is attached, the kernel is asked who uses the maps. Returns 0, or a negative errno if
 * some limit keeps it from being known.
 */
static int remove_by_maps(const char *entry, const char *name, const struct objects *objects, struct bpf_ids *ids)
{
	struct bpf_ids maps = { .count = 0 };
	int err = 0;

	for (size_t i = 0; i < objects->count && !err; i++) {
		int fd = pin_open(entry, objects->names[i], 0);

		if (fd < 0) {
			err = is_limit(fd) ? fd : 0;
			continue;
		}
		attached_add_maps(&maps, fd);
		close(fd);
	}
	if (!err)
		err = attached_remove(&maps, name, ids);
	bpf_ids_free(&maps);
	return err;
}

/*
 * Take an entry apart; `name`: of the instance, NULL if that is not known. A negative errno if something of it is left;
 * prints nothing.
 */
static int remove_entry(const char *entry, const char *name, struct bpf_ids *ids)
{
	struct objects objects = { .count = 0 };
	struct instance_meta meta;
	bool known = instance_read_meta(entry, &meta);
	int err = known ? instance_remove_filters(&meta, ids) : 0, has_links = 0;

	if (!err)
		err = pin_each(entry, note_object, &objects);
	if (!err && known)
		has_links = has_its_links(entry, &meta);
	if (has_links < 0)
		err = has_links;
	else if (!err && !has_links)
		err = remove_by_maps(entry, name, &objects, ids);
	for (size_t i = 0; i < objects.count && !err; i++)
		remove_object(entry, objects.names[i], ids);
	free(objects.names);
	if (!err)
		err = pin_rmdir(entry);
	return err == -ENOENT ? 0 : err;
}

void leftovers_remove(struct bpf_ids *ids)
{
	remove_entry(PIN_STAGED, NULL, ids);
	remove_entry(PIN_REMOVED, NULL, ids);
}

/* ---- orphans */

struct orphan_search {
	struct instance **instances; /* once a filter is found */
	int count;
	bool loaded;
	struct bpf_ids *ids;
	int removed;
};

static bool owns(const struct instance *instance, const struct clsact_filter *filter, __u64 netns_inode)
{
	enum instance_hook hook = filter->egress ? HOOK_TC_EGRESS : HOOK_TC_INGRESS;

	if (strcmp(instance->meta.name, filter->instance))
		return false;
	if (!instance_is_readable(instance))
		return true;
	if (instance->meta.netns_inode != netns_inode)
		return false;
	for (__u32 i = 0; i < instance->meta.interfaces; i++)
		if (instance->meta.interface[i].ifindex == filter->ifindex)
			return interface_has_filter(&instance->meta.interface[i], hook);
	return false;
}

/* Whoever loaded it, which only that user's guard can stand for; anybody if the kernel does not let us know. */
static uid_t program_owner(__u32 id)
{
	int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);
	uid_t owner = GUARD_ANY;

	if (fd < 0)
		return owner;
	if (!bpf_obj_get_info_by_fd(fd, &info, &length))
		owner = info.created_by_uid;
	close(fd);
	return owner;
}

static bool is_owned(const struct orphan_search *search, const struct clsact_filter *filter, __u32 ifindex)
{
	for (int i = 0; i < search->count; i++)
		if (owns(search->instances[i], filter, netns_current_inode()))
			return true;
	return guard_held(ifindex, program_owner(filter->program_id)); /* or not known */
}

/* Returns 0 or a negative errno. */
static int search_interface(struct orphan_search *search, __u32 ifindex)
{
	struct clsact_filters found;
	int err = clsact_find(ifindex, &found);

	if (err || !found.count)
		return err;
	if (!search->loaded) {
		err = instances_load(&search->instances, &search->count);
		if (err)
			return err;
		search->loaded = true;
	}
	for (int i = 0; i < found.count && !err; i++) {
		if (is_owned(search, &found.item[i], ifindex))
			continue;
		bpf_ids_add_program(search->ids, found.item[i].program_id);
		err = clsact_detach(&found.item[i]);
		search->removed += !err;
	}
	return err;
}

int orphans_remove(__u32 ifindex, struct bpf_ids *ids)
{
	struct orphan_search search = { .ids = ids };
	int err;

	err = search_interface(&search, ifindex);
	instances_close(search.instances, search.count);
	return is_limit(err) ? err : search.removed;
}

static int search_namespace(void *context)
{
	struct if_nameindex *interfaces = if_nameindex();
	int err = interfaces ? 0 : -errno;

	for (struct if_nameindex *one = interfaces; one && one->if_index && !is_limit(err); one++)
		err = search_interface(context, one->if_index);
	if (interfaces)
		if_freenameindex(interfaces);
	return is_limit(err) ? err : 0;
}

int orphans_remove_everywhere(struct bpf_ids *ids)
{
	struct orphan_search search = { .ids = ids };
	int err;

	err = netns_each(search_namespace, &search);
	instances_close(search.instances, search.count);
	return err ? err : search.removed;
}

/* ---- instances */

/* What is pinned under an entry. */
static int remove_pins(const struct instance *instance, struct bpf_ids *ids)
{
	const char *name = *instance->meta.name ? instance->meta.name : NULL;
	int err;

	if (instance->stray)
		return pin_unlink(NULL, instance->entry);
	err = pin_rename(instance->entry, PIN_REMOVED);
	if (err == -EEXIST) /* what is there is none of ours, or cannot be removed */
		return remove_entry(instance->entry, name, ids);
	return err ? err : remove_entry(PIN_REMOVED, name, ids);
}

int instance_remove(const struct instance *instance, struct bpf_ids *ids)
{
	int err = instance_check_filters(&instance->meta);

	if (err)
		return err;
	leftovers_remove(ids); /* or its place is taken */
	err = remove_pins(instance, ids);
	if (err)
		pin_error("remove", instance->entry, err);
	return err;
}

void instances_sweep(struct bpf_ids *ids)
{
	struct instance **instances;
	int count;

	leftovers_remove(ids);
	if (instances_load(&instances, &count))
		return;
	for (int i = 0; i < count; i++)
		if (instance_is_gone(instances[i]) && !instance_remove(instances[i], ids))
			message_info("removed instance '%s', whose interfaces are gone", instances[i]->meta.name);
	instances_close(instances, count);
}
