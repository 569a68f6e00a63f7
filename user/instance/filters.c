// SPDX-License-Identifier: GPL-2.0-only
#include "instance/filters.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"
#include "instance/interface.h"
#include "kernel/clsact.h"
#include "kernel/netns.h"
#include "kernel/platform.h"

/* Call this inside of the instance's namespace. */
static int remove_filters_of(__u32 ifindex, const char *name, struct bpf_ids *ids)
{
	struct clsact_filters found;
	int err = clsact_find(ifindex, &found);

	for (int i = 0; i < found.count && !err; i++) {
		if (strcmp(found.item[i].instance, name))
			continue;
		bpf_ids_add_program(ids, found.item[i].program_id);
		if (clsact_detach(&found.item[i]) == -EPERM)
			err = -EPERM;
	}
	return err;
}

static bool has_filters(const struct instance_meta *meta)
{
	bool has = false;

	for (__u32 i = 0; i < meta->interfaces; i++)
		has = has || interface_has_filter(&meta->interface[i], HOOK_TC_INGRESS) ||
		      interface_has_filter(&meta->interface[i], HOOK_TC_EGRESS) || meta->interface[i].made_clsact;
	return has;
}

int instance_remove_filters(const struct instance_meta *meta, struct bpf_ids *ids)
{
	int netns, home, err = 0;

	if (!has_filters(meta))
		return 0;
	netns = netns_find(meta->netns, meta->netns_inode);
	if (netns == -EACCES)
		return -EPERM;
	if (netns < 0) /* the namespace was deleted, or that cannot be known */
		return is_limit(netns) || netns == -ESRCH ? netns : 0;
	home = netns_enter(netns);
	close(netns);
	if (home < 0)
		return home;
	for (__u32 i = 0; i < meta->interfaces && !err; i++) {
		const struct meta_interface *interface = &meta->interface[i];

		if (interface_has_filter(interface, HOOK_TC_INGRESS) || interface_has_filter(interface, HOOK_TC_EGRESS))
			err = remove_filters_of(interface->ifindex, meta->name, ids);
		if (interface->made_clsact && !err) /* also if the attach was killed before it added a filter */
			clsact_remove_qdisc(interface->ifindex);
	}
	netns_leave(home);
	return err;
}

int instance_check_filters(const struct instance_meta *meta)
{
	char names[NEEDS_TEXT_MAX];
	int netns, home;

	netns = has_filters(meta) ? netns_find(meta->netns, meta->netns_inode) : -ENOENT;
	if (netns == -ENOENT)
		return 0;
	home = netns < 0 ? netns : netns_enter(netns);
	if (netns >= 0)
		close(netns);
	netns_leave(home);
	if (!is_denied(home))
		return 0;
	if (platform_lacks(NEEDS(CAP_SYS_ADMIN) | NEEDS(CAP_SYS_PTRACE), names))
		message_error(
			"'%s' has tc filters in another network namespace, and to enter that needs %s, which this "
			"process does not have; run it with sudo",
			meta->name, names);
	else
		message_error("cannot enter the network namespace where '%s' has tc filters: %s", meta->name,
			      reason_of(home).text);
	return -EPERM;
}
