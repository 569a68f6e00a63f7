// SPDX-License-Identifier: GPL-2.0-only
#include "instance/open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "instance/close.h"
#include "instance/meta.h"
#include "kernel/pin_tree.h"
#include "kernel/platform.h"

/* ---- one entry */

/* Set what is wrong with an instance. Returns 0 or -ENOMEM. */
static int set_fault(struct instance *instance, const char *fault)
{
	instance->fault = strdup(fault);
	return instance->fault ? 0 : -ENOMEM;
}

/*
 * An object of an instance could not be opened. Finds out why, and returns -ENOENT if the instance was removed
 * meanwhile, another negative errno if this process may or can open nothing there, or 0 after setting the fault of the
 * instance.
 */
static int note_failure(struct instance *instance, enum instance_object object, int err)
{
	char fault[PIN_FAULT_MAX];
	int there = is_limit(err) ? err : pin_check(instance->entry);

	if (there == -ENOENT || is_denied(there) || is_limit(there))
		return there;
	instance->stray = there == PIN_REFUSED && pin_is_stray(instance->entry);
	if (instance->stray)
		return set_fault(instance, "it is a single pinned object, not the directory of an instance");
	instance->not_ours = there == PIN_REFUSED && pin_fault(instance->entry, fault);
	if (instance->not_ours)
		return set_fault(instance, fault);
	if (err == -ENOENT)
		snprintf(fault, sizeof(fault), "its '%s' is missing", object_name(object));
	else if (err == PIN_REFUSED)
		snprintf(fault, sizeof(fault), "its '%s' is not a pinned object", object_name(object));
	else
		snprintf(fault, sizeof(fault), "its '%s' cannot be opened: %s%s", object_name(object),
			 reason_of(err).text, instance_advice(err));
	instance->not_ours = is_denied(err);
	return set_fault(instance, fault);
}

static int check_object(struct instance *instance, enum instance_object object)
{
	int fd = instance_open_pinned(instance->entry, object), err;
	char fault[OBJECT_FAULT_MAX];

	if (fd == -ENOENT && object_is_optional(object))
		return 0;
	if (is_denied(fd) && object == OBJECT_SWEEP) /* readers can do without it: they see expiry by themselves */
		return 0;
	if (fd < 0)
		return note_failure(instance, object, fd);
	err = object_check(fd, object, &instance->meta.config, fault);
	close(fd);
	if (err == OBJECT_WRONG)
		return set_fault(instance, fault);
	return err ? note_failure(instance, object, err) : 0;
}

static int check_meta(struct instance *instance, const char *name)
{
	char fault[OBJECT_FAULT_MAX];
	int verdict = meta_read_pinned(instance->entry, &instance->meta, &instance->meta_id, fault);
	bool renamed = verdict == META_SOUND && strcmp(instance->meta.name, name) != 0;

	if (renamed)
		snprintf(fault, sizeof(fault), "its 'meta' is that of '%s'", instance->meta.name);
	snprintf(instance->meta.name, sizeof(instance->meta.name), "%s", name);
	instance->other_layout = verdict == META_OTHER_LAYOUT;
	if (verdict < 0)
		return note_failure(instance, OBJECT_META, verdict);
	return renamed || verdict == META_DAMAGED ? set_fault(instance, fault) : 0;
}

/* The name of the instance of an entry. False if pin_encode() would not make that entry. */
static bool decode(const char *entry, char name[INSTANCE_NAME_MAX])
{
	char again[PIN_ENTRY_MAX];

	if (!pin_decode(entry, name))
		return false;
	pin_encode(name, again);
	return !strcmp(again, entry);
}

/*
 * Open the instance that is pinned under an entry. Returns 0, -ENOENT if it was removed meanwhile, or another negative
 * errno, which is a problem of this process and not of the instance.
 */
static int open_entry(struct instance *instance, const char *entry, unsigned int objects)
{
	char name[INSTANCE_NAME_MAX];
	int err;

	instance->pinned = true;
	snprintf(instance->entry, sizeof(instance->entry), "%s", entry);
	if (!decode(entry, name))
		return set_fault(instance, "no instance can have the name of its directory");
	err = check_meta(instance, name);
	for (enum instance_object object = 0; object < OBJECT_COUNT && !err; object++)
		if (objects & 1U << object && !instance->fault && !instance->other_layout)
			err = check_object(instance, object);
	return err;
}

/* ---- all of them */

struct list {
	struct instance **instances;
	size_t count, room;
	unsigned int objects;
	bool skip_closed; /* leave out what this user may not open, without failing */
	bool closed; /* something was left out */
};

