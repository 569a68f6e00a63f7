/* SPDX-License-Identifier: GPL-2.0-only */
/* What a pinned instance says of itself, and whether to believe it. */
#ifndef SYNSCOPE_INSTANCE_META_H
#define SYNSCOPE_INSTANCE_META_H

#include "instance/object.h"

#include "synscope/config.h"

enum meta_verdict {
	META_SOUND,
	META_OTHER_LAYOUT, /* of another version: name, layout_version and program_version alone mean something */
	META_DAMAGED, /* nothing means anything */
};

/*
 * What `meta` is, of which `size` bytes were stored. Whatever the verdict, all texts in it end within their room, and
 * what means nothing is zeroed. META_DAMAGED: what is wrong is in `fault`.
 */
enum meta_verdict meta_check(struct instance_meta *meta, __u32 size, char fault[OBJECT_FAULT_MAX]);

/* Read the map `meta` behind `fd`. Returns an enum meta_verdict, or a negative errno: it cannot be read. */
int meta_read(int fd, struct instance_meta *meta, char fault[OBJECT_FAULT_MAX]);

/*
 * The same for the map `meta` that is pinned under an entry; `id` becomes the id of that map. Another negative errno: it
 * cannot be opened.
 */
int meta_read_pinned(const char *entry, struct instance_meta *meta, __u32 *id, char fault[OBJECT_FAULT_MAX]);

#endif
