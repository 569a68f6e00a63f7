// SPDX-License-Identifier: GPL-2.0-only
/* Finding and reading pinned instances. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "instance/internal.h"
#include "instance/meta.h"
#include "kernel/pin_tree.h"
#include "kernel/platform.h"

#define TIDY_PAUSE_NS 5000000L
#define TIDY_PAUSES 200

struct instance *instance_new(void)
{
	struct instance *instance = calloc(1, sizeof(*instance));

	if (!instance)
		return NULL;
	instance->hot_fd = instance->cold_fd = instance->counters_fd = instance->meta_fd = -1;
	instance->latencies_fd = instance->server_ports_fd = -1;
	for (int i = 0; i < MAX_INTERFACES; i++) {
		instance->guard_fd[i] = -1;
		for (int hook = 0; hook < HOOK_COUNT; hook++)
			instance->link_fd[i][hook] = -1;
	}
	return instance;
}

static __u32 map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

/* What this user may not open. */
static bool is_closed(int err)
{
	return err == -EACCES || err == -EPERM;
}

const char *instance_advice(int err)
{
	return is_closed(err)
		       ? ": this user may read the instance, and not change it, which takes CAP_DAC_OVERRIDE; run it "
			 "with sudo"
		       : "";
}

/* What is mapped has to be opened for writing; what may not be is read. */
static int open_object(const char *entry, enum instance_object object)
{
	int fd = pin_open(entry, object_name(object), 0);

	return is_closed(fd) ? pin_open(entry, object_name(object), BPF_F_RDONLY) : fd;
}

static int read_entry_meta(const char *entry, struct instance_meta *meta, __u32 *id, char fault[OBJECT_FAULT_MAX])
{
	int fd = pin_open(entry, object_name(OBJECT_META), BPF_F_RDONLY), verdict;

	if (fd < 0)
		return fd;
	verdict = meta_read(fd, meta, fault);
	*id = map_id(fd);
	close(fd);
	return verdict;
}

bool instance_read_meta(const char *entry, struct instance_meta *meta)
{
	char fault[OBJECT_FAULT_MAX];
	__u32 id;

	return read_entry_meta(entry, meta, &id, fault) == META_SOUND;
}

/* ---- one entry */

/* Note what is wrong with an instance. Returns 0 or -ENOMEM. */
static int set_fault(struct instance *instance, const char *fault)
{
	instance->fault = strdup(fault);
	return instance->fault ? 0 : -ENOMEM;
}

/*
 * It could not be opened as it should be: because it was removed meanwhile (-ENOENT), this process can open nothing
 * more (another negative errno), or something is wrong with it (0).
 */
static int note_failure(struct instance *instance, enum instance_object object, int err)
{
	char fault[PIN_FAULT_MAX];
	int there = is_limit(err) ? err : pin_check(instance->entry);

	if (there == -ENOENT || is_closed(there) || is_limit(there))
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
		snprintf(fault, sizeof(fault), "its '%s' is no pinned object", object_name(object));
	else
		snprintf(fault, sizeof(fault), "its '%s' cannot be opened: %s%s", object_name(object),
			 reason_of(err).text, instance_advice(err));
	instance->not_ours = is_closed(err);
	return set_fault(instance, fault);
}

static int look_at_object(struct instance *instance, enum instance_object object)
{
	int fd = open_object(instance->entry, object), err;
	char fault[OBJECT_FAULT_MAX];

	if (fd == -ENOENT && object_is_optional(object))
		return 0;
	if (is_closed(fd) && object == OBJECT_SWEEP) /* whoever only reads does without: expiry is seen all the same */
		return 0;
	if (fd < 0)
		return note_failure(instance, object, fd);
	err = object_check(fd, object, instance->meta.config.buckets, fault);
	close(fd);
	if (err == OBJECT_WRONG)
		return set_fault(instance, fault);
	return err ? note_failure(instance, object, err) : 0;
}

static int look_at_meta(struct instance *instance, const char *name)
{
	char fault[OBJECT_FAULT_MAX];
	int verdict = read_entry_meta(instance->entry, &instance->meta, &instance->meta_id, fault);
	bool renamed = verdict == META_SOUND && strcmp(instance->meta.name, name) != 0;

	if (renamed)
		snprintf(fault, sizeof(fault), "its 'meta' is that of '%s'", instance->meta.name);
	snprintf(instance->meta.name, sizeof(instance->meta.name), "%s", name);
	instance->other_layout = verdict == META_OTHER_LAYOUT;
	if (verdict < 0)
		return note_failure(instance, OBJECT_META, verdict);
	return renamed || verdict == META_DAMAGED ? set_fault(instance, fault) : 0;
}

/* The name an entry stands for; false if no name is encoded so. */
static bool decode(const char *entry, char name[INSTANCE_NAME_MAX])
{
	char again[PIN_ENTRY_MAX];

	if (!pin_decode(entry, name))
		return false;
	pin_encode(name, again);
	return !strcmp(again, entry);
}

/*
 * Look at what is pinned under an entry. Returns 0, -ENOENT if it was removed meanwhile, or another negative errno: of
 * this process, not of the instance.
 */
