// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "synscope/flow.h"
#include "synscope/lifetime.h"

#include "kernel/guard.h"
#include "instance/interface.h"
#include "instance/open.h"
#include "instance/orphans.h"
#include "kernel/clsact.h"
#include "instance/plan.h"
#include "base/message.h"
#include "kernel/netns.h"
#include "base/reason.h"
#include "base/version.h"
#include "base/clock.h"

/* ---- options alone */

static int check_name(const char *name)
{
	if (instance_name_valid(name))
		return 0;
	message_error("the instance cannot be named '%s'; choose a name of " INSTANCE_NAME_EXPECTED " with --name",
		      name);
	return -EINVAL;
}

int plan_check(const struct attach_options *options)
{
	if (options->interfaces < 1 || options->interfaces > MAX_INTERFACES) {
		message_error("an instance has 1 to %d interfaces, not %d", MAX_INTERFACES, options->interfaces);
		return -EINVAL;
	}
	if (!options->max_flows || options->max_flows > MAX_FLOWS_LIMIT) {
		message_error("--max-flows takes 1 to %u, not %u", MAX_FLOWS_LIMIT, options->max_flows);
		return -EINVAL;
	}
	if (options->netns && strlen(options->netns) >= INSTANCE_NAME_MAX) {
		message_error("the name of the network namespace '%s' is longer than %d bytes; give a process id",
			      options->netns, INSTANCE_NAME_MAX - 1);
		return -EINVAL;
	}
	return options->name ? check_name(options->name) : 0;
}

/* ---- in the namespace */

static int choose_name(struct attach_plan *plan)
{
	const struct attach_options *options = plan->options;
	const char *netns = options->netns ? options->netns : "", *slash = strrchr(netns, '/');
	char name[2 * INSTANCE_NAME_MAX];
	int err;

	if (slash)
		netns = slash + 1;
	if (options->name)
		snprintf(name, sizeof(name), "%s", options->name);
	else
		snprintf(name, sizeof(name), "%s%s%s", netns, *netns ? ":" : "", options->ifnames[0]);
	err = check_name(name);
	if (!err)
		memcpy(plan->name, name, strlen(name) + 1);
	return err;
}

static int look_up(struct attach_plan *plan)
{
	const struct attach_options *options = plan->options;
	struct iface *iface = plan->iface;
	int err;

	for (int i = 0; i < options->interfaces; i++) {
		err = iface_lookup(options->ifnames[i], &iface[i]);
		if (err)
			return err;
		for (int j = 0; j < i; j++) {
			if (iface[j].ifindex == iface[i].ifindex) {
				message_error("interface %s is given twice", iface[i].name);
				return -EINVAL;
			}
		}
		if (options->key_vlan && options->mode != ATTACH_TC && iface[i].strips_vlan)
			message_warning(
				"%s takes VLAN tags off before XDP sees them, so on ingress --key-vlan has no effect; "
				"'ethtool -K %s rxvlan off' leaves them on",
				iface[i].name, iface[i].name);
	}
	return 0;
}

static int choose_hooks(struct attach_plan *plan)
{
	const struct attach_options *options = plan->options;
	bool egress = options->direction != DIRECTION_INGRESS;

	for (int i = 0; i < options->interfaces; i++) {
		if (!plan->iface[i].loopback)
			continue;
		if (options->direction == DIRECTION_BOTH) {
			message_error(
				"%s is a loopback interface: what it sends is what it receives, so --direction both "
				"would count every segment twice; leave it at ingress",
				plan->iface[i].name);
			return -EINVAL;
		}
		egress = false;
	}
	if (options->direction == DIRECTION_DEFAULT && options->interfaces > 1)
		egress = false;
	plan->hooks = 1U << (options->mode == ATTACH_TC ? HOOK_TC_INGRESS : HOOK_XDP);
	if (egress)
		plan->hooks |= 1U << HOOK_TC_EGRESS;
	if (options->pin) /* for readers; only this process reads an instance that is not pinned */
		plan->programs |= PROGRAMS_PINNED;
	for (int i = 0; i < options->interfaces; i++)
		for (enum instance_hook hook = 0; hook < HOOK_COUNT; hook++)
			if (plan->hooks & 1U << hook)
				plan->programs |= 1U << program_for(hook, plan->iface[i].no_link_header);
	return 0;
}

static int check_instances(const struct attach_plan *plan, struct instance *const *instances, int count)
{
	for (int i = 0; i < count; i++) {
		const char *name = instance_title(instances[i]);

		for (int j = 0; j < plan->options->interfaces; j++) {
			int has = instance_has_interface(instances[i], plan->iface[j].ifindex);

			if (has < 0) {
				message_error("cannot see whether '%s' tracks %s: %s", name, plan->iface[j].name,
					      reason_of(has).text);
				return has;
			}
			if (!has)
				continue;
			message_error("%s is in the instance '%s' already; 'synscope detach %s' removes that",
				      plan->iface[j].name, name, name);
			return -EEXIST;
		}
		if (strcmp(name, plan->name) || instances[i]->not_ours)
			continue;
		message_error("an instance '%s' exists already; choose another name with --name, or 'synscope detach "
			      "%s' first",
			      name, name);
		return -EEXIST;
	}
	return 0;
}

