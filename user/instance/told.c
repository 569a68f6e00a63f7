// SPDX-License-Identifier: GPL-2.0-only
#include "instance/told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "instance/close.h"

struct instance_told *told_new(void)
{
	struct instance_told *told = array_new(1, sizeof(*told), "an instance");

	if (!told)
		return NULL;
	for (enum instance_object object = 0; object < OBJECT_COUNT; object++)
		told->fd[object] = -1;
	told->ring_fd = -1;
	told->events_err = -EINPROGRESS;
	told->users = 1;
	return told;
}

void told_release(struct instance_told *told)
{
	if (!told || --told->users)
		return;
	for (enum instance_object object = 0; object < OBJECT_COUNT; object++)
		if (told->fd[object] >= 0)
			close(told->fd[object]);
	if (told->ring_fd >= 0)
		close(told->ring_fd);
	free(told);
}

struct instance *told_instance(struct instance_told *told)
{
	struct instance *instance = instance_new();

	if (!instance)
		return NULL;
	instance->meta = told->meta;
	instance->meta_id = told->meta_id;
	instance->other_layout = told->other_layout;
	instance->pinned = true;
	instance->told = told;
	told->users++;
	if (*told->fault) {
		instance->fault = strdup(told->fault);
		if (!instance->fault) {
			instance_close(instance);
			return NULL;
		}
	}
	return instance;
}
