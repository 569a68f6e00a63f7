// SPDX-License-Identifier: GPL-2.0-only
#include "instance/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/attach_tc.h"
#include "kernel/attach_xdp.h"
#include "kernel/guard.h"
#include "instance/histogram.h"
#include "kernel/iface.h"
#include "instance/close.h"
#include "instance/filters.h"
#include "instance/interface.h"
#include "instance/leftovers.h"
#include "instance/remove.h"
#include "kernel/clsact.h"
#include "kernel/pin_lock.h"
#include "kernel/programs.h"
#include "instance/plan.h"
#include "base/message.h"
#include "kernel/netns.h"
#include "kernel/platform.h"
#include "base/reason.h"
#include "kernel/netlink.h"
#include "kernel/share.h"
#include "base/signals.h"

/* The state of an attach. */
struct attaching {
	struct attach_plan plan;
	struct programs *programs;
	struct xdp_replaced replaced[MAX_INTERFACES];
	struct instance *instance;
	gid_t readers; /* the group that may read it, or SHARE_NOBODY */
	bool staged; /* maps are pinned under PIN_STAGED */
};

/* ---- one hook of one interface */

static int save_meta(const struct instance *instance)
{
	__u32 key = 0;
	int err = 0;

	if (bpf_map_update_elem(instance->meta_fd, &key, &instance->meta, BPF_ANY))
		err = -errno;
	if (err)
		message_error("cannot write the metadata of the instance: %s", reason_of(err).text);
	return err;
}

/*
 * Pin the maps under PIN_STAGED, where others find and remove what is left if this process is killed. Links vanish with
 * the process, and need this only before they are pinned themselves. A filter would stay, so the meta that lists it
 * must be pinned before the filter is added.
 */
static int stage(struct attaching *attaching)
{
	int err = save_meta(attaching->instance);

	if (err || attaching->staged || !attaching->plan.options->pin)
		return err;
	err = pin_mkdir(PIN_STAGED);
	if (err == -EEXIST && pin_check(PIN_STAGED) == PIN_REFUSED)
		err = PIN_REFUSED;
	if (err) {
		pin_error("add to", PIN_STAGED, err);
		return err;
	}
	attaching->staged = true;
	return programs_pin(attaching->programs, PIN_STAGED);
}

static int attach_clsact(struct attaching *attaching, int i, bool egress, int program_fd)
{
	const struct iface *iface = &attaching->plan.iface[i];
	struct instance_meta *meta = &attaching->instance->meta;
	struct clsact_filter filter = { .ifindex = iface->ifindex, .egress = egress };
	char reason[RTNL_REASON_MAX];
	int err = clsact_qdisc_missing(iface->ifindex, iface->name, egress);

	if (err < 0)
		return err;
	meta->interface[i].made_clsact |= (__u32)err;
	if (egress)
		meta->interface[i].tc_egress = TC_MODE_CLSACT;
	else
		meta->interface[i].tc_ingress = TC_MODE_CLSACT;
	err = stage(attaching);
	if (err)
		return err;
	filter.made_qdisc = meta->interface[i].made_clsact;
	snprintf(filter.instance, sizeof(filter.instance), "%s", meta->name);
	err = clsact_attach(&filter, program_fd, reason);
	if (err)
		message_error("cannot attach to tc %s of %s: %s", egress ? "egress" : "ingress", iface->name,
			      *reason ? reason : reason_of(err).text);
	return err;
}

static int attach_tc(struct attaching *attaching, int i, enum instance_hook hook, int program_fd)
{
	struct instance *instance = attaching->instance;
	bool egress = hook == HOOK_TC_EGRESS;
	int fd = tcx_attach(&attaching->plan.iface[i], program_fd, egress);

	if (fd == TCX_UNSUPPORTED)
		return attach_clsact(attaching, i, egress, program_fd);
	if (fd < 0)
		return fd;
	instance->link_fd[i][hook] = fd;
	if (egress)
		instance->meta.interface[i].tc_egress = TC_MODE_TCX;
	else
		instance->meta.interface[i].tc_ingress = TC_MODE_TCX;
	return 0;
}

static int attach_xdp(struct attaching *attaching, int i, int program_fd)
{
	const struct attach_options *options = attaching->plan.options;
	struct xdp_attachment attachment = { .mode = options->mode, .force = options->force };
	int fd = xdp_attach(&attaching->plan.iface[i], program_fd, &attachment);

	attaching->replaced[i] = attachment.replaced;
	if (fd < 0)
		return fd;
	attaching->instance->link_fd[i][HOOK_XDP] = fd;
	attaching->instance->meta.interface[i].xdp = attachment.attached;
	return 0;
}

static int attach_hooks(struct attaching *attaching)
{
	const struct attach_plan *plan = &attaching->plan;
	int err = 0;

	for (int i = 0; i < plan->options->interfaces; i++) {
		for (enum instance_hook hook = 0; hook < HOOK_COUNT && !err; hook++) {
			int fd = programs_fd(attaching->programs, program_for(hook, plan->iface[i].no_link_header));

			if (!(plan->hooks & 1U << hook))
				continue;
			err = hook == HOOK_XDP ? attach_xdp(attaching, i, fd) : attach_tc(attaching, i, hook, fd);
		}
	}
	return err;
}

