// SPDX-License-Identifier: GPL-2.0-only
#include "instance/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "instance/every.h"
#include "instance/interface.h"
#include "instance/mtu.h"
#include "kernel/netns.h"
#include "kernel/pin_lock.h"
#include "kernel/share.h"

#define LOCK_PAUSE_NS 20000000 /* between two attempts to take the lock */

struct following {
	int events; /* of iface_events_open() */
	struct programs *programs; /* the first ones, whose maps later ones share */
	struct attaching attaching; /* its programs are those of the last interfaces */
	struct left_out left_out;
};

/* Interfaces that have appeared since the last look at the list. */
struct newcomers {
	struct attach_plan plan;
	struct bpf_ids ids; /* what the kernel will free */
	__u32 present[MAX_INTERFACES]; /* by place in the meta, see instance_present() */
	bool quiet;
};

/* ---- beginning and end */

int follow_open(struct following **following)
{
	struct following *it = array_new(1, sizeof(*it), "the interfaces that appear");
	int err = 0;

	*following = it;
	if (!it)
		return -ENOMEM;
	it->events = iface_events_open();
	if (it->events < 0) {
		err = it->events;
		message_error("cannot wait for new interfaces: %s", reason_of(err).text);
	}
	return err;
}

void follow_begin(struct following *following, struct attaching *attaching)
{
	following->attaching = *attaching;
	following->attaching.programs = NULL;
	following->attaching.staged = true;
	following->attaching.plan.attached = true;
	following->programs = attaching->programs;
	attaching->programs = NULL;
	following->left_out = *attaching->plan.left_out;
	*attaching->plan.left_out = (struct left_out){ 0 };
	following->attaching.plan.left_out = &following->left_out;
	for (int i = 0; i < MAX_INTERFACES; i++)
		following->attaching.replaced[i].program_fd = -1;
}

void follow_close(struct following *following)
{
	if (!following)
		return;
	if (following->events >= 0)
		close(following->events);
	programs_close(following->programs);
	free(following->left_out.ifindex);
	free(following);
}

int follow_fd(const struct instance *instance)
{
	return instance->following ? instance->following->events : -1;
}

/* ---- which interfaces are new */

static bool is_left_out(const struct left_out *left_out, __u32 ifindex)
{
	for (size_t i = 0; i < left_out->count; i++)
		if (left_out->ifindex[i] == ifindex)
			return true;
	return false;
}

/* Forget interfaces that are no longer in the namespace, so that `left_out` does not grow forever. */
static void forget_gone(struct left_out *left_out, const struct iface_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < left_out->count; i++)
		if (iface_list_find(list, left_out->ifindex[i]))
			left_out->ifindex[kept++] = left_out->ifindex[i];
	left_out->count = kept;
}

/* The place of an interface in the meta, or -1. */
static int place_of(const struct instance *instance, __u32 ifindex)
{
	for (__u32 i = 0; i < instance->meta.interfaces; i++)
		if (instance->meta.interface[i].ifindex == ifindex)
			return (int)i;
	return -1;
}

/* Is it one of those that are tracked and present? */
static bool is_known(const __u32 present[MAX_INTERFACES], __u32 count, __u32 ifindex)
{
	for (__u32 i = 0; i < count; i++)
		if (present[i] == ifindex)
			return true;
	return false;
}

/* Drop the guard of a deleted interface whose ifindex a new one has: it would be taken for that of another process. */
static void drop_guard(struct instance *instance, __u32 ifindex)
{
	int place = place_of(instance, ifindex);

	if (place < 0 || instance->guard_fd[place] < 0)
		return;
	close(instance->guard_fd[place]);
	instance->guard_fd[place] = -1;
}

/* Collect the new interfaces in the plan. Those that cannot be tracked are left out. */
static void find(struct newcomers *newcomers, struct instance *instance, const struct iface_list *list)
{
	struct attach_plan *plan = &newcomers->plan;
	__u32 count = instance->meta.interfaces;

	instance_present(instance, newcomers->present);
	for (size_t i = 0; i < list->count && plan->interfaces < MAX_INTERFACES; i++) {
		const struct iface_entry *entry = &list->item[i];
		int last = plan->interfaces, err;

		if (every_judge(plan->options, list, entry) != EVERY_TAKEN ||
		    is_left_out(plan->left_out, entry->ifindex) || is_known(newcomers->present, count, entry->ifindex))
			continue;
		err = iface_query(entry->name, &plan->iface[last]);
		if (err == -ENODEV || err == -ENXIO)
			continue;
		drop_guard(instance, entry->ifindex);
		iface_complain(entry->name, &plan->iface[last], err);
		plan->interfaces++;
		if (err)
			plan_drop(plan, &last);
	}
}

