/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is noted of each slot beside the table, so that a new flow finds room without reading the slots: in a flood, and
 * while there are free slots, it reads the line of a bucket's stamps instead of the lines of its eight slots.
 *
 * A stamp is a hint. It is written without atomic instructions, and two CPUs that handle the two directions of a flow
 * at once may leave an old one. So claim() looks at the slot itself before it takes it; if the slot is not what the
 * stamp said, the stamp becomes STAMP_OTHER, and the search begins anew.
 */
#ifndef SYNSCOPE_BPF_TABLE_STAMP_H
#define SYNSCOPE_BPF_TABLE_STAMP_H

#include "bpf/maps.h"

static __always_inline void set_stamp(__u32 slot, __u32 stamp)
{
	__u32 index = slot / FLOW_SLOTS_PER_BUCKET;
	struct flow_stamps *bucket = bpf_map_lookup_elem(&stamps, &index);

	if (bucket)
		WRITE_ONCE(bucket->slot[slot % FLOW_SLOTS_PER_BUCKET], stamp);
}

/* The stamp of a flow of which only SYNs of one side were seen; `last_seen` is as in flow_dir. */
static __always_inline __u32 half_open_stamp(__u32 last_seen)
{
	return last_seen > STAMP_OTHER ? last_seen : STAMP_OTHER;
}

struct vacancy {
	__u32 first; /* the free slot that is nearest to home, as distance from there; if there is one */
	__u32 used; /* slots that are not free */
};

/* Which slots of a bucket are free. Without a branch, because that cannot be predicted. */
static __always_inline struct vacancy vacancy_of(const struct flow_stamps *told, __u32 home)
{
	struct vacancy vacancy = { .used = FLOW_SLOTS_PER_BUCKET };

	for (__u32 i = FLOW_SLOTS_PER_BUCKET; i-- > 0;) {
		__u32 stamp = READ_ONCE(told->slot[(home ^ i) % FLOW_SLOTS_PER_BUCKET]);
		__u32 is_free = stamp | -stamp;

		barrier_var(is_free);
		is_free = (is_free >> 31) ^ 1;
		vacancy.first ^= (vacancy.first ^ i) & -is_free;
		vacancy.used -= is_free;
	}
	return vacancy;
}

#endif
