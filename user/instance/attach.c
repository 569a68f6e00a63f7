// SPDX-License-Identifier: GPL-2.0-only
#include "instance/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instance/histogram.h"
#include "instance/close.h"
#include "instance/filters.h"
#include "instance/follow.h"
#include "instance/hooks.h"
#include "instance/leftovers.h"
#include "instance/remove.h"
#include "kernel/pin_lock.h"
#include "kernel/programs.h"
#include "instance/plan.h"
#include "base/message.h"
#include "kernel/netns.h"
#include "kernel/platform.h"
#include "base/reason.h"
#include "kernel/share.h"
#include "base/signals.h"

/* ---- interfaces */

/* Take an interface that could not be attached to out of the instance, with all that is noted of the following ones. */
static void forget_interface(struct attaching *attaching, int i)
{
	struct instance *instance = attaching->instance;
	struct instance_meta *meta = &instance->meta;
	int after = (int)--meta->interfaces - i;

	if (instance->guard_fd[i] >= 0)
		close(instance->guard_fd[i]);
	if (attaching->replaced[i].program_fd >= 0)
		close(attaching->replaced[i].program_fd);
	attaching->replaced[i].program_fd = -1;
	memmove(&meta->interface[i], &meta->interface[i + 1], after * sizeof(meta->interface[0]));
	memmove(&instance->guard_fd[i], &instance->guard_fd[i + 1], after * sizeof(instance->guard_fd[0]));
	meta->interface[meta->interfaces] = (struct meta_interface){ 0 };
	instance->guard_fd[meta->interfaces] = -1;
}

static int attach_interfaces(struct attaching *attaching, struct bpf_ids *ids)
{
	struct attach_plan *plan = &attaching->plan;

	for (int i = 0; i < plan->interfaces; i++) {
		int at = i, err = hooks_attach(attaching, i);

		if (!err)
			continue;
		err = plan_leave_out(plan, &i, err);
		if (err)
			return err;
		hooks_undo(attaching, at, ids);
		forget_interface(attaching, at);
	}
	return plan->interfaces ? 0 : plan_nothing_left();
}

/* ---- pins */

static int pin_links(const struct instance *instance)
{
	int err = 0;

	for (__u32 i = 0; i < instance->meta.interfaces && !err; i++)
		err = hooks_pin(instance, (int)i, PIN_STAGED);
	return err;
}

/* Rename what is staged to the instance's entry. From now on it is listed, and outlives this process. */
static int publish(struct instance *instance)
{
	int err = pin_links(instance);

	pin_encode(instance->meta.name, instance->entry);
	if (!err)
		err = pin_rename(PIN_STAGED, instance->entry);
	if (err)
		message_error("cannot pin instance '%s': %s", instance->meta.name, reason_of(err).text);
	instance->pinned = !err;
	return err;
}

/* ---- the whole */

static int keep_maps(struct instance *instance, const struct programs *programs)
{
	static const enum instance_object kept[] = { OBJECT_HOT,	  OBJECT_COLD,
						     OBJECT_COUNTERS,	  OBJECT_LATENCIES,
						     OBJECT_SERVER_PORTS, OBJECT_TUNNELS,
						     OBJECT_ROUND_TRIPS,  OBJECT_ROUND_TRIP_HISTOGRAMS,
						     OBJECT_META };

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *name = object_name(kept[i]);

		instance->fd[kept[i]] = fcntl(programs_map_fd(programs, name), F_DUPFD_CLOEXEC, 3);
		if (instance->fd[kept[i]] < 0) {
			int err = -errno;

			message_error("cannot keep the map '%s' open: %s", name, reason_of(err).text);
			return err;
		}
	}
	return 0;
}

/* Set the ports that have histograms, before any program runs. */
static int fix_ports(const struct instance *instance, const struct attach_options *options)
{
	int err = options->port_count
			  ? server_ports_set(instance->fd[OBJECT_SERVER_PORTS], options->ports, options->port_count)
			  : 0;

	if (err)
		message_error("cannot set the ports that have histograms: %s", reason_of(err).text);
	return err;
}

static int take_guards(struct attaching *attaching)
{
	int err = 0;

	for (int i = 0; i < attaching->plan.interfaces && !err; i++)
		err = hooks_take_guard(attaching, i);
	return err;
}

static int load_and_attach(struct attaching *attaching, struct bpf_ids *ids)
{
	struct instance *instance = attaching->instance;
	bool pin = attaching->plan.options->pin;
	int err;

	err = programs_load(&instance->meta.config, attaching->plan.programs, NULL, &attaching->programs);
	if (err)
		return err;
	err = keep_maps(instance, attaching->programs);
	if (err)
		return err;
	err = fix_ports(instance, attaching->plan.options);
	if (!err)
		err = programs_freeze(attaching->programs);
	if (err)
		return err;
	instance->meta.memory_bytes = programs_memory(attaching->programs);
	err = pin ? 0 : take_guards(attaching);
	if (!err)
		err = attach_interfaces(attaching, ids);
	if (!err)
		err = hooks_stage(attaching);
	if (!err && pin)
		err = share_entry(PIN_STAGED, attaching->readers);
	if (!err && signals_pending()) /* the last moment at which everything can be undone */
		err = -EINTR;
	if (!err && pin)
		err = publish(instance);
	return err;
}

