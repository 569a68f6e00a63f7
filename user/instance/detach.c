// SPDX-License-Identifier: GPL-2.0-only
#include "instance/detach.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/guard.h"
#include "instance/interface.h"
#include "instance/leftovers.h"
#include "instance/open.h"
#include "instance/orphans.h"
#include "instance/remove.h"
#include "kernel/pin_lock.h"
#include "base/message.h"
#include "kernel/netns.h"
#include "kernel/platform.h"
#include "base/reason.h"
#include "base/signals.h"

#define NAMES_MAX 1024

/* The instances that `detach` could mean. */
struct matches {
	struct instance **instance; /* all instances, those that match in front */
	int count;
	int named; /* index of the instance of that name, or -1 */
	int err; /* negative errno if an instance could not be checked because of a limit */
	int here; /* how many other instances track an interface of that name in the present network namespace */
};

/* Does the instance track an interface of that name? 1 or 0, or a negative errno if that is not known. */
static int tracks(const struct instance *instance, const char *ifname)
{
	struct interface_state state;
	int err;

	for (__u32 i = 0; instance_is_readable(instance) && i < instance->meta.interfaces; i++) {
		err = instance_interface_state(instance, (int)i, &state);
		if (is_limit(err))
			return err;
		if (!err && !strcmp(state.ifname, ifname))
			return 1;
	}
	return 0;
}

static struct matches match(struct instance **instances, int count, const char *name_or_ifname)
{
	struct matches matches = { .instance = instances, .named = -1 };

	for (int i = 0; i < count; i++) {
		struct instance *instance = instances[i];
		bool named = !strcmp(instance_title(instance), name_or_ifname);
		int tracked = named ? 1 : tracks(instance, name_or_ifname);

		if (tracked < 0)
			matches.err = tracked;
		if (tracked <= 0)
			continue;
		if (named)
			matches.named = matches.count;
		else if (instance->meta.netns_inode == netns_current_inode())
			matches.here++;
		instances[i] = instances[matches.count];
		instances[matches.count++] = instance;
	}
	return matches;
}

/*
 * Choose one of the matches. If eth0 is attached both here and in another namespace, `detach eth0` means the instance
 * here, which has that name. Returns NULL (logged) if the choice is not clear.
 */
static struct instance *choose(const struct matches *matches, const char *name_or_ifname)
{
	char names[NAMES_MAX];

	if (matches->count == 1)
		return matches->instance[0];
	if (matches->named >= 0 && !matches->here &&
	    matches->instance[matches->named]->meta.netns_inode == netns_current_inode())
		return matches->instance[matches->named];
	instances_names(matches->instance, matches->count, names, sizeof(names));
	message_error("'%s' could be any of these instances: %s; say which by its name", name_or_ifname, names);
	return NULL;
}

/*
 * No instance matches. Perhaps a killed `run` left a filter on an interface of that name. Returns 0 or a negative errno
 * (logged).
 */
static int detach_orphans(const char *ifname, const struct matches *all, int count, struct bpf_ids *ids)
{
	unsigned int ifindex = strlen(ifname) < IF_NAMESIZE ? if_nametoindex(ifname) : 0;
	int removed = !ifindex && is_limit(-errno) ? -errno : ifindex ? orphans_remove(ifindex, ids) : 0;
	int guarded = ifindex && !removed ? guard_held(ifindex, 0) : 0;
	char names[NAMES_MAX];

	if (removed > 0) {
		message_info("removed what a killed process had left on %s", ifname);
		return 0;
	}
	if (removed < 0 || guarded < 0) {
		message_error("cannot look for what is attached to %s: %s", ifname,
			      reason_of(removed < 0 ? removed : guarded).text);
		return removed < 0 ? removed : guarded;
	}
	if (guarded) {
		message_error("%s is tracked by a running 'synscope run'; it detaches when it ends", ifname);
		return -EBUSY;
	}
	instances_names(all->instance, count, names, sizeof(names));
	message_error("no instance is named '%s', and none tracks an interface of that name%s%s", ifname,
		      count ? "; attached: " : ": ", names);
	return -ENOENT;
}

