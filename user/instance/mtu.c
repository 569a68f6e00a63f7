// SPDX-License-Identifier: GPL-2.0-only
#include "instance/mtu.h"

#include <string.h>

/* How many places are used; the rest is 0. */
static int count_of(const struct synscope_config *config)
{
	int count = 0;

	while (count < MAX_INTERFACES && config->mtu[count].ifindex)
		count++;
	return count;
}

static void find_smallest(struct synscope_config *config)
{
	config->min_mtu = 0;
	for (int i = 0; i < count_of(config); i++)
		if (!config->min_mtu || config->mtu[i].mtu < config->min_mtu)
			config->min_mtu = config->mtu[i].mtu;
}

void config_remove_mtu(struct synscope_config *config, __u32 ifindex)
{
	int count = count_of(config);

	for (int i = 0; i < count; i++) {
		if (config->mtu[i].ifindex != ifindex)
			continue;
		memmove(&config->mtu[i], &config->mtu[i + 1], (count - i - 1) * sizeof(config->mtu[0]));
		config->mtu[count - 1] = (struct interface_mtu){ 0 };
		break;
	}
	find_smallest(config);
}

void config_set_mtu(struct synscope_config *config, __u32 ifindex, __u32 mtu)
{
	int count, at = 0;

	config_remove_mtu(config, ifindex);
	count = count_of(config);
	if (count == MAX_INTERFACES)
		return;
	while (at < count && config->mtu[at].ifindex < ifindex)
		at++;
	memmove(&config->mtu[at + 1], &config->mtu[at], (count - at) * sizeof(config->mtu[0]));
	config->mtu[at] = (struct interface_mtu){ .ifindex = ifindex, .mtu = mtu };
	find_smallest(config);
}
