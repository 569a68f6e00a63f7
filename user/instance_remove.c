// SPDX-License-Identifier: GPL-2.0-only
/* Taking instances apart, and what killed processes left of them. */
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "instance_parts.h"
#include "message.h"
#include "netns.h"

/* ---- clsact filters */

/* In the instance's namespace. */
static int remove_filters_of(__u32 ifindex, const char *name, struct bpf_ids *ids)
{
	struct clsact_filters found;
	int err = 0;

	clsact_find(ifindex, &found);
	for (int i = 0; i < found.count; i++) {
		if (strcmp(found.item[i].instance, name))
			continue;
		bpf_ids_add_program(ids, found.item[i].program_id);
		if (clsact_detach(&found.item[i]) == -EPERM)
			err = -EPERM;
	}
	return err;
}

int instance_remove_filters(const struct instance_meta *meta, struct bpf_ids *ids)
{
	int netns, home, err = 0;

	netns = netns_find(meta->netns, meta->netns_inode);
	if (netns < 0)
		return 0;
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

/* ---- pins */

struct objects {
	const char *entry;
	char (*names)[PIN_OBJECT_MAX];
	int count;
};

static int note_object(const char *name, void *context)
{
	struct objects *objects = context;
	char(*more)[PIN_OBJECT_MAX] = realloc(objects->names, (objects->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	objects->names = more;
	snprintf(objects->names[objects->count++], PIN_OBJECT_MAX, "%s", name);
	return 0;
}

/* Whatever layout it is of: links are detached, everything is unpinned. */
static void remove_object(const char *entry, const char *object, struct bpf_ids *ids)
{
	int fd = pin_open(entry, object, 0);

	if (fd >= 0) {
		bpf_ids_add(ids, fd);
		if (bpf_kind_of(fd) == BPF_KIND_LINK)
			bpf_link_detach(fd);
		close(fd);
	}
	pin_unlink(entry, object);
}

/* Take an entry apart. A negative errno if something of it is left; prints nothing. */
static int remove_entry(const char *entry, struct bpf_ids *ids)
{
	struct objects objects = { .entry = entry };
	struct instance_meta meta;
	int err = 0;

	if (instance_read_meta(entry, &meta))
		err = instance_remove_filters(&meta, ids);
	if (!err)
		err = pin_each(entry, note_object, &objects);
	for (int i = 0; i < objects.count && !err; i++)
		remove_object(entry, objects.names[i], ids);
	free(objects.names);
	if (!err)
		err = pin_rmdir(entry);
	return err == -ENOENT ? 0 : err;
}

void leftovers_remove(struct bpf_ids *ids)
{
	remove_entry(PIN_STAGED, ids);
	remove_entry(PIN_REMOVED, ids);
}

/* ---- orphans */

struct orphan_search {
	struct instance **instances;
	int count;
	struct bpf_ids *ids;
	int removed;
};

static bool owns(const struct instance *instance, const struct clsact_filter *filter, __u64 netns_inode)
{
	enum instance_hook hook = filter->egress ? HOOK_TC_EGRESS : HOOK_TC_INGRESS;

	if (strcmp(instance->meta.name, filter->instance))
		return false;
	if (instance->other_layout)
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

static void search_interface(struct orphan_search *search, __u32 ifindex)
{
	struct clsact_filters found;

	clsact_find(ifindex, &found);
	for (int i = 0; i < found.count; i++) {
		bool owned = guard_held(ifindex, program_owner(found.item[i].program_id));

		for (int j = 0; j < search->count; j++)
			owned = owned || owns(search->instances[j], &found.item[i], netns_current_inode());
		if (owned)
			continue;
		bpf_ids_add_program(search->ids, found.item[i].program_id);
		if (!clsact_detach(&found.item[i]))
			search->removed++;
	}
}

int orphans_remove(__u32 ifindex, struct bpf_ids *ids)
{
	struct orphan_search search = { .ids = ids };

	if (instances_load(&search.instances, &search.count))
		return 0;
	search_interface(&search, ifindex);
	instances_close(search.instances, search.count);
	return search.removed;
}

static int search_namespace(void *context)
{
	struct if_nameindex *interfaces = if_nameindex();

	for (struct if_nameindex *one = interfaces; one && one->if_index; one++)
		search_interface(context, one->if_index);
	if (interfaces)
		if_freenameindex(interfaces);
	return 0;
}

int orphans_remove_everywhere(struct bpf_ids *ids)
{
	struct orphan_search search = { .ids = ids };

	if (instances_load(&search.instances, &search.count))
		return 0;
	netns_each(search_namespace, &search);
	instances_close(search.instances, search.count);
	return search.removed;
}

/* ---- instances */

struct name_search {
	const char *name;
	struct bpf_ids *ids;
};

static int remove_named_filters(void *context)
{
	struct name_search *search = context;
	struct if_nameindex *interfaces = if_nameindex();

	for (struct if_nameindex *one = interfaces; one && one->if_index; one++)
		if (!guard_held(one->if_index, 0))
			remove_filters_of(one->if_index, search->name, search->ids);
	if (interfaces)
		if_freenameindex(interfaces);
	return 0;
}

int instance_remove(const struct instance *instance, struct bpf_ids *ids)
{
	struct name_search search = { .name = instance->meta.name, .ids = ids };
	int err;

	leftovers_remove(ids); /* or its place is taken */
	if (instance->other_layout) /* where its filters are cannot be read */
		netns_each(remove_named_filters, &search);
	err = pin_rename(instance->entry, PIN_REMOVED);
	if (!err)
		err = remove_entry(PIN_REMOVED, ids);
	else if (err == -EEXIST) /* what is there is none of ours, or cannot be removed */
		err = remove_entry(instance->entry, ids);
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