/* ---- attaching to them */

static bool is_deleted(const struct instance *instance, int place)
{
	struct interface_state state;

	return !instance_interface_state(instance, place, &state) && state.deleted;
}

/*
 * Choose a place in the meta for a new interface: that of a deleted one with the same ifindex, or else one at the end.
 * If all are taken, it is that of any deleted interface, whose flows are then shown without the name of an interface.
 * Returns -1 if there is none.
 */
static int choose_place(const struct instance *instance, const __u32 present[MAX_INTERFACES], __u32 ifindex)
{
	int place = place_of(instance, ifindex);

	if (place >= 0)
		return place;
	if (instance->meta.interfaces < MAX_INTERFACES)
		return (int)instance->meta.interfaces;
	for (place = 0; place < MAX_INTERFACES; place++)
		if (!present[place] && is_deleted(instance, place)) /* and not in another namespace */
			return place;
	return -1;
}

/* Release what is left of a deleted interface. */
static void clear_place(struct instance *instance, int place)
{
	__u32 ifindex = instance->meta.interface[place].ifindex;
	char object[PIN_OBJECT_MAX];

	if (!ifindex)
		return;
	for (enum instance_hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (instance->link_fd[place][hook] >= 0)
			close(instance->link_fd[place][hook]);
		instance->link_fd[place][hook] = -1;
		instance_link_object(object, ifindex, hook);
		if (instance->pinned)
			pin_unlink(instance->entry, object);
	}
	drop_guard(instance, ifindex);
	config_remove_mtu(&instance->meta.config, ifindex);
	instance->meta.interface[place] = (struct meta_interface){ 0 };
}

/*
 * Pin what was attached, if the instance is pinned, so that it outlives this process. Returns 0 or a negative errno
 * (logged).
 */
static int keep(struct attaching *attaching, int place)
{
	struct instance *instance = attaching->instance;
	int err = instance->pinned ? hooks_pin(instance, place, instance->entry) : 0;

	if (!err && instance->pinned)
		err = share_entry(instance->entry, attaching->readers);
	if (err)
		message_error("%s: cannot pin what was attached: %s", attaching->plan.iface[place].name,
			      reason_of(err).text);
	for (enum instance_hook hook = 0; hook < HOOK_COUNT && instance->pinned && !err; hook++) {
		if (instance->link_fd[place][hook] >= 0)
			close(instance->link_fd[place][hook]);
		instance->link_fd[place][hook] = -1;
	}
	return err;
}

/* Attach to the interface that has this place in the meta. Returns 0 or a negative errno (logged). */
static int attach_at(struct attaching *attaching, int place)
{
	struct instance *instance = attaching->instance;
	int err = instance->pinned ? 0 : hooks_take_guard(attaching, place);

	if (!err)
		err = hooks_attach(attaching, place);
	if (!err)
		err = keep(attaching, place);
	return err ? err : hooks_save_meta(instance);
}

/* Attach to one of the newcomers. Returns 0 or a negative errno (logged). */
static int add(struct newcomers *newcomers, struct attaching *attaching, const struct iface *iface)
{
	struct instance *instance = attaching->instance;
	struct instance_meta *meta = &instance->meta;
	int place = choose_place(instance, newcomers->present, iface->ifindex), err;
	__u32 before = meta->interfaces;
	struct meta_interface was;

	if (place < 0) {
		message_error("'%s' has %d interfaces already, the most that an instance can have", meta->name,
			      MAX_INTERFACES);
		return -E2BIG;
	}
	was = meta->interface[place];
	clear_place(instance, place);
	attaching->plan.iface[place] = *iface;
	meta->interface[place] = plan_meta_interface(&attaching->plan, place);
	if (place == (int)before)
		meta->interfaces++;
	config_set_mtu(&meta->config, iface->ifindex, iface->mtu);
	err = attach_at(attaching, place);
	if (err) {
		hooks_undo(attaching, place, &newcomers->ids);
		clear_place(instance, place);
		memcpy(meta->interface[place].ifname, was.ifname, sizeof(was.ifname)); /* is shown as gone, as before */
		meta->interface[place].ifindex = was.ifindex;
		meta->interfaces = before;
		hooks_save_meta(instance);
	} else {
		newcomers->present[place] = iface->ifindex;
		if (!newcomers->quiet)
			message_info("'%s' tracks %s, too", meta->name, iface->name);
	}
	if (attaching->replaced[place].program_fd >= 0)
		close(attaching->replaced[place].program_fd);
	attaching->replaced[place].program_fd = -1;
	return err;
}

