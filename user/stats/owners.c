// SPDX-License-Identifier: GPL-2.0-only
#include "stats/owners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define NOBODY (~0U)

/* What tells the sockets of a flow. */
struct stats_ends {
	struct ip_address ip[SIDE_COUNT];
	__u16 port[SIDE_COUNT];
};

void stats_owners_begin(struct stats_owners *owners)
{
	owners->count = 0;
}

void stats_owners_free(struct stats_owners *owners)
{
	processes_free(&owners->processes);
	free(owners->name);
	free(owners->ends);
	*owners = (struct stats_owners){ 0 };
}

int stats_owners_take(struct stats_owners *owners, const struct flow_view *view)
{
	struct stats_ends *ends =
		array_grow(owners->ends, owners->count, &owners->room, sizeof(*ends), "the ends of the flows");

	if (!ends)
		return -ENOMEM;
	owners->ends = ends;
	ends += owners->count++;
	for (int i = 0; i < SIDE_COUNT; i++) {
		ends->ip[i] = view->side[i].ip;
		ends->port[i] = view->side[i].port;
	}
	return 0;
}

/* NULL: the process is in no container. */
static const char *name_of(const struct stats_owners *owners, const struct process *process)
{
	return owners->by == STATS_CONTAINER ? process->container : process->name;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int stats_owners_find(struct stats_owners *owners, enum stats_by by, const struct instance_meta *meta)
{
	struct processes former = owners->processes;
	__u32 all = 0;
	int err;

	owners->by = by;
	owners->names = 0;
	owners->processes = (struct processes){ .told = former.told };
	processes_free(&former);
	err = processes_read(&owners->processes, &meta, 1);
	free(owners->name);
	owners->name = err ? NULL : array_new(owners->processes.process_count, sizeof(*owners->name), "the processes");
	if (!owners->name)
		return -ENOMEM;
	for (size_t i = 0; i < owners->processes.process_count; i++)
		if (name_of(owners, &owners->processes.process[i]))
			owners->name[all++] = name_of(owners, &owners->processes.process[i]);
	if (all)
		qsort(owners->name, all, sizeof(*owners->name), compare_names);
	for (__u32 i = 0; i < all; i++)
		if (!i || strcmp(owners->name[i], owners->name[owners->names - 1]) != 0)
			owners->name[owners->names++] = owners->name[i];
	return 0;
}

static __u32 owner_of(const struct stats_owners *owners, const struct stats_ends *ends, int side)
{
	const struct endpoint_view local = { .ip = ends->ip[side], .port = ends->port[side] };
	const struct endpoint_view remote = { .ip = ends->ip[!side], .port = ends->port[!side] };
	const struct process *process = process_of(&owners->processes.sockets[0], &local, &remote);
	const char *name = process ? name_of(owners, process) : NULL, **found;

	if (!name)
		return NOBODY;
	found = bsearch(&name, owners->name, owners->names, sizeof(*owners->name), compare_names);
	return found ? (__u32)(found - owners->name) : NOBODY;
}

int stats_owners_of(const struct stats_owners *owners, size_t i, __u32 owner[SIDE_COUNT])
{
	int count = 0;

	for (int side = 0; side < SIDE_COUNT; side++) {
		__u32 found = owner_of(owners, &owners->ends[i], side);

		if (found != NOBODY && (!count || found != owner[0]))
			owner[count++] = found;
	}
	for (int rest = count; rest < SIDE_COUNT; rest++)
		owner[rest] = NOBODY;
	return count ? count : 1;
}

const char *stats_owner_name(const struct stats_owners *owners, __u32 owner)
{
	return owner < owners->names ? owners->name[owner] : NULL;
}
