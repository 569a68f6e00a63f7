// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "kernel/attach_tc.h"
#include "kernel/bpf_ids.h"
#include "base/message.h"
#include "base/clock.h"

#define PROGRAM_MAPS 64
#define CHAIN_MAX 64 /* programs on a hook: as many as the kernel takes */
#define POLL_NS 2000000L
#define PATIENCE_NS (2 * NS_PER_S)

/* What the kernel's info about any kind of object begins with. */
struct info_head {
	__u32 type, id, more[2];
};

static bool read_head(int fd, struct info_head *head)
{
	__u32 length = sizeof(*head);

	memset(head, 0, sizeof(*head));
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, head, &length);
}

/* Used without /proc: find the kind for which the id leads to the same object. */
static enum bpf_kind kind_by_id(int fd)
{
	int (*const open_id[])(__u32 id) = {
		[BPF_KIND_MAP] = bpf_map_get_fd_by_id,
		[BPF_KIND_PROGRAM] = bpf_prog_get_fd_by_id,
		[BPF_KIND_LINK] = bpf_link_get_fd_by_id,
	};
	enum bpf_kind found = BPF_KIND_NONE;
	struct info_head head, other;

	if (!read_head(fd, &head))
		return BPF_KIND_NONE;
	for (enum bpf_kind kind = BPF_KIND_MAP; kind <= BPF_KIND_LINK; kind++) {
		int same = open_id[kind](head.id);

		if (read_head(same, &other) && !memcmp(&head, &other, sizeof(head)))
			found = kind;
		if (same >= 0)
			close(same);
	}
	return found;
}

enum bpf_kind bpf_kind_of(int fd)
{
	static const struct {
		const char *target;
		enum bpf_kind kind;
	} kinds[] = {
		{ "anon_inode:bpf-map", BPF_KIND_MAP },
		{ "anon_inode:bpf-prog", BPF_KIND_PROGRAM },
		{ "anon_inode:bpf_link", BPF_KIND_LINK }, /* from BPF_LINK_CREATE */
		{ "anon_inode:bpf-link", BPF_KIND_LINK }, /* opened by pin or by id */
	};
	char path[32], target[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return kind_by_id(fd);
	target[length] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(target, kinds[i].target))
			return kinds[i].kind;
	return BPF_KIND_NONE;
}

/* The latest ids first, because those are the likely duplicates. */
bool bpf_ids_have(const struct bpf_ids *ids, enum bpf_kind kind, __u32 id)
{
	for (size_t i = ids->count; i; i--)
		if (ids->item[i - 1].kind == kind && ids->item[i - 1].id == id)
			return true;
	return false;
}

/* Returns false if the id was noted before, or if there is no memory. */
static bool note(struct bpf_ids *ids, enum bpf_kind kind, __u32 id)
{
	struct bpf_id *item;

	if (bpf_ids_have(ids, kind, id))
		return false;
	item = array_grow(ids->item, ids->count, &ids->room, sizeof(*item), "what the kernel is to free");
	if (!item)
		return false;
	ids->item = item;
	ids->item[ids->count++] = (struct bpf_id){ .kind = kind, .id = id };
	return true;
}

static void add_program_fd(struct bpf_ids *ids, int fd)
{
	__u32 maps[PROGRAM_MAPS] = { 0 };
	struct bpf_prog_info info = { .map_ids = (__u64)(unsigned long)maps, .nr_map_ids = PROGRAM_MAPS };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length) || !note(ids, BPF_KIND_PROGRAM, info.id))
		return;
	for (__u32 i = 0; i < info.nr_map_ids && i < PROGRAM_MAPS; i++)
		note(ids, BPF_KIND_MAP, maps[i]);
}

void bpf_ids_add_program(struct bpf_ids *ids, __u32 id)
{
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		return;
	add_program_fd(ids, fd);
	close(fd);
}

