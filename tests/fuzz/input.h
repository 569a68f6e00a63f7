/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sequence of frames as bytes that a fuzzer can turn over. One byte of options, then steps:
 *   flags (STEP_*), 32-bit signed time since the step before, [16 bits GSO segments; XDP: length on the wire],
 *   [16 bits VLAN tag],
 *   16-bit length, the frame
 * Little endian. A frame that goes beyond the end is as long as there is room.
 */
#ifndef SYNSCOPE_TESTS_FUZZ_INPUT_H
#define SYNSCOPE_TESTS_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "host.h"

#define INPUT_BUCKETS_MASK 0x3 /* log2 of the number of buckets */
#define INPUT_KEY_VLAN 0x4 /* without it, round trips are timed: the byte has no bit left for that */
#define INPUT_MTU 0x8 /* the MTU is known, INPUT_MTU_BYTES */
#define INPUT_LISTENING 0x10 /* there is a reader of events … */
#define INPUT_RINGS_FULL 0x20 /* … which is too slow */
#define INPUT_DECAP 0x40 /* all tunnels are followed … */
#define INPUT_KEY_TUNNEL 0x80 /* … and are part of the identity */
#define INPUT_CONFIG_MASK (0xff & ~(INPUT_LISTENING | INPUT_RINGS_FULL)) /* all that input_config() looks at */
#define INPUT_MTU_BYTES 1500

#define INPUT_STEP_TC 0x1
#define INPUT_STEP_NO_LINK 0x2
#define INPUT_STEP_GSO 0x4 /* the number of segments follows, or the length on the wire */
#define INPUT_STEP_TAG 0x8 /* a tag beside the frame follows */
#define INPUT_STEP_UNIT_SHIFT 4 /* of the time: 0 ns, 1 us, 2 ms, 3 s */
#define INPUT_STEP_SPLIT 0x40 /* only half of the frame is linear */
#define INPUT_STEP_SWEEP 0x80 /* no frame: the table is swept */

#define INPUT_MAX 65536 /* maximum length of a sequence in bytes */

struct input_step {
	__s64 delta_ns;
	bool sweep;
	struct host_frame frame; /* points into the sequence */
	size_t at, bytes; /* position and length of the step in the sequence */
};

/* Reads the step at *at, and advances *at. Returns false at the end of the sequence. */
bool input_next(const __u8 *sequence, size_t size, size_t *at, struct input_step *step);

/* The configuration that a sequence's options select. */
struct synscope_config input_config(__u8 options);

/* The clock after a step. It stays within 208 days of 0, because the time of the last segment is ambiguous beyond. */
__u64 input_clock(__u64 clock_ns, __s64 delta_ns);

/* Appends a frame after delta_ns. Returns false, with nothing written, if there is no room. */
bool input_append(__u8 *sequence, size_t room, size_t *size, __s64 delta_ns, const struct host_frame *frame);

/* The same for a sweep. */
bool input_append_sweep(__u8 *sequence, size_t room, size_t *size, __s64 delta_ns);

#endif
