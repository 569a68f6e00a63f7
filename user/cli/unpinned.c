// SPDX-License-Identifier: GPL-2.0-only
#include "cli/unpinned.h"

#include <errno.h>

#include "instance/attach.h"
#include "instance/close.h"

static int attach(struct unpinned *unpinned, const struct attach_options *options)
{
	int err = instance_attach(options, &unpinned->instance);

	if (err)
		return err;
	err = flow_source_open(&unpinned->source, unpinned->instance);
	if (err)
		instance_close(unpinned->instance);
	return err;
}

int unpinned_open(struct unpinned *unpinned, struct attach_options *options, bool resolve)
{
	int err;

	*unpinned = (struct unpinned){ .services = resolve ? services_read() : NULL };
	options->pin = false;
	err = resolve && !unpinned->services ? -ENOMEM : attach(unpinned, options);
	if (err) {
		services_free(unpinned->services);
		return err;
	}
	unpinned->source.services = unpinned->services;
	unpinned->sources = (struct flow_sources){
		.source = &unpinned->source, .count = 1, .instances = &unpinned->instance, .instance_count = 1
	};
	return 0;
}

void unpinned_close(struct unpinned *unpinned)
{
	flow_source_close(&unpinned->source);
	instance_close(unpinned->instance);
	services_free(unpinned->services);
	processes_free(&unpinned->sources.processes);
	host_names_close(unpinned->sources.host_names);
}
