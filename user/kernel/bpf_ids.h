/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel frees links, programs and maps some time after the last reference is dropped. Note their ids before
 * dropping the references, and then wait until the ids are freed.
 */
#ifndef SYNSCOPE_KERNEL_BPF_IDS_H
#define SYNSCOPE_KERNEL_BPF_IDS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

enum bpf_kind { BPF_KIND_NONE, BPF_KIND_MAP, BPF_KIND_PROGRAM, BPF_KIND_LINK };

struct bpf_id {
	enum bpf_kind kind;
	__u32 id;
};

/* Begin with a zeroed struct, end with bpf_ids_wait() or bpf_ids_free(). */
struct bpf_ids {
	struct bpf_id *item;
	size_t count, room;
};

/* The kind of object that an fd stands for; BPF_KIND_NONE for anything but these three. */
enum bpf_kind bpf_kind_of(int fd);

/*
 * Note the object behind an fd; for a link also its program, for a program also its maps. Left out without a message:
 * what needs CAP_SYS_ADMIN that this process lacks, and what there is no memory for.
 */
void bpf_ids_add(struct bpf_ids *ids, int fd);

/* Note a program by its id, and its maps. */
void bpf_ids_add_program(struct bpf_ids *ids, __u32 id);

/* Is it noted? */
bool bpf_ids_have(const struct bpf_ids *ids, enum bpf_kind kind, __u32 id);

/*
 * Wait up to 2 s until the kernel has freed all of them. The caller has closed its own fds. Returns false, with a
 * warning, if one is still there: another process has it open, or the kernel has not come to it yet. Frees the struct.
 */
bool bpf_ids_wait(struct bpf_ids *ids);

void bpf_ids_free(struct bpf_ids *ids);

/* The id of the map behind an fd, 0 if it cannot be known. */
__u32 bpf_map_id(int fd);

/* Another fd for the map behind an fd, with all rights. Needs CAP_SYS_ADMIN. A negative errno on failure. */
int bpf_map_reopen(int fd);

/* ifindex of the device a link is attached to, 0 if the device is gone; a negative errno on failure. */
int bpf_link_ifindex(int link_fd);

/*
 * Is that device in the present network namespace: has the one of this ifindex the link's program on the link's hook? 1
 * or 0, or a negative errno if that cannot be known.
 */
int bpf_link_is_here(int link_fd);

#endif
