// SPDX-License-Identifier: GPL-2.0-only
#include "instance/remove.h"

#include <errno.h>

#include "base/message.h"
#include "instance/filters.h"
#include "instance/interface.h"
#include "instance/leftovers.h"
#include "instance/open.h"

/* What is pinned under an entry. */
static int remove_pins(const struct instance *instance, struct bpf_ids *ids)
{
	const char *name = *instance->meta.name ? instance->meta.name : NULL;
	int err;

	if (instance->stray)
		return pin_unlink(NULL, instance->entry);
	err = pin_rename(instance->entry, PIN_REMOVED);
	if (err == -EEXIST) /* PIN_REMOVED is not one of ours, or could not be removed */
		return entry_remove(instance->entry, name, ids);
	return err ? err : entry_remove(PIN_REMOVED, name, ids);
}

int instance_remove(const struct instance *instance, struct bpf_ids *ids)
{
	int err = instance_check_filters(&instance->meta);

	if (err)
		return err;
	leftovers_remove(ids); /* they would be in the way of renaming the entry */
	err = remove_pins(instance, ids);
	if (err)
		pin_error("remove", instance->entry, err);
	return err;
}

void instances_sweep(struct bpf_ids *ids)
{
	struct instance **instances;
	int count;

	leftovers_remove(ids);
	if (instances_load(&instances, &count))
		return;
	for (int i = 0; i < count; i++)
		if (instance_interfaces_deleted(instances[i]) && !instance_remove(instances[i], ids))
			message_info("removed instance '%s', whose interfaces are gone", instances[i]->meta.name);
	instances_close(instances, count);
}
