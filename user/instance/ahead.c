// SPDX-License-Identifier: GPL-2.0-only
#include "instance/ahead.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "instance/interface.h"
#include "kernel/attach_tc.h"
#include "kernel/bpf_ids.h"
#include "kernel/netns.h"

#define CHAIN_MAX 64 /* programs on a hook: as many as the kernel takes */
#define WATCH_NS (NS_PER_S / 5)

/* How often a program has run since the kernel counts; 0 also if that cannot be known. Its name goes to *name. */
static __u64 runs_of(__u32 id, char name[PROGRAM_NAME_MAX])
{
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (name)
		snprintf(name, PROGRAM_NAME_MAX, "?");
	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		info.run_cnt = 0;
	else if (name && *info.name)
		snprintf(name, PROGRAM_NAME_MAX, "%s", info.name);
	close(fd);
	return info.run_cnt;
}

/* Call this inside of the namespace of the device. Is there a program before ours? */
static bool look_at_chain(__u32 ifindex, struct program_ahead *ahead)
{
	__u32 ids[CHAIN_MAX];
	int count = tcx_chain(ifindex, ahead->hook == HOOK_TC_EGRESS, ids, CHAIN_MAX);

	for (int i = 1; i < count; i++)
		if (ids[i] == ahead->own_id)
			ahead->id = ids[0];
	if (ahead->id)
		runs_of(ahead->id, ahead->name);
	return ahead->id;
}

/* Is there a program before the one of the link? */
static bool is_behind(const struct instance *instance, struct program_ahead *ahead)
{
	int link_fd = instance_link_open(instance, ahead->interface, ahead->hook), netns = -1, home = -1;
	struct bpf_link_info info = { 0 };
	__u32 length = sizeof(info);
	bool behind = false;

	if (link_fd < 0)
		return false;
	if (!bpf_obj_get_info_by_fd(link_fd, &info, &length))
		netns = netns_find(instance->meta.netns, instance->meta.netns_inode);
	close(link_fd);
	ahead->own_id = info.prog_id;
	if (netns >= 0) {
		home = netns_enter(netns);
		close(netns);
	}
	if (home >= 0)
		behind = look_at_chain(info.xdp.ifindex, ahead);
	netns_leave(home);
	return behind;
}

/* Count for some time what arrives at both programs. A process without CAP_SYS_ADMIN may not. */
static int watch_chains(struct program_ahead *ahead, int count)
{
	const struct timespec pause = { .tv_nsec = WATCH_NS };
	struct {
		__u64 first, own;
	} *before = array_new(count, sizeof(*before), "the programs before ours");
	int counting = before ? bpf_enable_stats(BPF_STATS_RUN_TIME) : -1;

	for (int i = 0; counting >= 0 && i < count; i++) {
		before[i].first = runs_of(ahead[i].id, NULL);
		before[i].own = runs_of(ahead[i].own_id, NULL);
	}
	if (counting >= 0)
		nanosleep(&pause, NULL);
	for (int i = 0; counting >= 0 && i < count; i++) {
		if (runs_of(ahead[i].own_id, NULL) != before[i].own)
			ahead[i].ends = CHAIN_GOES_ON;
		else if (runs_of(ahead[i].id, NULL) != before[i].first)
			ahead[i].ends = CHAIN_ENDS;
	}
	if (counting >= 0)
		close(counting);
	free(before);
	return before ? count : -ENOMEM;
}

int instance_programs_ahead(const struct instance *instance, struct program_ahead **ahead)
{
	size_t count = 0, room = 0;

	*ahead = NULL;
	if (instance->told) /* it is not known */
		return 0;
	for (__u32 i = 0; i < instance->meta.interfaces * HOOK_COUNT; i++) {
		struct program_ahead found = { .interface = (int)(i / HOOK_COUNT), .hook = i % HOOK_COUNT }, *more;

		if (found.hook == HOOK_XDP ||
		    !interface_has_link(&instance->meta.interface[found.interface], found.hook) ||
		    !is_behind(instance, &found))
			continue;
		more = array_grow(*ahead, count, &room, sizeof(*more), "the programs before ours");
		if (!more)
			return -ENOMEM;
		*ahead = more;
		more[count++] = found;
	}
	return count ? watch_chains(*ahead, (int)count) : 0;
}
