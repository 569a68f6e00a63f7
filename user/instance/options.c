// SPDX-License-Identifier: GPL-2.0-only
#include "instance/options.h"

#include <string.h>

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
