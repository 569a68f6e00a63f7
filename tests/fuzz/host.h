/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames through the programs compiled for the host (bpf/host), so that the sanitizers can check them. A frame is in
 * memory of its exact size: a read beyond it ends the process.
 */
#ifndef SYNSCOPE_TESTS_FUZZ_HOST_H
#define SYNSCOPE_TESTS_FUZZ_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "bpf/host/programs.h"

struct host_frame {
	const __u8 *bytes;
	size_t size;
	size_t linear; /* bytes in the linear part */
	__u32 wire_length; /* if this is only the beginning of the frame, else 0 */
	bool tc, no_link;
	__u32 gso_segments; /* tc only, like the next two members */
	bool tag_beside; /* there is a VLAN tag in the skb's metadata: */
	__u16 tci;
};

/* The default timeouts, a hash key, the manual clock, and that many buckets. */
struct synscope_config host_config(__u32 buckets);

/* Creates empty tables. Ends the process if there is no memory. A reset empties all of them. */
struct host *host_open(const struct synscope_config *config);
void host_reset(struct host *host);
void host_close(struct host *host);

/* Runs one of the four programs and returns its result; aborts if the program changed the frame. */
int host_run(struct host *host, const struct host_frame *frame);

/* Runs `sweep` over the whole table. */
void host_sweep(struct host *host);

#endif