/* The entry may exist without being an instance. */
static int check_entry(const struct attach_plan *plan)
{
	char entry[PIN_ENTRY_MAX];
	int err;

	pin_encode(plan->name, entry);
	err = pin_check(entry);
	if (err != PIN_REFUSED)
		return 0;
	pin_error("add to", entry, err);
	return err;
}

static int check_guards(const struct attach_plan *plan)
{
	for (int i = 0; i < plan->options->interfaces; i++) {
		int held = guard_held(plan->iface[i].ifindex, 0);

		if (!held)
			continue;
		if (held < 0) {
			message_error("cannot see whether a 'synscope run' tracks %s: %s", plan->iface[i].name,
				      reason_of(held).text);
			return held;
		}
		message_error("a running 'synscope run' tracks %s already", plan->iface[i].name);
		return -EBUSY;
	}
	return 0;
}

/* Used if the instances cannot be listed: refuse interfaces that have any filter of ours. */
static int check_filters(const struct attach_plan *plan)
{
	struct clsact_filters found;
	int err;

	for (int i = 0; i < plan->options->interfaces; i++) {
		const char *ifname = plan->iface[i].name;

		err = clsact_find(plan->iface[i].ifindex, &found);
		if (err) {
			message_error("cannot see which tc filters %s has: %s", ifname, reason_of(err).text);
			return err;
		}
		if (!found.count)
			continue;
		message_error("%s is tracked as '%s' by another user already, or a process that was killed has left "
			      "that; 'sudo synscope detach %s' removes it",
			      ifname, found.item[0].instance, ifname);
		return -EEXIST;
	}
	return 0;
}

/*
 * Refuse if there is an instance of that name, or one that tracks one of the interfaces. Also removes orphans from the
 * interfaces.
 */
static int check_others(const struct attach_plan *plan, struct bpf_ids *ids)
{
	struct instance **instances;
	int count, err = instances_load(&instances, &count);

	if (err)
		return err;
	err = check_instances(plan, instances, count);
	if (!err && plan->options->pin)
		err = check_entry(plan);
	if (!err)
		instances_report_faults(instances, count);
	instances_close(instances, count);
	for (int i = 0; i < plan->options->interfaces && !err; i++)
		orphans_remove(plan->iface[i].ifindex, ids);
	return err;
}

int plan_resolve(struct attach_plan *plan, struct bpf_ids *ids)
{
	int err = choose_name(plan);

	if (!err)
		err = look_up(plan);
	if (!err)
		err = choose_hooks(plan);
	if (!err)
		err = check_guards(plan);
	if (err)
		return err;
	return plan->unseen ? check_filters(plan) : check_others(plan, ids);
}

/* ---- the meta */

static int compare_ifindex(const void *a, const void *b)
{
	const struct interface_mtu *x = a, *y = b;

	return x->ifindex < y->ifindex ? -1 : x->ifindex > y->ifindex;
}

static int fill_config(const struct attach_plan *plan, struct synscope_config *config)
{
	const struct attach_options *options = plan->options;
	__u64 slots = 2 * (__u64)options->max_flows;

	memcpy(config->timeout_ns, options->timeout_ns, sizeof(config->timeout_ns));
	config->buckets = (slots + FLOW_SLOTS_PER_BUCKET - 1) / FLOW_SLOTS_PER_BUCKET;
	config->key_vlan = options->key_vlan;
	config->key_tunnel = options->key_tunnel;
	config->decap = options->decap;
	for (int i = 0; i < options->interfaces; i++) {
		config->mtu[i].ifindex = plan->iface[i].ifindex;
		config->mtu[i].mtu = plan->iface[i].mtu;
		if (!config->min_mtu || plan->iface[i].mtu < config->min_mtu)
			config->min_mtu = plan->iface[i].mtu;
	}
	qsort(config->mtu, options->interfaces, sizeof(config->mtu[0]), compare_ifindex);
	if (getrandom(config->hash_key, sizeof(config->hash_key), 0) == sizeof(config->hash_key))
		return 0;
	message_error("the kernel has no random numbers for the hash key: %s", reason_of(-errno).text);
	return -EIO;
}

int plan_fill_meta(const struct attach_plan *plan, struct instance_meta *meta)
{
	const struct attach_options *options = plan->options;

	*meta = (struct instance_meta){
		.magic = META_MAGIC,
		.byte_order = META_BYTE_ORDER,
		.layout_version = FLOW_LAYOUT_VERSION,
		.program_version = SYNSCOPE_VERSION,
		.hot_size = sizeof(struct flow_bucket),
		.cold_size = sizeof(struct flow_cold),
		.netns_inode = netns_current_inode(),
		.attached_ns = host_monotonic_ns(),
		.max_flows = options->max_flows,
		.interfaces = options->interfaces,
	};
	snprintf(meta->name, sizeof(meta->name), "%s", plan->name);
	snprintf(meta->netns, sizeof(meta->netns), "%s", options->netns ? options->netns : "");
	for (int i = 0; i < options->interfaces; i++) {
		meta->interface[i].ifindex = plan->iface[i].ifindex;
		meta->interface[i].no_link_header = plan->iface[i].no_link_header;
		memcpy(meta->interface[i].ifname, plan->iface[i].name, IFNAME_MAX);
	}
	if (!meta->netns_inode) {
		message_error("cannot tell which network namespace this is: /proc is not mounted");
		return -ENOENT;
	}
	return fill_config(plan, &meta->config);
}
