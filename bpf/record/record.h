/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of a record: the counts of a segment, anomalies, history and the ladder's steps. */
#ifndef SYNSCOPE_BPF_RECORD_H
#define SYNSCOPE_BPF_RECORD_H

#include "synscope/history.h"
#include "synscope/segment.h"
#include "bpf/maps.h"
#include "bpf/packet/mtu.h"

#define STEP_DELTA_SHIFT 10
#define ANOMALY_MAX 0xff00 /* well below the carry into the neighbour, whatever the number of CPUs */

/* Adds to a saturating 16-bit counter that only the CPU of this direction writes. */
static __always_inline void saturating_add(__u16 *counter, __u32 add)
{
	__u32 sum = *counter + add;

	*counter = sum > 0xffff ? 0xffff : sum;
}

/* Counts an anomaly of the flow. Both directions' CPUs may do so at once, hence the atomic add. */
static __always_inline void add_anomaly(struct flow_cold *cold, __u32 kind)
{
	if (kind < ANOMALY_COUNT && READ_ONCE(cold->anomalies[kind]) < ANOMALY_MAX)
		__sync_fetch_and_add((__u32 *)cold->anomalies + kind / 2, kind % 2 ? 1U << 16 : 1U);
}

/*
 * Appends a letter, once per direction. A compare-and-swap, because the other direction's CPU may append too. Returns
 * 0 if it was there already.
 */
__noinline int append_history(struct flow_cold *cold, __u32 letter)
{
	if (!cold)
		return 0;
	for (int tries = 0; tries < 4; tries++) {
		__u64 was = READ_ONCE(cold->history);
		__u32 at = 0;

		for (; at < HISTORY_LETTERS; at++) {
			__u32 present = history_letter(was, at);

			if (present == letter)
				return 0;
			if (!present)
				break;
		}
		if (at >= HISTORY_LETTERS ||
		    __sync_val_compare_and_swap(&cold->history, was, was | (__u64)letter << (at * HISTORY_BITS)) == was)
			return 1;
	}
	return 1;
}

/* Notes flags of the TCP header that were not seen in this direction before. */
static __always_inline void add_tcp_flags(struct flow_cold *cold, __u8 flags, __u32 dir)
{
	__u32 bits = TCP_FLAGS(flags, dir);

	if (bits & ~READ_ONCE(cold->tcp_flags))
		__sync_fetch_and_or(&cold->tcp_flags, bits);
}

/* Time of the first segment of this flow, to which the times of the steps are relative. */
static __always_inline __u64 first_seen(const struct flow_cold *cold)
{
	return cold->dir[!!(cold->flags & FLOW_FIRST_DIR)].syn_first_ns;
}

static __always_inline void fill_step(struct flow_step *step, const struct segment *seg, __u64 since_first, __u8 remark)
{
	__u32 delta = since_first >> STEP_DELTA_SHIFT;

	step->delta_low = delta;
	step->delta_high = delta >> 16;
	step->flags = seg->flags;
	step->remark = remark | (carries_data(seg) ? STEP_PAYLOAD : 0) | (seg->dir ? STEP_DIR : 0);
}

/*
 * Keeps the first opening and the first closing steps; what comes after them is in the totals of the record alone. The
 * index of a step is taken atomically: of two steps at the same instant either may come first.
 */
static __always_inline void add_step(struct flow_cold *cold, const struct segment *seg, __u64 now, __u8 remark,
				     _Bool closing)
{
	__u32 shift = closing ? FLOW_CLOSING_SHIFT : FLOW_OPENING_SHIFT;
	__u32 at = (READ_ONCE(cold->flags) >> shift) & FLOW_STEPS_MASK;
	__u64 since;

	if (at >= FLOW_OPENING_STEPS)
		return;
	at = (__sync_fetch_and_add(&cold->flags, 1U << shift) >> shift) & FLOW_STEPS_MASK;
	if (at >= FLOW_OPENING_STEPS)
		return;
	since = first_seen(cold);
	fill_step(closing ? &cold->closing[at] : &cold->opening[at], seg, since && now > since ? now - since : 0,
		  remark);
}

/* The smaller MSS of both ends, 0 if none is known. */
static __always_inline __u32 smallest_mss(const struct flow_cold *cold)
{
	__u32 mss = cold->dir[0].mss, other = cold->dir[1].mss;

	return other && (!mss || other < mss) ? other : mss;
}

/*
 * How many segments a packet was on the wire. A packet that is longer than the MTU was merged on the way in (LRO,
 * generic XDP): then the number is estimated from the smallest MSS known, else from the MTU (docs/specification.md,
 * section 9). One without data, or of which the data is not known, as of a FIN in fragments, is one segment.
 */
static __always_inline __u32 segments_of(const struct segment *seg, struct flow_cold *cold)
{
	__u32 mtu, size, mss;

	if (seg->packets != 1 || !config.min_mtu || seg->ip_bytes <= config.min_mtu || !seg->payload)
		return seg->packets;
	mtu = interface_mtu(&config, seg->ifindex);
	if (seg->ip_bytes <= mtu || mtu <= 40)
		return 1;
	mss = smallest_mss(cold);
	size = mss ? mss : mtu - 40;
	__sync_fetch_and_or(&cold->flags, FLOW_PACKETS_ESTIMATED);
	return (seg->payload + size - 1) / size;
}

/*
 * How many segments were sent again. A capture has no MTU, and its packets are counted as they are in it; but one with
 * more payload than an MSS that is known was several segments, each of which was sent again.
 */
static __always_inline __u32 segments_again(const struct segment *seg, struct flow_cold *cold)
{
	__u32 mss = smallest_mss(cold);

	if (config.min_mtu || seg->packets != 1 || !mss || seg->payload <= mss)
		return segments_of(seg, cold);
	return (seg->payload + mss - 1) / mss;
}

/* Counts the segment in its direction, believed or not. Only the CPU of this direction does so. */
static __always_inline void account(struct flow_dir *dir, struct flow_cold *cold, const struct segment *seg, __u32 now)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 segments = segments_of(seg, cold), length = seg->ip_bytes;
	__u32 packets = dir->packets + (segments << PACKETS_SHIFT), bytes;

	if (segments > seg->packets)
		length += (segments - 1) * (seg->ip_bytes - seg->payload);
	bytes = dir->bytes + length;
	if (packets < dir->packets)
		saturating_add(&mine->packets_high, 1);
	if (bytes < length)
		mine->bytes_high++;
	dir->packets = packets;
	dir->bytes = bytes;
	dir->last_seen = now;
	saturating_add(&mine->syns, !!(seg->flags & SEGMENT_SYN));
	saturating_add(&mine->fins, (seg->flags & (SEGMENT_FIN | SEGMENT_RST)) == SEGMENT_FIN);
	saturating_add(&mine->rsts, !!(seg->flags & SEGMENT_RST));
}

#endif
