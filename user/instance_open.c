// SPDX-License-Identifier: GPL-2.0-only
/* Finding and reading pinned instances. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "synscope/flow.h"

#include "instance_parts.h"
#include "message.h"
#include "platform.h"

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

static bool same_layout(const struct instance_meta *meta, __u32 size)
{
	return size == sizeof(*meta) && meta->magic == META_MAGIC && meta->byte_order == META_BYTE_ORDER &&
	       meta->layout_version == FLOW_LAYOUT_VERSION && meta->hot_size == sizeof(struct flow_bucket) &&
	       meta->cold_size == sizeof(struct flow_cold) && meta->interfaces <= MAX_INTERFACES;
}

/* What can be read of a meta that is not ours: the fields that never move, if they are there at all. */
static void keep_fixed_fields(struct instance_meta *meta)
{
	struct instance_meta fixed = { .program_version = "?" };

	if (meta->magic == META_MAGIC) {
		fixed.layout_version = meta->layout_version;
		snprintf(fixed.program_version, sizeof(fixed.program_version), "%s", meta->program_version);
	}
	*meta = fixed;
}

/* Returns 1 if it is of this layout, 0 if of another, or a negative errno. */
static int read_meta(int fd, struct instance_meta *meta)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info), key = 0;
	int same = 0;
	char *value;

	memset(meta, 0, sizeof(*meta));
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	if (info.type == BPF_MAP_TYPE_ARRAY && info.key_size == sizeof(key)) {
		value = calloc(1, info.value_size + sizeof(*meta));
		if (!value || bpf_map_lookup_elem(fd, &key, value)) {
			free(value);
			return -errno;
		}
		memcpy(meta, value, sizeof(*meta));
		free(value);
		same = same_layout(meta, info.value_size);
	}
	meta->program_version[sizeof(meta->program_version) - 1] = '\0';
	meta->netns[sizeof(meta->netns) - 1] = '\0';
	for (int i = 0; i < MAX_INTERFACES; i++)
		meta->interface[i].ifname[IFNAME_MAX - 1] = '\0';
	if (!same)
		keep_fixed_fields(meta);
	return same;
}

bool instance_read_meta(const char *entry, struct instance_meta *meta)
{
	int fd = pin_open(entry, "meta", BPF_F_RDONLY);
	int same = fd < 0 ? fd : read_meta(fd, meta);

	if (fd >= 0)
		close(fd);
	return same == 1;
}

static int open_maps(struct instance *instance)
{
	struct {
		const char *name;
		int *fd;
	} maps[] = {
		{ "hot", &instance->hot_fd },
		{ "cold", &instance->cold_fd },
		{ "counters", &instance->counters_fd },
		{ "latencies", &instance->latencies_fd },
		{ "server_ports", &instance->server_ports_fd },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		/* not read-only: the kernel maps shared memory only of a file that may be written */
		*maps[i].fd = pin_open(instance->entry, maps[i].name, 0);
		if (*maps[i].fd < 0)
			return *maps[i].fd;
	}
	return 0;
}

/* Open what is pinned under an entry. -ENOENT if it was removed meanwhile. */
static int open_entry(struct instance *instance, const char *entry, const char *name)
{
	int same;

	instance->pinned = true;
	snprintf(instance->entry, sizeof(instance->entry), "%s", entry);
	instance->meta_fd = pin_open(entry, "meta", BPF_F_RDONLY);
	if (instance->meta_fd == -ENOENT) {
		keep_fixed_fields(&instance->meta);
		same = 0;
	} else {
		same = instance->meta_fd < 0 ? instance->meta_fd : read_meta(instance->meta_fd, &instance->meta);
	}
	if (same < 0)
		return same;
	instance->other_layout = !same;
	snprintf(instance->meta.name, sizeof(instance->meta.name), "%s", name);
	return same ? open_maps(instance) : pin_check(entry);
}

struct list {
	struct instance **instances;
	int count;
};

static int add_entry(const char *entry, void *context)
{
	struct list *list = context;
	struct instance *instance, **more;
	char name[INSTANCE_NAME_MAX];
	int err;

	if (!pin_decode(entry, name))
		return 0;
	instance = instance_new();
	more = realloc(list->instances, (list->count + 1) * sizeof(*more));
	if (more)
		list->instances = more;
	if (!instance || !more) {
		instance_close(instance);
		return -ENOMEM;
	}
	err = pin_check(entry) == PIN_REFUSED ? -ENOENT : open_entry(instance, entry, name);
	if (err) {
		instance_close(instance);
		return err == -ENOENT ? 0 : err;
	}
	list->instances[list->count++] = instance;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct instance *const *first = a, *const *second = b;

	return strcmp((*first)->meta.name, (*second)->meta.name);
}

int instances_load(struct instance ***instances, int *count)
{
	struct list list = { 0 };
	int err = pin_each(NULL, add_entry, &list);

	if (err && err != -ENOENT) {
		pin_error("read", NULL, err);
		instances_close(list.instances, list.count);
		return err;
	}
	if (list.count)
		qsort(list.instances, list.count, sizeof(*list.instances), compare_names);
	*instances = list.instances;
	*count = list.count;
	return 0;
}

void instances_names(struct instance *const *instances, int count, char *text, size_t size)
{
	size_t length = snprintf(text, size, "%s", count ? "" : "none");

	for (int i = 0; i < count && length < size; i++)
		length += snprintf(text + length, size - length, "%s%s", i ? ", " : "", instances[i]->meta.name);
}

static int leave_only(const char *name, struct instance **instances, int *count)
{
	char names[1024];
	int kept = 0;

	instances_names(instances, *count, names, sizeof(names));
	for (int i = 0; i < *count; i++) {
		if (strcmp(instances[i]->meta.name, name))
			instance_close(instances[i]);
		else
			instances[kept++] = instances[i];
	}
	*count = kept;
	if (kept)
		return 0;
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

int instances_open(const char *name, struct instance ***instances, int *count)
{
	int err = platform_check_netns();

	*instances = NULL;
	*count = 0;
	if (!err)
		err = platform_check_read();
	if (err)
		return err;
	pins_warn();
	tidy_up();
	err = instances_load(instances, count);
	if (!err && name)
		err = leave_only(name, *instances, count);
	if (err) {
		instances_close(*instances, *count);
		*instances = NULL;
		*count = 0;
	}
	return err;
}

void instances_close(struct instance **instances, int count)
{
	for (int i = 0; i < count; i++)
		instance_close(instances[i]);
	free(instances);
}

int instance_open_object(const struct instance *instance, const char *object)
{
	return pin_open(instance->entry, object, 0);
}

static __u32 map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

bool instance_is_there(const struct instance *instance)
{
	int fd;

	if (!instance->pinned)
		return true;
	fd = pin_open(instance->entry, "meta", BPF_F_RDONLY);
	__u32 id = map_id(fd);

	if (fd >= 0)
		close(fd);
	return id && id == map_id(instance->meta_fd);
}