static int open_entry(struct instance *instance, const char *entry, unsigned int objects)
{
	char name[INSTANCE_NAME_MAX];
	int err;

	instance->pinned = true;
	snprintf(instance->entry, sizeof(instance->entry), "%s", entry);
	if (!decode(entry, name))
		return set_fault(instance, "its directory has a name that is no instance's");
	err = look_at_meta(instance, name);
	for (enum instance_object object = 0; object < OBJECT_COUNT && !err; object++)
		if (objects & 1U << object && !instance->fault && !instance->other_layout)
			err = look_at_object(instance, object);
	return err;
}

/* ---- all of them */

struct list {
	struct instance **instances;
	size_t count, room;
	unsigned int objects;
	bool skip_closed; /* leave out what this user may not open, and go on */
	bool closed; /* there was such a one */
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
		if (!is_closed(err) || !list->skip_closed)
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

bool instance_is_readable(const struct instance *instance)
{
	return !instance->other_layout && !instance->fault;
}

const char *instance_title(const struct instance *instance)
{
	return *instance->meta.name ? instance->meta.name : instance->entry;
}

void instances_names(struct instance *const *instances, int count, char *text, size_t size)
{
	const char *none = bpffs_mounted() ? "none" : "none, as far as can be seen: no bpffs is mounted at " BPFFS_PATH;
	size_t length = snprintf(text, size, "%s", count ? "" : none);

	for (int i = 0; i < count && length < size; i++)
		length += snprintf(text + length, size - length, "%s%s", i ? ", " : "", instance_title(instances[i]));
}

void instance_tell_fault(const struct instance *instance)
{
	const char *title = instance_title(instance);

	if (instance->not_ours)
		message_error("'%s' is left out: %s", title, instance->fault);
	else
		message_error("'%s' is left out: %s; 'synscope detach %s' removes it", title, instance->fault, title);
}

void instances_tell_faults(struct instance *const *instances, int count)
{
	for (int i = 0; i < count; i++)
		if (instances[i]->fault)
			instance_tell_fault(instances[i]);
}

/* Those that this user may read. */
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

/* The one of that name. */
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
	message_error("no instance '%s'; attached: %s", name, names);
	return -ENOENT;
}

static int is_leftover(const char *entry, void *context)
{
	(void)context;
	return (!strcmp(entry, PIN_STAGED) || !strcmp(entry, PIN_REMOVED)) && !pin_check(entry);
}

/*
 * If a killed process left something, finish it. Who is at work, or is dying with the lock in hand, is waited for, but
 * not for long: it is only a courtesy of a command that reads.
 */
static void tidy_up(void)
{
	const struct timespec pause = { .tv_nsec = TIDY_PAUSE_NS };
	struct bpf_ids ids = { .count = 0 };
	struct pin_lock lock;
	int err = -EBUSY;

	for (int i = 0; err == -EBUSY && i < TIDY_PAUSES; i++) {
		if (pin_each(NULL, is_leftover, NULL) != 1)
			return;
		err = pin_lock(&lock, false, false);
		if (err == -EBUSY)
			nanosleep(&pause, NULL);
	}
	if (err)
		return;
	leftovers_remove(&ids);
	pin_unlock(&lock);
	bpf_ids_wait(&ids);
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
	tidy_up();
	err = name ? load_one(name, &list) : load_readable(&list);
	if (err) {
		instances_close(list.instances, (int)list.count);
		return err;
	}
	*instances = list.instances;
	*count = (int)list.count;
	return 0;
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

/* The fd that is held of an object, -1 if none. */
static int held_fd(const struct instance *instance, enum instance_object object)
{
	switch (object) {
	case OBJECT_META:
		return instance->meta_fd;
	case OBJECT_HOT:
		return instance->hot_fd;
	case OBJECT_COLD:
		return instance->cold_fd;
	case OBJECT_COUNTERS:
		return instance->counters_fd;
	case OBJECT_LATENCIES:
		return instance->latencies_fd;
	case OBJECT_SERVER_PORTS:
		return instance->server_ports_fd;
	default:
		return -1;
	}
}

int instance_open_object(const struct instance *instance, enum instance_object object)
{
	int fd = held_fd(instance, object), err;

	if (fd >= 0) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	if (!instance->pinned)
		return -ENOENT;
	fd = open_object(instance->entry, object);
	err = fd < 0 ? fd : object_check(fd, object, instance->meta.config.buckets, NULL);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

int instance_open_histograms(const struct instance *instance, struct histogram_reader *reader)
{
	int latencies = instance_open_object(instance, OBJECT_LATENCIES);
	int ports = instance_open_object(instance, OBJECT_SERVER_PORTS);
	int err = latencies < 0 ? latencies : ports < 0 ? ports : histogram_reader_open(reader, latencies, ports);

	if (latencies >= 0)
		close(latencies);
	if (ports >= 0)
		close(ports);
	return err;
}

bool instance_is_there(const struct instance *instance)
{
	__u32 id;
	int fd;

	if (!instance->pinned)
		return true;
	fd = pin_open(instance->entry, object_name(OBJECT_META), BPF_F_RDONLY);
	if (fd < 0)
		return is_limit(fd); /* then it cannot be known */
	id = map_id(fd);
	close(fd);
	return id == (instance->meta_id ? instance->meta_id : map_id(instance->meta_fd));
}