static int add_entry(const char *entry, void *context)
{
	struct list *list = context;
	struct instance *instance, **more;
	int err;

	if (pin_is_reserved(entry))
		return 0;
	instance = instance_new();
	more = array_grow(list->instances, list->count, &list->room, sizeof(*more), "the instances");
	if (more)
		list->instances = more;
	if (!instance || !more) {
		instance_close(instance);
		return -ENOMEM;
	}
	err = open_entry(instance, entry, list->objects);
	if (err) {
		instance_close(instance);
		if (!is_denied(err) || !list->skip_closed)
			return err == -ENOENT ? 0 : err;
		list->closed = true;
		return 0;
	}
	list->instances[list->count++] = instance;
	return 0;
}

static int compare_titles(const void *a, const void *b)
{
	const struct instance *const *first = a, *const *second = b;

	return strcmp(instance_title(*first), instance_title(*second));
}

static int load(const char *entry, struct list *list)
{
	int err = entry ? add_entry(entry, list) : pin_each(NULL, add_entry, list);

	if (err && err != -ENOENT) {
		pin_error("read", entry, err);
		instances_close(list->instances, (int)list->count);
		*list = (struct list){ 0 };
		return err;
	}
	if (list->count)
		qsort(list->instances, list->count, sizeof(*list->instances), compare_titles);
	return 0;
}

int instances_load(struct instance ***instances, int *count)
{
	struct list list = { 0 };
	int err = load(NULL, &list);

	*instances = list.instances;
	*count = (int)list.count;
	return err;
}

void instances_names(struct instance *const *instances, int count, char *text, size_t size)
{
	const char *none = bpffs_mounted()
				   ? "nothing is attached"
				   : "nothing is attached, as far as can be seen: no bpffs is mounted at " BPFFS_PATH;
	size_t length = snprintf(text, size, "%s", count ? "" : none);

	for (int i = 0; i < count && length < size; i++)
		length += snprintf(text + length, size - length, "%s%s", i ? ", " : "", instance_title(instances[i]));
}

void instance_report_fault(const struct instance *instance)
{
	const char *title = instance_title(instance);

	if (instance->not_ours)
		message_error("'%s' is left out: %s", title, instance->fault);
	else
		message_error("'%s' is left out: %s; 'synscope detach %s' removes it", title, instance->fault, title);
}

void instances_report_faults(struct instance *const *instances, int count)
{
	for (int i = 0; i < count; i++)
		if (instances[i]->fault)
			instance_report_fault(instances[i]);
}

/* Load the instances that this user may read. Returns 0 or a negative errno (logged). */
static int load_readable(struct list *list)
{
	int err;

	list->skip_closed = true;
	err = load(NULL, list);
	if (err || list->count)
		return err;
	if (list->closed) {
		pin_error("read any instance in", NULL, -EACCES);
		return -EACCES;
	}
	return platform_check_nothing_found();
}

/* Load the instance of that name. Returns 0 or a negative errno (logged). */
static int load_one(const char *name, struct list *list)
{
	char entry[PIN_ENTRY_MAX], names[1024];
	int err = 0;

	if (*name && strlen(name) < INSTANCE_NAME_MAX) {
		pin_encode(name, entry);
		err = load(entry, list);
	}
	if (err || list->count)
		return err;
	list->objects = 0;
	err = load_readable(list);
	if (err)
		return err;
	instances_names(list->instances, (int)list->count, names, sizeof(names));
	message_error("no instance '%s'%s%s", name, list->count ? "; attached: " : ": ", names);
	return -ENOENT;
}

int instances_open(const char *name, unsigned int objects, struct instance ***instances, int *count)
{
	struct list list = { .objects = objects };
	int err = platform_check_netns();

	*instances = NULL;
	*count = 0;
	if (err)
		return err;
	pins_warn();
	err = name ? load_one(name, &list) : load_readable(&list);
	if (err) {
		instances_close(list.instances, (int)list.count);
		return err;
	}
	*instances = list.instances;
	*count = (int)list.count;
	return 0;
}

bool instances_have_interface(const char *ifname)
{
	struct list list = { .skip_closed = true };
	bool found = false;

	if (!pin_each(NULL, add_entry, &list))
		for (size_t i = 0; i < list.count && !found; i++)
			for (__u32 j = 0; j < list.instances[i]->meta.interfaces && j < MAX_INTERFACES && !found; j++)
				found = !strcmp(list.instances[i]->meta.interface[j].ifname, ifname);
	instances_close(list.instances, (int)list.count);
	return found;
}

void instances_print_none(void)
{
	message_info("nothing is attached%s; 'synscope attach IFACE' begins tracking",
		     bpffs_mounted() ? "" : ", as far as can be seen: no bpffs is mounted at " BPFFS_PATH);
}

void instances_close(struct instance **instances, int count)
{
	for (int i = 0; i < count; i++)
		instance_close(instances[i]);
	free(instances);
}
