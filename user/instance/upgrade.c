// SPDX-License-Identifier: GPL-2.0-only
#include "instance/upgrade.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "synscope/flow.h"

#include "instance/filters.h"
#include "instance/interface.h"
#include "instance/leftovers.h"
#include "instance/open.h"
#include "kernel/bpf_ids.h"
#include "kernel/clsact.h"
#include "kernel/pin_lock.h"
#include "kernel/programs.h"
#include "base/message.h"
#include "kernel/netns.h"
#include "kernel/platform.h"
#include "base/reason.h"
#include "kernel/share.h"
#include "base/version.h"

static int refuse_layout(const struct instance *instance)
{
	message_error(
		"instance '%s' was attached by version %s (layout %u), whose flows version %s (layout %u) cannot take "
		"over; detach it and attach again",
		instance->meta.name, instance->meta.program_version, instance->meta.layout_version, SYNSCOPE_VERSION,
		FLOW_LAYOUT_VERSION);
	return -EPROTO;
}

static unsigned int programs_wanted(const struct instance_meta *meta)
{
	unsigned int wanted = PROGRAMS_PINNED;

	for (__u32 i = 0; i < meta->interfaces; i++)
		for (enum instance_hook hook = 0; hook < HOOK_COUNT; hook++)
			if (interface_has_link(&meta->interface[i], hook) ||
			    interface_has_filter(&meta->interface[i], hook))
				wanted |= 1U << program_for(hook, meta->interface[i].no_link_header);
	return wanted;
}

/*
 * Replace the program of one hook. Does nothing for a device that was deleted or is out of reach. Returns 0 or a
 * negative errno (not logged).
 */
static int swap(const struct instance *instance, int i, enum instance_hook hook, int program_fd, bool inside)
{
	const struct meta_interface *interface = &instance->meta.interface[i];
	struct clsact_filter filter = { .ifindex = interface->ifindex, .egress = hook == HOOK_TC_EGRESS };
	int fd, err = 0;

	if (interface_has_filter(interface, hook)) {
		if (!inside)
			return 0;
		filter.made_qdisc = interface->made_clsact;
		snprintf(filter.instance, sizeof(filter.instance), "%s", instance->meta.name);
		err = clsact_attach(&filter, program_fd, NULL);
		return err == -ENODEV ? 0 : err;
	}
	if (!interface_has_link(interface, hook))
		return 0;
	fd = instance_link_open(instance, i, hook);
	if (fd < 0)
		return fd;
	if (bpf_link_ifindex(fd) && bpf_link_update(fd, program_fd, NULL))
		err = -errno;
	close(fd);
	return err;
}

/* `inside`: this process is in the network namespace of the interfaces. */
static int swap_all(const struct instance *instance, const struct programs *programs, bool inside)
{
	const struct instance_meta *meta = &instance->meta;
	int err;

	for (__u32 i = 0; i < meta->interfaces; i++) {
		for (enum instance_hook hook = 0; hook < HOOK_COUNT; hook++) {
			enum program program = program_for(hook, meta->interface[i].no_link_header);

			err = swap(instance, (int)i, hook, programs_fd(programs, program), inside);
			if (err) {
				message_error("cannot replace a program on %s: %s; the upgrade can be tried again",
					      meta->interface[i].ifname, reason_of(err).text);
				return err;
			}
		}
	}
	return 0;
}

/* Filters must be replaced inside of their namespace; links can be updated from anywhere. */
static int swap_inside(const struct instance *instance, const struct programs *programs)
{
	int netns = netns_find(instance->meta.netns, instance->meta.netns_inode);
	int home = netns < 0 ? netns : netns_enter(netns);
	int err;

	if (netns >= 0)
		close(netns);
	err = swap_all(instance, programs, home >= 0);
	netns_leave(home);
	return err;
}

static int note_version(struct instance *instance)
{
	int fd = pin_open(instance->entry, "meta", 0);
	__u32 key = 0;
	int err = fd < 0 ? fd : 0;

	snprintf(instance->meta.program_version, sizeof(instance->meta.program_version), "%s", SYNSCOPE_VERSION);
	if (!err && bpf_map_update_elem(fd, &key, &instance->meta, BPF_ANY))
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err)
		message_error("cannot write the metadata of '%s': %s", instance->meta.name, reason_of(err).text);
	return err;
}

static int refuse(const struct instance *instance, const char *fault)
{
	message_error("'%s' cannot be upgraded: %s; detach it and attach again", instance->meta.name, fault);
	return -EUCLEAN;
}

/* Before anything is replaced: is every link pinned that the meta lists, and is it a link? */
static int check_links(const struct instance *instance)
{
	char object[PIN_OBJECT_MAX], fault[PIN_OBJECT_MAX + OBJECT_FAULT_MAX];

	for (__u32 i = 0; i < instance->meta.interfaces; i++) {
		for (enum instance_hook hook = 0; hook < HOOK_COUNT; hook++) {
			enum bpf_kind kind;
			int fd;

			if (!interface_has_link(&instance->meta.interface[i], hook))
				continue;
			instance_link_object(object, instance->meta.interface[i].ifindex, hook);
			fd = instance_link_open(instance, (int)i, hook);
			kind = fd < 0 ? BPF_KIND_NONE : bpf_kind_of(fd);
			if (fd >= 0)
				close(fd);
			if (kind == BPF_KIND_LINK)
				continue;
			snprintf(fault, sizeof(fault), "its '%.63s' %s%.255s", object,
				 fd < 0 ? "cannot be opened: " : "is not a link", fd < 0 ? reason_of(fd).text : "");
			return refuse(instance, fault);
		}
	}
	return 0;
}

static int upgrade(struct instance *instance)
{
	struct programs *programs;
	int err;

	if (instance->fault)
		return refuse(instance, instance->fault);
	if (instance->other_layout)
		return refuse_layout(instance);
	err = check_links(instance);
	if (!err)
		err = instance_check_filters(&instance->meta);
	if (err)
		return err;
	err = programs_load(&instance->meta.config, programs_wanted(&instance->meta), instance->entry, &programs);
	if (err)
		return err;
	err = programs_pin(programs, instance->entry);
	if (!err)
		err = share_entry(instance->entry, share_of(instance->entry));
	if (!err)
		err = swap_inside(instance, programs);
	programs_close(programs);
	return err ? err : note_version(instance);
}

static int upgrade_locked(const char *name)
{
	struct instance **instances;
	int count, err = instances_open(name, OBJECTS_MAPS, &instances, &count);

	if (err)
		return err;
	err = upgrade(instances[0]);
	if (!err)
		message_info("'%s' runs the programs of version " SYNSCOPE_VERSION " now, and keeps its flows", name);
	instances_close(instances, count);
	return err;
}

int instance_upgrade(const char *name)
{
	struct bpf_ids ids = { .count = 0 };
	int err = platform_check_netns();
	struct pin_lock lock;

	if (!err)
		err = platform_check_attach(0);
	if (err)
		return err;
	err = pin_lock(&lock, false, true);
	if (err && err != -ENOENT) {
		pin_error("lock", NULL, err);
		return err;
	}
	leftovers_remove(&ids);
	err = upgrade_locked(name);
	pin_unlock(&lock);
	bpf_ids_wait(&ids);
	return err;
}
