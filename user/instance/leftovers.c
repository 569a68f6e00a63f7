// SPDX-License-Identifier: GPL-2.0-only
#include "instance/leftovers.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/reason.h"
#include "instance/attached.h"
#include "instance/filters.h"
#include "instance/interface.h"
#include "instance/meta.h"
#include "kernel/pin_lock.h"
#include "kernel/pin_tree.h"

#define TIDY_PAUSE_NS 5000000L
#define TIDY_PAUSES 200

struct objects {
	char (*names)[PIN_OBJECT_MAX];
	size_t count, room;
};

static int note_object(const char *name, void *context)
{
	struct objects *objects = context;
	char(*more)[PIN_OBJECT_MAX] =
		array_grow(objects->names, objects->count, &objects->room, sizeof(*more), "what is pinned");

	if (!more)
		return -ENOMEM;
	objects->names = more;
	snprintf(objects->names[objects->count++], PIN_OBJECT_MAX, "%s", name);
	return 0;
}

/*
 * Remove an object of an entry. A link of ours is also detached, in case another process holds it; links of others are
 * not.
 */
static void remove_object(const char *entry, const char *object, struct bpf_ids *ids)
{
	int fd = pin_open(entry, object, 0);

	if (fd >= 0) {
		bpf_ids_add(ids, fd);
		if (bpf_kind_of(fd) == BPF_KIND_LINK && instance_is_link_object(object))
			bpf_link_detach(fd);
		close(fd);
	}
	if (pin_unlink(entry, object))
		pin_remove_tree(entry, object);
}

/* Are all links pinned that the meta lists? 1 or 0, or a negative errno if a limit keeps that from being known. */
static int has_its_links(const char *entry, const struct instance_meta *meta)
{
	char object[PIN_OBJECT_MAX];
	bool all = true;

	for (__u32 i = 0; i < meta->interfaces; i++) {
		for (enum instance_hook hook = 0; hook < HOOK_COUNT && all; hook++) {
			int fd;

			if (!interface_has_link(&meta->interface[i], hook))
				continue;
			instance_link_object(object, meta->interface[i].ifindex, hook);
			fd = pin_open(entry, object, 0);
			if (is_limit(fd))
				return fd;
			all = fd >= 0 && bpf_kind_of(fd) == BPF_KIND_LINK;
			if (fd >= 0)
				close(fd);
		}
	}
	return all;
}

/*
 * Used where the pins do not say what is attached: detach everything in the kernel that uses the maps of the entry.
 * Returns 0, or a negative errno if a limit keeps that from being known.
 */
static int remove_by_maps(const char *entry, const char *name, const struct objects *objects, struct bpf_ids *ids)
{
	struct bpf_ids maps = { .count = 0 };
	int err = 0;

	for (size_t i = 0; i < objects->count && !err; i++) {
		int fd = pin_open(entry, objects->names[i], 0);

		if (fd < 0) {
			err = is_limit(fd) ? fd : 0;
			continue;
		}
		attached_add_maps(&maps, fd);
		close(fd);
	}
	if (!err)
		err = attached_remove(&maps, name, ids);
	bpf_ids_free(&maps);
	return err;
}

/* See leftovers.h. What is attached goes first, so that a failure can be repaired by trying again. */
int entry_remove(const char *entry, const char *name, struct bpf_ids *ids)
{
	struct objects objects = { .count = 0 };
	char fault[OBJECT_FAULT_MAX];
	struct instance_meta meta;
	__u32 id;
	bool known = meta_read_pinned(entry, &meta, &id, fault) == META_SOUND;
	int err = known ? instance_remove_filters(&meta, ids) : 0, has_links = 0;

	if (!err)
		err = pin_each(entry, note_object, &objects);
	if (!err && known)
		has_links = has_its_links(entry, &meta);
	if (has_links < 0)
		err = has_links;
	else if (!err && !has_links)
		err = remove_by_maps(entry, name, &objects, ids);
	for (size_t i = 0; i < objects.count && !err; i++)
		remove_object(entry, objects.names[i], ids);
	free(objects.names);
	if (!err)
		err = pin_rmdir(entry);
	return err == -ENOENT ? 0 : err;
}

void leftovers_remove(struct bpf_ids *ids)
{
	entry_remove(PIN_STAGED, NULL, ids);
	entry_remove(PIN_REMOVED, NULL, ids);
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
void leftovers_tidy(void)
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
