// SPDX-License-Identifier: GPL-2.0-only
#include "instance/attached.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "kernel/clsact.h"
#include "kernel/guard.h"
#include "instance/object.h"
#include "kernel/netns.h"
#include "base/reason.h"

#define PROGRAM_MAPS 64

struct search {
	const struct bpf_ids *maps;
	const char *name;
	struct bpf_ids *ids;
	int err; /* the first errno of a limit */
};

static void note_error(struct search *search, int err)
{
	if (!search->err && is_limit(err))
		search->err = err;
}

/* Is that the name of one of our programs? Every version has had these names. */
static bool is_our_program(const char *name)
{
	static const char *const ours[] = { "xdp_ether", "xdp_raw", "tc_ether", "tc_raw", "sweep", "flush" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(name, ours[i]))
			return true;
	return false;
}

static bool is_our_map(const char *name)
{
	for (enum instance_object object = 0; object < OBJECT_SWEEP; object++)
		if (!strcmp(name, object_name(object)))
			return true;
	return false;
}

/* The number of maps that a program uses, 0 if the program is not ours, or a negative errno. */
static int maps_of(int program_fd, __u32 maps[PROGRAM_MAPS])
{
	struct bpf_prog_info info = { .map_ids = (__u64)(unsigned long)maps, .nr_map_ids = PROGRAM_MAPS };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(program_fd, &info, &length))
		return -errno;
	if (!is_our_program(info.name))
		return 0;
	return info.nr_map_ids < PROGRAM_MAPS ? (int)info.nr_map_ids : PROGRAM_MAPS;
}

/* Is that a program of ours that uses one of the maps? 1 or 0, or a negative errno if that is not known. */
static int uses(const struct bpf_ids *maps, __u32 program_id)
{
	int fd = bpf_prog_get_fd_by_id(program_id), count, found = 0;
	__u32 used[PROGRAM_MAPS];

	if (fd < 0)
		return -errno;
	count = maps_of(fd, used);
	for (int i = 0; i < count && !found; i++)
		found = bpf_ids_have(maps, BPF_KIND_MAP, used[i]);
	close(fd);
	return count < 0 ? count : found;
}

void attached_add_maps(struct bpf_ids *maps, int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info), used[PROGRAM_MAPS];

	switch (bpf_kind_of(fd)) {
	case BPF_KIND_MAP:
		if (!bpf_obj_get_info_by_fd(fd, &info, &length) && is_our_map(info.name))
			bpf_ids_add(maps, fd);
		break;
	case BPF_KIND_PROGRAM:
		if (maps_of(fd, used) > 0)
			bpf_ids_add(maps, fd);
		break;
	default: /* attached_remove() looks at all links */
		break;
	}
}

/* ---- links */

static void detach_link(struct search *search, __u32 id)
{
	struct bpf_link_info info = { 0 };
	__u32 length = sizeof(info);
	int fd = bpf_link_get_fd_by_id(id), ours;

	if (fd < 0) {
		/* EAGAIN: another process is only about to attach it, so it is none of these */
		if (errno != EAGAIN)
			note_error(search, -errno);
		return;
	}
	ours = bpf_obj_get_info_by_fd(fd, &info, &length) ? -errno : uses(search->maps, info.prog_id);
	note_error(search, ours);
	if (ours == 1) {
		bpf_ids_add(search->ids, fd);
		bpf_link_detach(fd);
	}
	close(fd);
}

static void detach_links(struct search *search)
{
	__u32 id = 0;

	while (!bpf_link_get_next_id(id, &id))
		detach_link(search, id);
}

/* ---- filters */

static bool is_filter_of(const struct search *search, const struct clsact_filter *filter)
{
	int by_maps = uses(search->maps, filter->program_id);

	if (by_maps >= 0 && search->maps->count)
		return by_maps;
	return search->name && !strcmp(filter->instance, search->name) && !guard_held(filter->ifindex, GUARD_ANY);
}

static void remove_filters(struct search *search, __u32 ifindex)
{
	struct clsact_filters found;

	note_error(search, clsact_find(ifindex, &found));
	for (int i = 0; i < found.count; i++) {
		if (!is_filter_of(search, &found.item[i]))
			continue;
		bpf_ids_add_program(search->ids, found.item[i].program_id);
		clsact_detach(&found.item[i]);
	}
}

static int remove_here(void *context)
{
	struct if_nameindex *interfaces = if_nameindex();

	if (!interfaces)
		note_error(context, -errno);
	for (struct if_nameindex *one = interfaces; one && one->if_index; one++)
		remove_filters(context, one->if_index);
	if (interfaces)
		if_freenameindex(interfaces);
	return 0;
}

int attached_remove(const struct bpf_ids *maps, const char *name, struct bpf_ids *ids)
{
	struct search search = { .maps = maps, .name = name, .ids = ids };

	if (maps->count) {
		detach_links(&search);
		note_error(&search, netns_each_anywhere(remove_here, &search));
	} else {
		note_error(&search, netns_each(remove_here, &search));
	}
	return search.err;
}
