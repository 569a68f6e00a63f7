/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the meta of a pinned instance, and checking it. */
#ifndef SYNSCOPE_INSTANCE_META_H
#define SYNSCOPE_INSTANCE_META_H

#include "instance/object.h"

#include "synscope/config.h"

enum meta_verdict {
	META_SOUND,
	META_OTHER_LAYOUT, /* of another version: only name, layout_version and program_version are valid */
	META_DAMAGED, /* nothing in it is valid */
};

/*
 * Check a `meta` that was stored in `size` bytes. With any verdict, all texts in it are terminated, and fields that are
 * not valid are zero. META_DAMAGED: `fault` says what is wrong.
 */
enum meta_verdict meta_check(struct instance_meta *meta, __u32 size, char fault[OBJECT_FAULT_MAX]);

/* Read and check the map `meta` behind `fd`. Returns an enum meta_verdict, or a negative errno if it cannot be read. */
int meta_read(int fd, struct instance_meta *meta, char fault[OBJECT_FAULT_MAX]);

/* The same for the map `meta` that is pinned under an entry. *id becomes the id of the map. */
int meta_read_pinned(const char *entry, struct instance_meta *meta, __u32 *id, char fault[OBJECT_FAULT_MAX]);

#endif
