/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel lets go of links, programs and maps some time after the last reference is dropped. Note their ids before,
 * wait for them to vanish after.
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

/* Begins zeroed; ends with bpf_ids_wait() or bpf_ids_free(). */
struct bpf_ids {
	struct bpf_id *item;
	size_t count, room;
};

/* What an fd stands for; BPF_KIND_NONE if for no BPF object. */
enum bpf_kind bpf_kind_of(int fd);

/*
 * Note the object behind an fd; with a link its program, with a program its maps. What cannot be asked for (it takes
 * CAP_SYS_ADMIN), or what there is no memory for, is not noted.
 */
void bpf_ids_add(struct bpf_ids *ids, int fd);

/* Note a program by its id, and its maps. */
void bpf_ids_add_program(struct bpf_ids *ids, __u32 id);

/* Is it noted? */
bool bpf_ids_have(const struct bpf_ids *ids, enum bpf_kind kind, __u32 id);

/*
 * Wait at most 2 s until the kernel knows none of them any more. The caller has closed its own fds. False, with a
 * warning printed, if something is still there: another process has it open. Frees them.
 */
bool bpf_ids_wait(struct bpf_ids *ids);

void bpf_ids_free(struct bpf_ids *ids);

/* The id of the map behind an fd, 0 if it cannot be known. */
__u32 bpf_map_id(int fd);

/* Another fd of the map behind one, with all rights. Takes CAP_SYS_ADMIN. A negative errno on failure. */
int bpf_map_reopen(int fd);

/* ifindex of the device a link is attached to, 0 if the device is gone; a negative errno on failure. */
int bpf_link_ifindex(int link_fd);

#endif
