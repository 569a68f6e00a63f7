// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "synscope/flow.h"
#include "synscope/lifetime.h"

#include "base/array.h"
#include "instance/every.h"
#include "instance/mtu.h"
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

#define NAMES_MAX 512 /* of interfaces, in a message */

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
	if (!options->all && (options->interfaces < 1 || options->interfaces > MAX_INTERFACES)) {
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
		snprintf(name, sizeof(name), "%s%s%s", netns, *netns ? ":" : "",
			 options->all ? "all" : options->ifnames[0]);
	err = check_name(name);
	if (!err)
		memcpy(plan->name, name, strlen(name) + 1);
	return err;
}

static void warn_of_stripped_tags(const struct attach_plan *plan, const struct iface *iface)
{
	if (plan->options->key_vlan && plan->options->mode != ATTACH_TC && iface->strips_vlan)
		message_warning("%s takes VLAN tags off before XDP sees them, so on ingress --key-vlan has no effect; "
				"'ethtool -K %s rxvlan off' leaves them on",
				iface->name, iface->name);
}

static int look_up_named(struct attach_plan *plan)
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
	}
	plan->interfaces = options->interfaces;
	return 0;
}

static void note_left_out(const struct attach_plan *plan, __u32 ifindex)
{
	struct left_out *list = plan->left_out;
	__u32 *item = array_grow(list->ifindex, list->count, &list->room, sizeof(*item), "the interfaces");

	if (!item)
		return;
	list->ifindex = item;
	list->ifindex[list->count++] = ifindex;
}

void plan_drop(struct attach_plan *plan, int *i)
{
	const struct iface *iface = &plan->iface[*i];

	message_info(if_nametoindex(iface->name) == iface->ifindex ? "%s is left out"
								   : "%s is left out; it is gone by now",
		     iface->name);
	note_left_out(plan, iface->ifindex);
	plan->interfaces--;
	memmove(&plan->iface[*i], &plan->iface[*i + 1], (plan->interfaces - *i) * sizeof(*iface));
	(*i)--;
}

int plan_leave_out(struct attach_plan *plan, int *i, int err)
{
	if (!err || !plan->options->all || is_limit(err) || is_denied(err))
		return err;
	plan_drop(plan, i);
	return 0;
}

/* Say which interfaces --all leaves out, for one reason. */
static void tell_left_out(const struct attach_options *options, const struct iface_list *list,
			  enum every_verdict verdict, const char *why)
{
	char names[NAMES_MAX] = "";
	size_t length = 0;

	for (size_t i = 0; i < list->count && length < sizeof(names); i++)
		if (every_judge(options, list, &list->item[i]) == verdict)
			length += snprintf(names + length, sizeof(names) - length, "%s%s", length ? ", " : "",
					   list->item[i].name);
	if (length)
		message_info("left out, %s: %s%s", why, names, length < sizeof(names) ? "" : " …");
}

/* Interfaces that vanish meanwhile are left out silently. */
static int look_up_list(struct attach_plan *plan, const struct iface_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct iface *iface = &plan->iface[plan->interfaces];
		int last = plan->interfaces, err;

		if (every_judge(plan->options, list, &list->item[i]) != EVERY_TAKEN)
			continue;
		if (plan->interfaces == MAX_INTERFACES) {
			message_error("--all finds more than %d interfaces, the most that an instance can have; leave "
				      "some out with --except PATTERN",
				      MAX_INTERFACES);
			return -E2BIG;
		}
		err = iface_query(list->item[i].name, iface);
		if (err == -ENODEV || err == -ENXIO)
			continue;
		iface_complain(list->item[i].name, iface, err);
		plan->interfaces++;
		err = plan_leave_out(plan, &last, err);
		if (err)
			return err;
	}
	return 0;
}

int plan_nothing_left(void)
{
	message_error("--all finds no interface that can be tracked, and an instance needs one; 'ip link' lists all");
	return -ENODEV;
}

static int look_up_all(struct attach_plan *plan)
{
	struct iface_list list;
	int err = iface_list_read(&list);

	if (err) {
		message_error("cannot list the interfaces: %s", reason_of(err).text);
		return err;
	}
	err = look_up_list(plan, &list);
	if (!err)
		tell_left_out(plan->options, &list, EVERY_STACKED, "because other interfaces carry their segments");
	if (!err && !plan->interfaces) {
		tell_left_out(plan->options, &list, EVERY_EXCEPTED, "because of --except");
		err = plan_nothing_left();
	}
	iface_list_free(&list);
	return err;
}

