// SPDX-License-Identifier: GPL-2.0-only
/* Closing an instance, and with one that is not pinned, detaching it. */
#include <bpf/bpf.h>
#include <stdlib.h>
#include <unistd.h>

#include "instance/internal.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void instance_let_go(struct instance *instance)
{
	close_fd(&instance->hot_fd);
	close_fd(&instance->cold_fd);
	close_fd(&instance->counters_fd);
	close_fd(&instance->latencies_fd);
	close_fd(&instance->server_ports_fd);
	close_fd(&instance->meta_fd);
}

void instance_release_links(struct instance *instance)
{
	for (int i = 0; i < MAX_INTERFACES; i++) {
		for (int hook = 0; hook < HOOK_COUNT; hook++)
			close_fd(&instance->link_fd[i][hook]);
		close_fd(&instance->guard_fd[i]);
	}
}

void instance_drop_links(struct instance *instance, struct bpf_ids *ids)
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
	instance_release_links(instance);
}

void instance_close(struct instance *instance)
{
	struct bpf_ids ids = { .count = 0 };

	if (!instance)
		return;
	if (!instance->pinned) {
		if (instance->meta.interfaces)
			instance_remove_filters(&instance->meta, &ids);
		instance_drop_links(instance, &ids);
	}
	instance_let_go(instance);
	free(instance->fault);
	free(instance);
	bpf_ids_wait(&ids);
}
