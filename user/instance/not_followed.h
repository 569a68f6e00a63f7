/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets in tunnels that were not followed, from the counters of an instance or of a replay. */
#ifndef SYNSCOPE_INSTANCE_NOT_FOLLOWED_H
#define SYNSCOPE_INSTANCE_NOT_FOLLOWED_H

#include <stdbool.h>

#include "synscope/config.h"

#define NOT_FOLLOWED_SIZE 256
#define NOT_FOLLOWED_TEXT 512

/* Write "12 gre, 4000 vxlan"; "" if there were none. Returns the number of packets. */
__u64 not_followed_put(char text[NOT_FOLLOWED_SIZE], const __u64 *counters);

/*
 * If no flow was ever found, but tunnels that were not followed: say what they are, and which --decap would follow
 * them. `decap` is what is followed. False and "": there is nothing to say.
 */
bool not_followed_explain(char text[NOT_FOLLOWED_TEXT], const __u64 *counters, __u32 decap);

/* The same as a message. `where` is a capture or an instance. Returns whether there was something to say. */
bool not_followed_tell(const char *where, const __u64 *counters, __u32 decap);

#endif
