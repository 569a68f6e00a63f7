// SPDX-License-Identifier: GPL-2.0-only
#include "instance/orphans.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "base/reason.h"
#include "instance/interface.h"
#include "instance/open.h"
#include "kernel/clsact.h"
#include "kernel/guard.h"
#include "kernel/netns.h"

struct orphan_search {
	struct instance **instances; /* loaded when the first filter is found */
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

/* The user who loaded a program, whose guard would show that it is in use; GUARD_ANY if that is not known. */
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
	return guard_held(ifindex, program_owner(filter->program_id)); /* a negative errno, too: then it is not known */
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
