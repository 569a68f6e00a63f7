// SPDX-License-Identifier: GPL-2.0-only
#include "instance/every.h"

#include <fnmatch.h>
#include <string.h>

/* Is a text one of these words? */
static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

/* Does the interface only hand on segments of its ports, which are interfaces of the same namespace? */
static bool has_ports(const struct iface_entry *entry)
{
	static const char *const kinds[] = { "bridge", "bond", "team", "vrf", "hsr", "openvswitch", NULL };

	return is_one_of(entry->kind, kinds);
}

/*
 * Are its segments some of those of the interface below it? The kind decides, because a veth names its other end in the
 * same field.
 */
static bool is_part_of_another(const struct iface_entry *entry)
{
	static const char *const kinds[] = { "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", NULL };

	return is_one_of(entry->kind, kinds);
}

static bool is_excepted(const struct attach_options *options, const char *name)
{
	for (int i = 0; i < options->excepts; i++)
		if (!fnmatch(options->except[i], name, 0))
			return true;
	return false;
}

/*
 * A VLAN is taken if the interface below it is not, because of --except or because it is in another namespace: the
 * segments of the VLAN are seen nowhere else then.
 */
enum every_verdict every_judge(const struct attach_options *options, const struct iface_list *list,
			       const struct iface_entry *entry)
{
	const struct iface_entry *below = entry->below ? iface_list_find(list, entry->below) : NULL;

	if (is_excepted(options, entry->name))
		return EVERY_EXCEPTED;
	if (has_ports(entry) || (is_part_of_another(entry) && below && !is_excepted(options, below->name)))
		return EVERY_STACKED;
	return EVERY_TAKEN;
}