/* ---- pins */

static int pin_links(const struct instance *instance)
{
	char object[PIN_OBJECT_MAX];
	int err = 0;

	for (__u32 i = 0; i < instance->meta.interfaces; i++) {
		for (enum instance_hook hook = 0; hook < HOOK_COUNT && !err; hook++) {
			if (instance->link_fd[i][hook] < 0)
				continue;
			instance_link_object(object, instance->meta.interface[i].ifindex, hook);
			err = pin_object(instance->link_fd[i][hook], PIN_STAGED, object);
		}
	}
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
	struct {
		const char *name;
		int *fd;
	} maps[] = {
		{ "hot", &instance->hot_fd },
		{ "cold", &instance->cold_fd },
		{ "counters", &instance->counters_fd },
		{ "latencies", &instance->latencies_fd },
		{ "server_ports", &instance->server_ports_fd },
		{ "tunnels", &instance->tunnels_fd },
		{ "meta", &instance->meta_fd },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		*maps[i].fd = fcntl(programs_map_fd(programs, maps[i].name), F_DUPFD_CLOEXEC, 3);
		if (*maps[i].fd < 0) {
			int err = -errno;

			message_error("cannot keep the map '%s' open: %s", maps[i].name, reason_of(err).text);
			return err;
		}
	}
	return 0;
}

/* Set the ports that have histograms, before any program runs. */
static int fix_ports(const struct instance *instance, const struct attach_options *options)
{
	int err = options->port_count ? server_ports_set(instance->server_ports_fd, options->ports, options->port_count)
				      : 0;

	if (err)
		message_error("cannot set the ports that have histograms: %s", reason_of(err).text);
	return err;
}

/* A `run` takes guards of its interfaces, so that others do not take its filters for orphans. */
static int take_guards(struct attaching *attaching)
{
	const struct attach_plan *plan = &attaching->plan;
	int *fd = attaching->instance->guard_fd;

	for (int i = 0; i < plan->options->interfaces; i++) {
		fd[i] = guard_take(plan->iface[i].ifindex);
		if (fd[i] < 0) {
			message_error("%s: cannot mark it as being tracked: %s", plan->iface[i].name,
				      reason_of(fd[i]).text);
			return fd[i];
		}
	}
	return 0;
}

static int load_and_attach(struct attaching *attaching)
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
		err = attach_hooks(attaching);
	if (!err)
		err = stage(attaching);
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

	if (instance->meta_fd >= 0)
		bpf_ids_add(ids, instance->meta_fd);
	instance_remove_filters(&instance->meta, ids);
	instance_detach_links(instance, ids);
	for (int i = 0; i < MAX_INTERFACES; i++)
		xdp_restore(&attaching->replaced[i]);
	instance->meta.interfaces = 0;
	leftovers_remove(ids);
}

/* Attach; called inside of the network namespace of the interfaces, with the lock held. */
static int attach_here(struct attaching *attaching, struct bpf_ids *ids)
{
	struct instance *instance = attaching->instance;
	int err;

	if (!attaching->plan.unseen)
		instances_sweep(ids);
	err = signals_pending() ? -EINTR : plan_resolve(&attaching->plan, ids);
	if (!err)
		err = plan_fill_meta(&attaching->plan, &instance->meta);
	if (err)
		return err;
	err = load_and_attach(attaching);
	if (err)
		roll_back(attaching, ids);
	else if (instance->pinned) /* pins hold the links now */
		instance_close_links(instance);
	for (int i = 0; i < MAX_INTERFACES; i++)
		if (attaching->replaced[i].program_fd >= 0)
			close(attaching->replaced[i].program_fd);
	programs_close(attaching->programs);
	return err;
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

/*
 * Can `run` go on without the lock, after this error? It pins nothing, so it can if there is no bpffs, or if this
 * process may not write to it.
 */
static bool goes_without(int err)
{
	return err == -ENOENT || is_denied(err) || err == -EROFS;
}

static int attach_locked(struct attaching *attaching, struct bpf_ids *ids)
{
	bool pin = attaching->plan.options->pin;
	int err = pin ? bpffs_mount() : 0;
	struct pin_lock lock;

	if (err)
		return err;
	err = pin_lock(&lock, true, true);
	attaching->plan.unseen = is_denied(err);
	if (err && (pin || !goes_without(err))) {
		pin_error("lock", NULL, err);
		return err;
	}
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
	int err = platform_check_netns();

	if (!err && options->group)
		err = share_resolve(options->group, &attaching->readers);
	if (!err)
		err = platform_check_attach(platform_netns_needs(options->netns) | share_needs(attaching->readers));
	return err ? err : plan_check(options);
}

int instance_attach(const struct attach_options *options, struct instance **instance)
{
	struct attaching attaching = { .plan = { .options = options }, .readers = SHARE_NOBODY };
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
	bpf_ids_wait(&ids);
	if (!err)
		share_warn_closed(options->group, attaching.readers);
	*instance = attaching.instance;
	return err;
}
