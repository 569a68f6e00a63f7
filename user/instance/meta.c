// SPDX-License-Identifier: GPL-2.0-only
#include "instance/meta.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "synscope/flow.h"

#include "kernel/bpf_ids.h"
#include "kernel/pin.h"

#define FIXED_BYTES offsetof(struct instance_meta, hot_size) /* of the fields that never move */
#define META_BYTES_MAX 65536 /* no version comes near that */
#define BUCKETS_MAX (~0U / FLOW_SLOTS_PER_BUCKET)

static bool ends(const char *text, size_t room)
{
	return memchr(text, '\0', room);
}

static bool texts_end(const struct instance_meta *meta)
{
	bool all = ends(meta->program_version, sizeof(meta->program_version)) && ends(meta->name, sizeof(meta->name)) &&
		   ends(meta->netns, sizeof(meta->netns));

	for (__u32 i = 0; i < meta->interfaces; i++)
		all = all && ends(meta->interface[i].ifname, sizeof(meta->interface[i].ifname));
	return all;
}

/* Has a meta of this layout an impossible value? Then `fault` says which. */
static bool is_damaged(const struct instance_meta *meta, __u32 size, char *fault)
{
	*fault = '\0';
	if (size != sizeof(*meta))
		snprintf(fault, OBJECT_FAULT_MAX, "its 'meta' has %u bytes, not %zu", size, sizeof(*meta));
	else if (meta->hot_size != sizeof(struct flow_bucket) || meta->cold_size != sizeof(struct flow_cold))
		snprintf(fault, OBJECT_FAULT_MAX, "its 'meta' is damaged: records of %u and %u bytes, not %zu and %zu",
			 meta->hot_size, meta->cold_size, sizeof(struct flow_bucket), sizeof(struct flow_cold));
	else if (!meta->interfaces || meta->interfaces > MAX_INTERFACES)
		snprintf(fault, OBJECT_FAULT_MAX, "its 'meta' is damaged: %u interfaces, not 1 to %d", meta->interfaces,
			 MAX_INTERFACES);
	else if (!meta->config.buckets || meta->config.buckets > BUCKETS_MAX)
		snprintf(fault, OBJECT_FAULT_MAX, "its 'meta' is damaged: a table of %u buckets, not 1 to %u",
			 meta->config.buckets, BUCKETS_MAX);
	else if (!texts_end(meta))
		snprintf(fault, OBJECT_FAULT_MAX, "its 'meta' is damaged: a name in it has no end");
	return *fault;
}

static enum meta_verdict keep_version(struct instance_meta *meta)
{
	struct instance_meta fixed = { .layout_version = meta->layout_version };

	memcpy(fixed.program_version, meta->program_version, sizeof(fixed.program_version) - 1);
	*meta = fixed;
	return META_OTHER_LAYOUT;
}

enum meta_verdict meta_check(struct instance_meta *meta, __u32 size, char fault[OBJECT_FAULT_MAX])
{
	*fault = '\0';
	if (size < FIXED_BYTES || meta->magic != META_MAGIC || meta->byte_order != META_BYTE_ORDER)
		snprintf(fault, OBJECT_FAULT_MAX, "its 'meta' is damaged, or not of synscope");
	else if (meta->layout_version != FLOW_LAYOUT_VERSION)
		return keep_version(meta);
	else if (!is_damaged(meta, size, fault))
		return META_SOUND;
	memset(meta, 0, sizeof(*meta));
	return META_DAMAGED;
}

int meta_read(int fd, struct instance_meta *meta, char fault[OBJECT_FAULT_MAX])
{
	int err = object_check(fd, OBJECT_META, NULL, fault);
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info), key = 0;
	char *value;

	memset(meta, 0, sizeof(*meta));
	if (err)
		return err == OBJECT_WRONG ? META_DAMAGED : err;
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	if (info.value_size > META_BYTES_MAX)
		return meta_check(meta, 0, fault);
	value = calloc(1, info.value_size + sizeof(*meta));
	if (!value)
		return -ENOMEM;
	err = bpf_map_lookup_elem(fd, &key, value) ? -errno : 0;
	memcpy(meta, value, sizeof(*meta));
	free(value);
	return err ? err : (int)meta_check(meta, info.value_size, fault);
}

int meta_read_pinned(const char *entry, struct instance_meta *meta, __u32 *id, char fault[OBJECT_FAULT_MAX])
{
	int fd = pin_open(entry, object_name(OBJECT_META), BPF_F_RDONLY), verdict;

	if (fd < 0)
		return fd;
	verdict = meta_read(fd, meta, fault);
	*id = bpf_map_id(fd);
	close(fd);
	return verdict;
}
