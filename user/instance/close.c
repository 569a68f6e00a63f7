// SPDX-License-Identifier: GPL-2.0-only
#include "instance/close.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <unistd.h>

#include "instance/filters.h"
#include "instance/follow.h"
#include "instance/told.h"

void instance_detach_links(struct instance *instance, struct bpf_ids *ids)
{
	for (int i = 0; i < MAX_INTERFACES; i++) {
		for (int hook = 0; hook < HOOK_COUNT; hook++) {
			int fd = instance->link_fd[i][hook];

			if (fd < 0)
				continue;
			bpf_ids_add(ids, fd);
			bpf_link_detach(fd);
		}
	}
	instance_close_links(instance);
}

void instance_close(struct instance *instance)
{
	struct bpf_ids ids = { .count = 0 };

	if (!instance)
		return;
	if (!instance->pinned) {
		if (instance->meta.interfaces)
			instance_remove_filters(&instance->meta, &ids);
		instance_detach_links(instance, &ids);
	}
	told_release(instance->told);
	follow_close(instance->following);
	instance_close_maps(instance);
	free(instance->fault);
	free(instance);
	bpf_ids_wait(&ids);
}