/* Undo a failed attach: remove links, pins, filters and qdiscs, and attach a replaced program again. */
static void roll_back(struct attaching *attaching, struct bpf_ids *ids)
{
	struct instance *instance = attaching->instance;

	if (instance->fd[OBJECT_META] >= 0)
		bpf_ids_add(ids, instance->fd[OBJECT_META]);
	instance_remove_filters(&instance->meta, ids);
	instance_detach_links(instance, ids);
	for (int i = 0; i < MAX_INTERFACES; i++)
		xdp_restore(&attaching->replaced[i]);
	instance->meta.interfaces = 0;
	leftovers_remove(ids);
}

/* The plan is made; carry it out. */
static int attach_resolved(struct attaching *attaching, struct bpf_ids *ids)
{
	struct instance *instance = attaching->instance;
	int err = load_and_attach(attaching, ids);

	if (err)
		roll_back(attaching, ids);
	else if (instance->pinned) /* pins hold the links now */
		instance_close_links(instance);
	if (!err && instance->following)
		follow_begin(instance->following, attaching);
	for (int i = 0; i < MAX_INTERFACES; i++)
		if (attaching->replaced[i].program_fd >= 0)
			close(attaching->replaced[i].program_fd);
	programs_close(attaching->programs);
	return err;
}

/* Attach; called inside of the network namespace of the interfaces, with the lock held. */
static int attach_here(struct attaching *attaching, struct bpf_ids *ids)
{
	struct instance *instance = attaching->instance;
	int err;

	if (!attaching->plan.unseen)
		instances_sweep(ids);
	err = signals_pending() ? -EINTR : 0;
	if (!err && attaching->plan.options->follow) /* before the interfaces are listed, so that none is missed */
		err = follow_open(&instance->following);
	if (!err)
		err = plan_resolve(&attaching->plan, ids);
	if (!err)
		err = plan_fill_meta(&attaching->plan, &instance->meta);
	return err ? err : attach_resolved(attaching, ids);
}

static int attach_inside(struct attaching *attaching, struct bpf_ids *ids)
{
	const char *name = attaching->plan.options->netns;
	int netns, home, err;

	if (!name)
		return attach_here(attaching, ids);
	netns = netns_open(name);
	if (netns < 0)
		return netns;
	home = netns_enter(netns);
	close(netns);
	if (home < 0) {
		message_error("cannot enter the network namespace '%s': %s", name, reason_of(home).text);
		return home;
	}
	err = attach_here(attaching, ids);
	netns_leave(home);
	return err;
}

static int attach_locked(struct attaching *attaching, struct bpf_ids *ids)
{
	int err = attaching->plan.options->pin ? bpffs_mount() : 0;
	struct pin_lock lock;

	if (err)
		return err;
	err = hooks_lock(&attaching->plan, &lock, true);
	if (err)
		return err;
	err = attach_inside(attaching, ids);
	pin_unlock(&lock);
	return err;
}

/*
 * Attach with signals held back. After a failure they are released; after a success they stay held back. So a command
 * that a signal ends has attached nothing.
 */
static int attach_held(struct attaching *attaching, struct bpf_ids *ids)
{
	sigset_t before;
	int err;

	signals_hold(&before); /* except while waiting for the lock */
	err = attach_locked(attaching, ids);
	if (err)
		signals_release(&before);
	return err;
}

/* Are the options valid, and may this process attach? Returns 0 or a negative errno (logged). */
static int check(struct attaching *attaching)
{
	const struct attach_options *options = attaching->plan.options;
	int err = options->pin ? platform_check_netns() : 0;

	if (!err && options->group)
		err = share_resolve(options->group, &attaching->readers);
	if (!err)
		err = platform_check_attach(platform_netns_needs(options->netns) | share_needs(attaching->readers));
	return err ? err : plan_check(options);
}

int instance_attach(const struct attach_options *options, struct instance **instance)
{
	struct left_out left_out = { 0 };
	struct attaching attaching = { .plan = { .options = options, .left_out = &left_out }, .readers = SHARE_NOBODY };
	struct bpf_ids ids = { .count = 0 };
	int err = check(&attaching);

	*instance = NULL;
	if (err)
		return err;
	for (int i = 0; i < MAX_INTERFACES; i++)
		attaching.replaced[i].program_fd = -1;
	attaching.instance = instance_new();
	if (!attaching.instance) {
		message_error("no room for the instance: %s", reason_of(-ENOMEM).text);
		return -ENOMEM;
	}
	err = attach_held(&attaching, &ids);
	if (err) {
		instance_close(attaching.instance);
		attaching.instance = NULL;
	}
	free(left_out.ifindex);
	bpf_ids_wait(&ids);
	if (!err)
		share_warn_closed(options->group, attaching.readers);
	*instance = attaching.instance;
	return err;
}
