// SPDX-License-Identifier: GPL-2.0-only
#include "instance/interface.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/bpf_ids.h"
#include "kernel/clsact.h"
#include "kernel/netns.h"
#include "base/reason.h"

#define LINK_PREFIX "link_" /* names of pinned links begin with this, in every version */

enum program program_for(enum instance_hook hook, bool no_link_header)
{
	if (hook == HOOK_XDP)
		return no_link_header ? PROGRAM_XDP_RAW : PROGRAM_XDP_ETHER;
	return no_link_header ? PROGRAM_TC_RAW : PROGRAM_TC_ETHER;
}

bool interface_has_link(const struct meta_interface *interface, enum instance_hook hook)
{
	switch (hook) {
	case HOOK_XDP:
		return interface->xdp != XDP_MODE_NONE;
	case HOOK_TC_INGRESS:
		return interface->tc_ingress == TC_MODE_TCX;
	default:
		return interface->tc_egress == TC_MODE_TCX;
	}
}

bool interface_has_filter(const struct meta_interface *interface, enum instance_hook hook)
{
	return (hook == HOOK_TC_INGRESS && interface->tc_ingress == TC_MODE_CLSACT) ||
	       (hook == HOOK_TC_EGRESS && interface->tc_egress == TC_MODE_CLSACT);
}

void instance_link_object(char object[PIN_OBJECT_MAX], __u32 ifindex, enum instance_hook hook)
{
	static const char *const hooks[] = { "xdp", "tc_ingress", "tc_egress" };

	snprintf(object, PIN_OBJECT_MAX, LINK_PREFIX "%u_%s", ifindex, hooks[hook]);
}

bool instance_is_link_object(const char *object)
{
	return !strncmp(object, LINK_PREFIX, strlen(LINK_PREFIX));
}

int instance_link_open(const struct instance *instance, int i, enum instance_hook hook)
{
	char object[PIN_OBJECT_MAX];
	int fd;

	if (instance->link_fd[i][hook] >= 0) {
		fd = fcntl(instance->link_fd[i][hook], F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	if (!instance->pinned)
		return -ENOENT;
	instance_link_object(object, instance->meta.interface[i].ifindex, hook);
	return pin_open(instance->entry, object, 0);
}

/*
 * The ifindex of the device that the links of interface `i` are attached to; 0 if it was deleted, -ENOENT if the
 * interface has no links, or another negative errno.
 */
static int linked_ifindex(const struct instance *instance, int i)
{
	int fd, ifindex = -ENOENT;

	for (enum instance_hook hook = 0; hook < HOOK_COUNT && ifindex == -ENOENT; hook++) {
		if (!interface_has_link(&instance->meta.interface[i], hook))
			continue;
		fd = instance_link_open(instance, i, hook);
		ifindex = fd < 0 ? fd : bpf_link_ifindex(fd);
		if (fd >= 0)
			close(fd);
	}
	return ifindex;
}

/*
 * Call this inside of the instance's namespace. Is a filter of the instance on the interface? 1 or 0, or a negative
 * errno.
 */
static int has_our_filter(const struct instance *instance, __u32 ifindex)
{
	struct clsact_filters found;
	int err = clsact_find(ifindex, &found);

	if (err)
		return err;
	for (int i = 0; i < found.count; i++)
		if (!strcmp(found.item[i].instance, instance->meta.name))
			return 1;
	return 0;
}

/*
 * The link is the best witness, because another device may get the same ifindex, and another namespace the same inode.
 * Without a link, the filter decides. A device that was moved to another namespace is still tracked there, and is shown
 * with its old name. Members of a group that may read the instance cannot open links, and nobody can on a read-only
 * bpffs. They see a device as deleted if it is not where it was attached.
 */
int instance_interface_state(const struct instance *instance, int i, struct interface_state *state)
{
	const struct meta_interface *interface = &instance->meta.interface[i];
	int linked = linked_ifindex(instance, i), netns, home;
	bool hidden = is_denied(linked) || linked == -EROFS;
	char name[IF_NAMESIZE];
	int found = 1;

	if (hidden)
		linked = (int)interface->ifindex;

	snprintf(state->ifname, sizeof(state->ifname), "%s", interface->ifname);
	state->deleted = !linked || linked == -ENOENT;
	if (linked < 0 && linked != -ENOENT)
		return linked;
	if (!linked || (linked > 0 && (__u32)linked != interface->ifindex))
		return 0;
	netns = netns_find(instance->meta.netns, instance->meta.netns_inode);
	if (is_limit(netns))
		return netns;
	if (netns < 0)
		return netns == -ENOENT || linked > 0 ? 0 : netns;
	home = netns_enter(netns);
	close(netns);
	if (home < 0)
		return home;
	if (if_indextoname(interface->ifindex, name)) {
		snprintf(state->ifname, sizeof(state->ifname), "%s", name);
		found = linked < 0 ? has_our_filter(instance, interface->ifindex) : 1;
		state->deleted = !found;
	} else if (hidden) {
		state->deleted = true;
	}
	netns_leave(home);
	return found < 0 ? found : 0;
}

bool instance_interfaces_deleted(const struct instance *instance)
{
	struct interface_state state;

	if (!instance_is_readable(instance))
		return false;
	for (__u32 i = 0; i < instance->meta.interfaces; i++)
		if (instance_interface_state(instance, (int)i, &state) || !state.deleted)
			return false;
	return true;
}