void bpf_ids_add(struct bpf_ids *ids, int fd)
{
	struct bpf_link_info link = { 0 };
	struct bpf_map_info map = { 0 };
	__u32 link_length = sizeof(link), map_length = sizeof(map);

	switch (bpf_kind_of(fd)) {
	case BPF_KIND_MAP:
		if (!bpf_obj_get_info_by_fd(fd, &map, &map_length))
			note(ids, BPF_KIND_MAP, map.id);
		break;
	case BPF_KIND_PROGRAM:
		add_program_fd(ids, fd);
		break;
	case BPF_KIND_LINK:
		if (bpf_obj_get_info_by_fd(fd, &link, &link_length))
			break;
		note(ids, BPF_KIND_LINK, link.id);
		bpf_ids_add_program(ids, link.prog_id);
		break;
	case BPF_KIND_NONE:
		break;
	}
}

/*
 * Does the id exist? Asks the kernel for the next id after id - 1, because that takes no reference. If the kernel
 * cannot be asked, the id counts as freed.
 */
static bool is_there(enum bpf_kind kind, __u32 id)
{
	__u32 next = 0;
	int err;

	switch (kind) {
	case BPF_KIND_MAP:
		err = bpf_map_get_next_id(id - 1, &next);
		break;
	case BPF_KIND_PROGRAM:
		err = bpf_prog_get_next_id(id - 1, &next);
		break;
	default:
		err = bpf_link_get_next_id(id - 1, &next);
		break;
	}
	return !err && next == id;
}

void bpf_ids_free(struct bpf_ids *ids)
{
	free(ids->item);
	*ids = (struct bpf_ids){ 0 };
}

/*
 * Wait for one id after the other. Returns how many were freed before PATIENCE_NS ended: all, or the index of the first
 * that still exists.
 */
static size_t wait_for_each(const struct bpf_ids *ids)
{
	const struct timespec pause = { .tv_nsec = POLL_NS };
	const __u64 deadline = monotonic_ns() + PATIENCE_NS;
	size_t freed = 0;

	while (monotonic_ns() < deadline) {
		while (freed < ids->count && !is_there(ids->item[freed].kind, ids->item[freed].id))
			freed++;
		if (freed == ids->count)
			break;
		nanosleep(&pause, NULL);
	}
	return freed;
}

bool bpf_ids_wait(struct bpf_ids *ids)
{
	static const char *const names[] = { "object", "map", "program", "link" };
	size_t freed = wait_for_each(ids);
	bool all = freed == ids->count;

	if (!all)
		message_warning(
			"the kernel still keeps %s %u: another process has it open, or the machine is very busy",
			names[ids->item[freed].kind], ids->item[freed].id);
	bpf_ids_free(ids);
	return all;
}

__u32 bpf_map_id(int fd)
{
	struct info_head head;

	return read_head(fd, &head) ? head.id : 0;
}

int bpf_map_reopen(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	fd = bpf_map_get_fd_by_id(info.id);
	return fd < 0 ? -errno : fd;
}

int bpf_link_ifindex(int link_fd)
{
	struct bpf_link_info info = { 0 };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(link_fd, &info, &length))
		return -errno;
	return (int)info.xdp.ifindex; /* at the same offset for a tcx link */
}

static int xdp_is(__u32 ifindex, __u32 program)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int err = bpf_xdp_query((int)ifindex, 0, &query);

	if (err)
		return err == -ENODEV || err == -EINVAL ? 0 : err;
	return query.drv_prog_id == program || query.skb_prog_id == program || query.hw_prog_id == program;
}

static int tcx_has(__u32 ifindex, bool egress, __u32 program)
{
	__u32 ids[CHAIN_MAX];
	int count = tcx_chain(ifindex, egress, ids, CHAIN_MAX);

	for (int i = 0; i < count; i++)
		if (ids[i] == program)
			return 1;
	return count < 0 ? count : 0;
}

int bpf_link_is_here(int link_fd)
{
	struct bpf_link_info info = { 0 };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(link_fd, &info, &length))
		return -errno;
	if (info.type == BPF_LINK_TYPE_XDP)
		return xdp_is(info.xdp.ifindex, info.prog_id);
	if (tcx_has(info.xdp.ifindex, true, info.prog_id) > 0)
		return 1;
	return tcx_has(info.xdp.ifindex, false, info.prog_id);
}