static int look_up(struct attach_plan *plan)
{
	int err = plan->options->all ? look_up_all(plan) : look_up_named(plan);

	for (int i = 0; i < plan->interfaces && !err; i++)
		warn_of_stripped_tags(plan, &plan->iface[i]);
	return err;
}

static int refuse_both_on_loopback(const struct attach_plan *plan)
{
	for (int i = 0; i < plan->interfaces; i++) {
		if (!plan->iface[i].loopback)
			continue;
		message_error("%s is a loopback interface: what it sends is what it receives, so --direction both "
			      "would count every segment twice; leave it at ingress",
			      plan->iface[i].name);
		return -EINVAL;
	}
	return 0;
}

/*
 * With several interfaces, or where several may come, what is forwarded would be seen twice on ingress and egress.
 * Beside one interface, loopback does not count under --all, because nothing is forwarded to it.
 */
static bool is_egress_default(const struct attach_plan *plan)
{
	int loopbacks = 0;

	for (int i = 0; i < plan->interfaces; i++)
		loopbacks += plan->iface[i].loopback;
	if (plan->options->all)
		return !plan->options->follow && plan->interfaces - loopbacks == 1;
	return plan->interfaces == 1 && !loopbacks;
}

unsigned int plan_hooks(const struct attach_plan *plan, int i)
{
	return plan->hooks & ~(plan->iface[i].loopback ? 1U << HOOK_TC_EGRESS : 0);
}

unsigned int plan_programs(const struct attach_plan *plan)
{
	unsigned int programs = 0;

	for (int i = 0; i < plan->interfaces; i++)
		for (enum instance_hook hook = 0; hook < HOOK_COUNT; hook++)
			if (plan_hooks(plan, i) & 1U << hook)
				programs |= 1U << program_for(hook, plan->iface[i].no_link_header);
	return programs;
}

int plan_choose_hooks(struct attach_plan *plan)
{
	const struct attach_options *options = plan->options;
	int err = 0;

	plan->hooks = 1U << (options->mode == ATTACH_TC ? HOOK_TC_INGRESS : HOOK_XDP);
	if (options->direction == DIRECTION_BOTH && !options->all)
		err = refuse_both_on_loopback(plan);
	if (options->direction == DIRECTION_BOTH ||
	    (options->direction == DIRECTION_DEFAULT && is_egress_default(plan)))
		plan->hooks |= 1U << HOOK_TC_EGRESS;
	return err;
}

/* Does one of the instances track the interface? 0, -EEXIST, or another negative errno (logged). */
static int check_instances(const struct attach_plan *plan, const struct iface *iface, struct instance *const *instances,
			   int count)
{
	for (int i = 0; i < count; i++) {
		const char *name = instance_title(instances[i]);
		bool own = plan->attached && plan->options->pin && !strcmp(name, plan->name);
		int has = own ? 0 : instance_has_interface(instances[i], iface->ifindex);

		if (has < 0) {
			message_error("cannot see whether '%s' tracks %s: %s", name, iface->name, reason_of(has).text);
			return has;
		}
		if (!has)
			continue;
		message_error("%s is in the instance '%s' already; 'synscope detach %s' removes that", iface->name,
			      name, name);
		return -EEXIST;
	}
	return 0;
}

static int check_instance_names(const struct attach_plan *plan, struct instance *const *instances, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(instance_title(instances[i]), plan->name) || instances[i]->not_ours)
			continue;
		message_error("an instance '%s' exists already; choose another name with --name, or 'synscope detach "
			      "%s' first",
			      plan->name, plan->name);
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

static int check_guard(const struct iface *iface)
{
	int held = guard_held(iface->ifindex, 0);

	if (!held)
		return 0;
	if (held < 0) {
		message_error("cannot see whether a 'synscope run' tracks %s: %s", iface->name, reason_of(held).text);
		return held;
	}
	message_error("a running 'synscope run' tracks %s already", iface->name);
	return -EBUSY;
}

