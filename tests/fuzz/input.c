// SPDX-License-Identifier: GPL-2.0-only
#include "input.h"

#include <string.h>

#define STEP_HEADER 11 /* maximum */
#define CLOCK_MAX (1ULL << 54) /* ns, 208 days: less than half of the range of flow_dir.last_seen */

static const __s64 units[] = { 1, 1000, 1000000, 1000000000 };

static __u32 get(const __u8 *sequence, size_t size, size_t *at, int bytes)
{
	__u32 value = 0;

	for (int i = 0; i < bytes; i++)
		if (*at < size)
			value |= (__u32)sequence[(*at)++] << (8 * i);
	return value;
}

bool input_next(const __u8 *sequence, size_t size, size_t *at, struct input_step *step)
{
	__u32 flags, length, more;

	if (*at >= size)
		return false;
	*step = (struct input_step){ .at = *at };
	flags = get(sequence, size, at, 1);
	step->delta_ns = (__s32)get(sequence, size, at, 4) * units[(flags >> INPUT_STEP_UNIT_SHIFT) & 3];
	step->sweep = flags & INPUT_STEP_SWEEP;
	if (!step->sweep) {
		struct host_frame *frame = &step->frame;

		frame->tc = flags & INPUT_STEP_TC;
		frame->no_link = flags & INPUT_STEP_NO_LINK;
		more = flags & INPUT_STEP_GSO ? get(sequence, size, at, 2) : 0;
		frame->gso_segments = frame->tc ? more : 0;
		frame->tag_beside = flags & INPUT_STEP_TAG;
		frame->tci = frame->tag_beside ? get(sequence, size, at, 2) : 0;
		length = get(sequence, size, at, 2);
		frame->bytes = sequence + *at;
		frame->size = length < size - *at ? length : size - *at;
		frame->linear = flags & INPUT_STEP_SPLIT ? frame->size / 2 : frame->size;
		frame->wire_length = !frame->tc && more > frame->size ? more : 0;
		*at += frame->size;
	}
	step->bytes = *at - step->at;
	return true;
}

struct synscope_config input_config(__u8 options)
{
	struct synscope_config config = host_config(1U << (options & INPUT_BUCKETS_MASK));

	config.key_vlan = !!(options & INPUT_KEY_VLAN);
	config.decap = options & INPUT_DECAP ? TUNNELS_IN_LINK | TUNNELS_IN_IP : 0;
	config.key_tunnel = !!(options & INPUT_KEY_TUNNEL);
	config.rtt = !config.key_vlan;
	config.min_mtu = options & INPUT_MTU ? INPUT_MTU_BYTES : 0;
	config.mtu[0] = (struct interface_mtu){ .ifindex = HOST_IFINDEX, .mtu = config.min_mtu };
	return config;
}

__u64 input_clock(__u64 clock_ns, __s64 delta_ns)
{
	if (delta_ns < 0)
		return clock_ns > (__u64)-delta_ns ? clock_ns + delta_ns : 0;
	return clock_ns + delta_ns < CLOCK_MAX ? clock_ns + delta_ns : CLOCK_MAX;
}

static void put(__u8 *sequence, size_t *size, __u32 value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		sequence[(*size)++] = value >> (8 * i);
}

/* The finest unit in which the time fits into 32 bits. */
static int unit_for(__s64 delta_ns)
{
	int unit = 0;

	while (unit < 3 && (__s32)(delta_ns / units[unit]) != delta_ns / units[unit])
		unit++;
	return unit;
}

static void put_step(__u8 *sequence, size_t *size, int unit, __s32 delta, const struct host_frame *frame)
{
	__u32 more = frame->tc ? frame->gso_segments : frame->wire_length;
	__u8 flags = unit << INPUT_STEP_UNIT_SHIFT;

	flags |= frame->tc ? INPUT_STEP_TC : 0;
	flags |= frame->no_link ? INPUT_STEP_NO_LINK : 0;
	flags |= more ? INPUT_STEP_GSO : 0;
	flags |= frame->tag_beside ? INPUT_STEP_TAG : 0;
	flags |= frame->linear < frame->size ? INPUT_STEP_SPLIT : 0;
	put(sequence, size, flags, 1);
	put(sequence, size, delta, 4);
	if (more)
		put(sequence, size, more, 2);
	if (frame->tag_beside)
		put(sequence, size, frame->tci, 2);
	put(sequence, size, frame->size, 2);
	if (frame->size)
		memcpy(sequence + *size, frame->bytes, frame->size);
	*size += frame->size;
}

bool input_append(__u8 *sequence, size_t room, size_t *size, __s64 delta_ns, const struct host_frame *frame)
{
	static const struct host_frame empty;
	int unit = unit_for(delta_ns);

	if (frame->size > 0xffff || room < *size + 4 * STEP_HEADER + frame->size) /* leave room for a sweep behind it */
		return false;
	while (unit > 0 && delta_ns % units[unit]) { /* more than fits into one unit: empty frames take the rest */
		put_step(sequence, size, unit, delta_ns / units[unit], &empty);
		delta_ns %= units[unit];
		unit = unit_for(delta_ns);
	}
	put_step(sequence, size, unit, delta_ns / units[unit], frame);
	return true;
}

bool input_append_sweep(__u8 *sequence, size_t room, size_t *size, __s64 delta_ns)
{
	int unit = unit_for(delta_ns);

	if (room < *size + STEP_HEADER)
		return false;
	put(sequence, size, INPUT_STEP_SWEEP | unit << INPUT_STEP_UNIT_SHIFT, 1);
	put(sequence, size, delta_ns / units[unit], 4);
	return true;
}
