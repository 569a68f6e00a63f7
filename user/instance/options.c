// SPDX-License-Identifier: GPL-2.0-only
#include "instance/options.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/message.h"
#include "base/reason.h"
#include "synscope/flow.h"
#include "synscope/lifetime.h"

bool instance_name_valid(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f)
			return false;
	return length && length < INSTANCE_NAME_MAX;
}

void attach_options_defaults(struct attach_options *options)
{
	*options = (struct attach_options){
		.max_flows = MAX_FLOWS_DEFAULT,
		.timeout_ns = DEFAULT_TIMEOUTS_NS,
		.decap = TUNNELS_DEFAULT,
		.pin = true,
	};
}

int attach_options_config(const struct attach_options *options, struct synscope_config *config)
{
	__u64 slots = 2 * (__u64)options->max_flows;

	*config = (struct synscope_config){
		.buckets = (slots + FLOW_SLOTS_PER_BUCKET - 1) / FLOW_SLOTS_PER_BUCKET,
		.key_vlan = options->key_vlan,
		.key_tunnel = options->key_tunnel,
		.decap = options->decap,
		.rtt = options->rtt,
	};
	memcpy(config->timeout_ns, options->timeout_ns, sizeof(config->timeout_ns));
	if (getrandom(config->hash_key, sizeof(config->hash_key), 0) == sizeof(config->hash_key))
		return 0;
	message_error("the kernel has no random numbers for the hash key: %s", reason_of(-errno).text);
	return -EIO;
}