/* Used if the instances cannot be listed: refuse an interface that has any filter of ours. */
static int check_filters(const struct iface *iface)
{
	struct clsact_filters found;
	int err = clsact_find(iface->ifindex, &found);

	if (err) {
		message_error("cannot see which tc filters %s has: %s", iface->name, reason_of(err).text);
		return err;
	}
	if (!found.count)
		return 0;
	message_error("%s is tracked as '%s' by another user already, or a process that was killed has left that; "
		      "'sudo synscope detach %s' removes it",
		      iface->name, found.item[0].instance, iface->name);
	return -EEXIST;
}

static int check_each(struct attach_plan *plan, struct instance *const *instances, int count)
{
	int err = 0;

	for (int i = 0; i < plan->interfaces && !err; i++) {
		err = check_guard(&plan->iface[i]);
		if (!err)
			err = plan->unseen ? check_filters(&plan->iface[i])
					   : check_instances(plan, &plan->iface[i], instances, count);
		err = plan_leave_out(plan, &i, err);
	}
	return err;
}

/* Checks the interfaces against all instances and, unless this one is attached already, that no other has its name. */
static int check_others(struct attach_plan *plan, struct bpf_ids *ids)
{
	bool new = !plan->attached;
	struct instance **instances;
	int count, err = instances_load(&instances, &count);

	if (err)
		return err;
	if (new && plan->options->all) /* else each of its interfaces would be left out */
		err = check_instance_names(plan, instances, count);
	if (!err)
		err = check_each(plan, instances, count);
	if (!err && new)
		err = check_instance_names(plan, instances, count);
	if (!err && new && plan->options->pin)
		err = check_entry(plan);
	if (!err && new)
		instances_report_faults(instances, count);
	instances_close(instances, count);
	for (int i = 0; i < plan->interfaces && !err; i++)
		orphans_remove(plan->iface[i].ifindex, ids);
	return err;
}

int plan_check_interfaces(struct attach_plan *plan, struct bpf_ids *ids)
{
	return plan->unseen ? check_each(plan, NULL, 0) : check_others(plan, ids);
}

int plan_resolve(struct attach_plan *plan, struct bpf_ids *ids)
{
	int err = choose_name(plan);

	if (!err)
		err = look_up(plan);
	if (!err)
		err = plan->unseen ? check_each(plan, NULL, 0) : check_others(plan, ids);
	if (!err && !plan->interfaces)
		err = plan_nothing_left();
	if (!err)
		err = plan_choose_hooks(plan);
	if (err)
		return err;
	plan->programs = plan_programs(plan);
	if (plan->options->pin) /* for readers; only this process reads an instance that is not pinned */
		plan->programs |= PROGRAMS_PINNED;
	return 0;
}

/* ---- the meta */

struct meta_interface plan_meta_interface(const struct attach_plan *plan, int i)
{
	struct meta_interface interface = { .ifindex = plan->iface[i].ifindex,
					    .no_link_header = plan->iface[i].no_link_header };

	memcpy(interface.ifname, plan->iface[i].name, IFNAME_MAX);
	return interface;
}

int plan_fill_meta(const struct attach_plan *plan, struct instance_meta *meta)
{
	const struct attach_options *options = plan->options;
	int err;

	*meta = (struct instance_meta){
		.magic = META_MAGIC,
		.byte_order = META_BYTE_ORDER,
		.layout_version = FLOW_LAYOUT_VERSION,
		.program_version = SYNSCOPE_VERSION,
		.hot_size = sizeof(struct flow_bucket),
		.cold_size = sizeof(struct flow_cold),
		.netns_inode = netns_current_inode(),
		.attached_ns = host_boot_ns(),
		.max_flows = options->max_flows,
		.interfaces = plan->interfaces,
	};
	snprintf(meta->name, sizeof(meta->name), "%s", plan->name);
	snprintf(meta->netns, sizeof(meta->netns), "%s", options->netns ? options->netns : "");
	for (int i = 0; i < plan->interfaces; i++)
		meta->interface[i] = plan_meta_interface(plan, i);
	if (!meta->netns_inode) {
		message_error("cannot tell which network namespace this is: /proc is not mounted");
		return -ENOENT;
	}
	err = attach_options_config(options, &meta->config);
	for (int i = 0; i < plan->interfaces && !err; i++)
		config_set_mtu(&meta->config, plan->iface[i].ifindex, plan->iface[i].mtu);
	return err;
}