/* Remove filters that a killed `run` left on the interfaces of an instance. */
static void remove_orphans_of(const struct instance *instance, struct bpf_ids *ids)
{
	int netns, home;

	if (!instance_is_readable(instance))
		return;
	netns = netns_find(instance->meta.netns, instance->meta.netns_inode);
	home = netns < 0 ? netns : netns_enter(netns);
	for (__u32 i = 0; home >= 0 && i < instance->meta.interfaces; i++)
		orphans_remove(instance->meta.interface[i].ifindex, ids);
	netns_leave(home);
	if (netns >= 0)
		close(netns);
}

static int detach_one(struct instance *instance, struct bpf_ids *ids)
{
	int err = instance_remove(instance, ids);

	if (err)
		return err;
	remove_orphans_of(instance, ids);
	if (instance->fault)
		message_info("removed '%s': %s", instance_title(instance), instance->fault);
	else
		message_info("detached '%s'", instance->meta.name);
	return 0;
}

static int detach_all_locked(const char *unused, struct bpf_ids *ids)
{
	struct instance **instances;
	int count, orphans, err, first_err = 0;

	(void)unused;
	leftovers_remove(ids);
	if (instances_load(&instances, &count))
		return -EIO;
	for (int i = 0; i < count && !signals_pending(); i++) {
		err = detach_one(instances[i], ids);
		first_err = first_err ? first_err : err;
	}
	instances_close(instances, count);
	if (signals_pending()) {
		message_error("interrupted: some instances may still be attached");
		return -EINTR;
	}
	orphans = orphans_remove_everywhere(ids);
	if (orphans < 0)
		message_error("cannot look for tc filters that killed processes have left: %s",
			      reason_of(orphans).text);
	else if (orphans)
		message_info("removed tc filters that killed processes had left: %d", orphans);
	else if (!count)
		instances_print_none();
	return first_err ? first_err : orphans < 0 ? orphans : 0;
}

static int detach_locked(const char *name_or_ifname, struct bpf_ids *ids)
{
	struct instance **instances, *chosen = NULL;
	struct matches matches;
	int count, err = -EINVAL;

	leftovers_remove(ids);
	if (instances_load(&instances, &count))
		return -EIO;
	matches = match(instances, count, name_or_ifname);
	for (int i = matches.count; i < count; i++) /* one of these may be the one that is meant */
		if (instances[i]->fault)
			instance_report_fault(instances[i]);
	if (matches.err && matches.named < 0) {
		err = matches.err;
		message_error("cannot look for the instance that tracks %s: %s", name_or_ifname, reason_of(err).text);
	} else if (!matches.count && !strcmp(name_or_ifname, "all")) {
		instances_close(instances, count);
		return detach_all_locked(NULL, ids);
	} else if (!matches.count) {
		err = detach_orphans(name_or_ifname, &matches, count, ids);
	} else {
		chosen = choose(&matches, name_or_ifname);
	}
	if (chosen)
		err = detach_one(chosen, ids);
	instances_close(instances, count);
	instances_sweep(ids);
	return err;
}

static int detach(int (*locked)(const char *, struct bpf_ids *), const char *name_or_ifname)
{
	struct bpf_ids ids = { .count = 0 };
	int err = platform_check_netns();
	struct pin_lock lock;

	if (!err)
		err = platform_check("detaching", NEEDS(CAP_NET_ADMIN));
	if (err)
		return err;
	err = pin_lock(&lock, false, true);
	if (err && err != -ENOENT) {
		pin_error("lock", NULL, err);
		return err;
	}
	pins_warn();
	err = locked(name_or_ifname, &ids);
	pin_unlock(&lock);
	bpf_ids_wait(&ids);
	return err;
}

int instance_detach(const char *name_or_ifname)
{
	return detach(detach_locked, name_or_ifname);
}

int instance_detach_all(void)
{
	return detach(detach_all_locked, NULL);
}