/* Programs know the MTUs of their interfaces, so the newcomers get programs of their own, with the same maps. */
static int load(struct following *following, const struct attach_plan *plan)
{
	struct synscope_config config = following->attaching.instance->meta.config;

	memset(config.mtu, 0, sizeof(config.mtu));
	for (int i = 0; i < plan->interfaces; i++)
		config_set_mtu(&config, plan->iface[i].ifindex, plan->iface[i].mtu);
	return programs_load_beside(following->programs, &config, plan_programs(plan), &following->attaching.programs);
}

/* Attach to the newcomers. Those for which that fails (logged) are left out; the rest of the instance goes on. */
static void take(struct following *following, struct newcomers *newcomers)
{
	struct attach_plan *plan = &newcomers->plan;
	int err = plan_check_interfaces(plan, &newcomers->ids);

	if (!err && plan->interfaces)
		err = load(following, plan);
	for (int i = 0; i < plan->interfaces; i++)
		if (err || add(newcomers, &following->attaching, &plan->iface[i]))
			plan_drop(plan, &i);
	programs_close(following->attaching.programs);
	following->attaching.programs = NULL;
}

/* Called inside of the network namespace. */
static void update_interfaces(struct following *following, struct newcomers *newcomers)
{
	struct iface_list list;
	int err = iface_list_read(&list);

	if (err) {
		message_error("cannot list the interfaces: %s", reason_of(err).text);
		return;
	}
	forget_gone(&following->left_out, &list);
	find(newcomers, following->attaching.instance, &list);
	iface_list_free(&list);
	if (newcomers->plan.interfaces)
		take(following, newcomers);
}

/* The network namespace of the instance, which the caller closes; -ENODEV: it is gone; or another negative errno. */
static int open_netns(const struct instance *instance)
{
	int netns = netns_find(instance->meta.netns, instance->meta.netns_inode);

	return netns == -ENOENT ? -ENODEV : netns;
}

static int update_locked(struct instance *instance, struct newcomers *newcomers)
{
	int netns, home, err = instance_reread(instance);

	if (err == -ENOENT)
		return -ENODEV;
	netns = err ? err : open_netns(instance);
	home = netns < 0 ? netns : netns_enter(netns);
	if (netns >= 0)
		close(netns);
	if (home == -ENODEV)
		return home;
	if (home < 0) {
		message_error("cannot look for new interfaces of '%s': %s", instance->meta.name, reason_of(home).text);
		return 0;
	}
	update_interfaces(instance->following, newcomers);
	netns_leave(home);
	return 0;
}

int follow_update(struct instance *instance, bool quiet)
{
	struct following *following = instance->following;
	struct newcomers newcomers = { .plan = following->attaching.plan, .quiet = quiet };
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	struct pin_lock lock;
	int err;

	newcomers.plan.interfaces = 0;
	err = hooks_lock(&newcomers.plan, &lock, false);
	if (err) { /* what has arrived is not read, so that this is called again */
		nanosleep(&pause, NULL);
		return 0;
	}
	iface_events_drain(following->events);
	err = update_locked(instance, &newcomers);
	pin_unlock(&lock);
	bpf_ids_wait(&newcomers.ids);
	return err;
}

bool follow_is_over(const struct instance *instance)
{
	int netns;

	if (!instance_is_there(instance))
		return true;
	netns = open_netns(instance);
	if (netns >= 0)
		close(netns);
	return netns == -ENODEV;
}
