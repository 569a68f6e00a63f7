// SPDX-License-Identifier: GPL-2.0-only
#include "instance/interface.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "instance/told.h"
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

/* A link of interface `i`: an fd, -ENOENT if it has none, or another negative errno. */
static int open_link(const struct instance *instance, int i)
{
	int fd = -ENOENT;

	for (enum instance_hook hook = 0; hook < HOOK_COUNT && fd == -ENOENT; hook++)
		if (interface_has_link(&instance->meta.interface[i], hook))
			fd = instance_link_open(instance, i, hook);
	return fd;
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

struct whereabouts {
	int link_fd;
	struct interface_state *state;
};

static int note_if_here(void *context)
{
	const struct whereabouts *search = context;
	char name[IF_NAMESIZE];

	if (bpf_link_is_here(search->link_fd) <= 0 || !if_indextoname(bpf_link_ifindex(search->link_fd), name))
		return 0;
	snprintf(search->state->ifname, sizeof(search->state->ifname), "%s", name);
	if (!netns_name_of(netns_current_inode(), search->state->netns, sizeof(search->state->netns)))
		snprintf(search->state->netns, sizeof(search->state->netns), "net:[%llu]", netns_current_inode());
	return 1;
}

/* The device that a link is attached to is not where it was attached: look for it everywhere. */
static int find_moved(int link_fd, struct interface_state *state)
{
	struct whereabouts search = { .link_fd = link_fd, .state = state };
	int found = netns_each_anywhere(note_if_here, &search);

	state->moved = true;
	return found < 0 ? found : 0;
}

/*
 * Call this inside of the instance's namespace. Is the interface there, by the name that it has now? `linked`: what its
 * link says, or why there is none. Returns 1, 0 or a negative errno.
 */
static int look_at_home(const struct instance *instance, __u32 ifindex, int linked, struct interface_state *state)
{
	char name[IF_NAMESIZE];

	if (linked >= 0 && (__u32)linked != ifindex)
		return 0;
	if (!if_indextoname(ifindex, name))
		return 0;
	snprintf(state->ifname, sizeof(state->ifname), "%s", name);
	return linked >= 0 ? 1 : has_our_filter(instance, ifindex);
}

/* In its own namespace, if that can be found. Returns 1, 0 or a negative errno; -ENOENT: there is no such namespace. */
static int find_at_home(const struct instance *instance, __u32 ifindex, int linked, struct interface_state *state)
{
	int netns = netns_find(instance->meta.netns, instance->meta.netns_inode), home, found;

	if (netns < 0)
		return netns;
	home = netns_enter(netns);
	close(netns);
	if (home < 0)
		return home;
	found = look_at_home(instance, ifindex, linked, state);
	netns_leave(home);
	return found;
}

static void copy_told(const struct told_interface *told, struct interface_state *state)
{
	*state = (struct interface_state){ .deleted = told->deleted, .moved = told->moved };
	memcpy(state->ifname, told->ifname, sizeof(state->ifname));
}

/*
 * The link is the best witness, because another device may get the same ifindex, and another namespace the same inode.
 * Without a link, the filter decides. A device that was moved to another namespace is still tracked there. Members of a
 * group that may read the instance cannot open links, and nobody can on a read-only bpffs: they see a device as deleted
 * if it is not where it was attached.
 */
static int look(const struct instance *instance, int i, struct interface_state *state)
{
	const struct meta_interface *interface = &instance->meta.interface[i];
	int link_fd = open_link(instance, i), linked = link_fd < 0 ? link_fd : bpf_link_ifindex(link_fd), found;
	bool hidden = is_denied(linked) || linked == -EROFS;

	*state = (struct interface_state){ .deleted = !linked || linked == -ENOENT };
	memcpy(state->ifname, interface->ifname, sizeof(state->ifname));
	if (hidden)
		linked = (int)interface->ifindex;
	if (linked < 0 && linked != -ENOENT)
		return linked;
	found = linked ? find_at_home(instance, interface->ifindex, linked, state) : 0;
	if (found >= 0 && linked)
		state->deleted = !found && (hidden || linked < 0);
	else if (!is_limit(found) && (found == -ENOENT || linked > 0))
		found = 0;
	if (!found && linked > 0 && !hidden)
		found = find_moved(link_fd, state);
	if (link_fd >= 0)
		close(link_fd);
	return found < 0 ? found : 0;
}

int instance_interface_state(const struct instance *instance, int i, struct interface_state *state)
{
	if (!instance->told)
		return look(instance, i, state);
	copy_told(&instance->told->interface[i], state);
	return 0;
}

/* The name of an interface of the namespace that `socket` belongs to. Returns 0 or a negative errno. */
static int name_by_socket(int socket, __u32 ifindex, char name[IFNAME_MAX])
{
	struct ifreq request = { .ifr_ifindex = (int)ifindex };

	if (ioctl(socket, SIOCGIFNAME, &request))
		return -errno;
	snprintf(name, IFNAME_MAX, "%s", request.ifr_name);
	return 0;
}

int instance_interface_from_here(const struct instance *instance, int i, int socket, struct told_interface *told)
{
	const struct meta_interface *interface = &instance->meta.interface[i];
	int link_fd = open_link(instance, i), linked = link_fd < 0 ? link_fd : bpf_link_ifindex(link_fd);

	if (link_fd >= 0)
		close(link_fd);
	*told = (struct told_interface){ .deleted = !linked };
	memcpy(told->ifname, interface->ifname, sizeof(told->ifname));
	if (linked < 0 && linked != -ENOENT)
		return linked;
	if (socket >= 0 && linked && name_by_socket(socket, interface->ifindex, told->ifname) == -ENODEV) {
		told->deleted = linked < 0;
		told->moved = linked > 0;
	}
	return 0;
}

int instance_has_interface(const struct instance *instance, __u32 ifindex)
{
	struct interface_state state;
	int link_fd, has = 0;

	for (__u32 i = 0; instance_is_readable(instance) && i < instance->meta.interfaces && !has; i++) {
		link_fd = open_link(instance, (int)i);
		if (link_fd >= 0) {
			has = bpf_link_ifindex(link_fd) == (int)ifindex ? bpf_link_is_here(link_fd) : 0;
			close(link_fd);
		} else if (instance->meta.interface[i].ifindex == ifindex &&
			   instance->meta.netns_inode == netns_current_inode()) {
			has = instance_interface_state(instance, (int)i, &state);
			has = is_limit(has) ? has : !has && !state.deleted;
		}
	}
	return has;
}

/* The same for one of them. What cannot be looked at counts as present, so that nobody attaches to it twice. */
static __u32 present_ifindex(const struct instance *instance, int i)
{
	const struct meta_interface *interface = &instance->meta.interface[i];
	int link_fd = open_link(instance, i), ifindex;
	struct interface_state state;

	if (link_fd == -ENOENT)
		return !instance_interface_state(instance, i, &state) && state.deleted ? 0 : interface->ifindex;
	if (link_fd < 0)
		return interface->ifindex;
	ifindex = bpf_link_is_here(link_fd) > 0 ? bpf_link_ifindex(link_fd) : 0;
	close(link_fd);
	return ifindex > 0 ? (__u32)ifindex : 0;
}

void instance_present(const struct instance *instance, __u32 present[MAX_INTERFACES])
{
	for (__u32 i = 0; i < instance->meta.interfaces; i++)
		present[i] = present_ifindex(instance, (int)i);
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
