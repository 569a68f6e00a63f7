/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing the record: a new incarnation, the counts of a segment, anomalies, history and the ladder's steps. */
#ifndef SYNSCOPE_BPF_RECORD_H
#define SYNSCOPE_BPF_RECORD_H

#include "synscope/history.h"
#include "synscope/lifetime.h"
#include "bpf/table/flow_table.h"

#define STEP_DELTA_SHIFT 10
#define ANOMALY_MAX 0xff00 /* well below the carry into the neighbour, whatever the number of CPUs */

/* What a segment does to the record beside its facts. Zeroed at the head of each attempt. */
struct effects {
	__u8 remark; /* enum flow_remark for the ladder */
	__u8 log_step; /* the segment is kept as a step of the ladder */
	__u8 keep_close_time; /* a stray segment of a closed flow, which does not move the time of the close */
	__u8 seq_restarted; /* next_seq starts anew from the ISN */
	__u8 latency_known; /* a part of the handshake's latencies became known */
	__u8 facts_changed; /* next_seq, max_ack or facts of the hot record have to be written */
	__u8 begins_record; /* the segment is the first one of the record */
};

/* A segment that is being tracked, and its flow, whose direction this CPU holds by FACT_WRITING. */
struct tracking {
	__u64 now; /* exact */
	struct tcp_facts me; /* of the sender; what is learnt goes here first */
	struct tcp_facts peer; /* of the receiver, as of now */
	__u32 slot;
	__u32 word; /* the sender's facts word when it was taken: generation, window and scale */
	__u32 timeout; /* enum flow_timeout of the flow before this segment */
	__u8 expired; /* that timeout has passed */
	struct effects effects;
};

static __always_inline void zero_cold(struct flow_cold *cold)
{
	__u64 *word = (__u64 *)cold;

	for (int i = 0; i < (int)(sizeof(*cold) / sizeof(*word)); i++)
		WRITE_ONCE(word[i], 0);
}

/* Everything of a direction but its facts word, by which this CPU holds it. */
static __always_inline void init_direction(struct flow_dir *dir, __u64 now)
{
	dir->next_seq = 0;
	dir->max_ack = 0;
	dir->packets = 0;
	dir->bytes = 0;
	dir->last_seen = now >> LAST_SEEN_SHIFT;
}

/* Adds to a saturating 16-bit counter that only the CPU of this direction writes. */
static __always_inline void saturating_add(__u16 *counter, __u32 add)
{
	__u32 sum = *counter + add;

	*counter = sum > 0xffff ? 0xffff : sum;
}

/* Counts an anomaly of the instance and of the flow. Both directions' CPUs may do so at once, hence the atomic add. */
static __always_inline void anomaly(struct tracking *tracking, __u32 kind)
{
	struct flow_cold *cold = cold_slot(tracking->slot);

	count(COUNTER_OF_ANOMALY(kind));
	tracking->effects.remark = REMARK_OF_ANOMALY(kind);
	tracking->effects.log_step = 1;
	if (!cold || kind >= ANOMALY_COUNT || READ_ONCE(cold->anomalies[kind]) >= ANOMALY_MAX)
		return;
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

/* The letter of Zeek's history for a segment: one bit of SYN, FIN, RST decides, then data, then a pure ACK. */
static __always_inline __u32 segment_letter(const struct segment *seg)
{
	if (seg->flags & SEGMENT_SYN)
		return seg->flags & SEGMENT_ACK ? HISTORY_SYNACK : HISTORY_SYN;
	if (seg->flags & SEGMENT_RST)
		return HISTORY_RST;
	if (seg->flags & SEGMENT_FIN)
		return HISTORY_FIN;
	return seg->payload ? HISTORY_DATA : HISTORY_ACK;
}

/* Time of the first segment of this flow, to which the times of the steps are relative. */
static __always_inline __u64 first_seen(const struct flow_cold *cold)
{
	return cold->dir[!!(cold->flags & FLOW_FIRST_DIR)].syn_first_ns;
}

static __always_inline void fill_step(struct flow_step *step, const struct segment *seg,
				      const struct tracking *tracking, __u64 since)
{
	__u32 delta = (tracking->now > since ? tracking->now - since : 0) >> STEP_DELTA_SHIFT;

	step->delta_low = delta;
	step->delta_high = delta >> 16;
	step->flags = (seg->flags & STEP_FLAGS_MASK) | (seg->payload ? STEP_PAYLOAD : 0) | (seg->dir ? STEP_DIR : 0);
	step->remark = tracking->effects.remark;
}

/*
 * Keeps the first opening and the first closing steps; what comes after them is in the totals of the record alone. The
 * index of a step is taken atomically: of two steps at the same instant either may come first.
 */
static __always_inline void add_step(struct flow_cold *cold, const struct segment *seg, const struct tracking *tracking)
{
	_Bool closing = ((tracking->me.bits | tracking->peer.bits) & (FACT_FIN | FACT_RST)) != 0;
	__u32 shift = closing ? FLOW_CLOSING_SHIFT : FLOW_OPENING_SHIFT;
	__u32 at = (READ_ONCE(cold->flags) >> shift) & FLOW_STEPS_MASK;

	if (at >= FLOW_OPENING_STEPS)
		return;
	at = (__sync_fetch_and_add(&cold->flags, 1U << shift) >> shift) & FLOW_STEPS_MASK;
	if (at >= FLOW_OPENING_STEPS)
		return;
	fill_step(closing ? &cold->closing[at] : &cold->opening[at], seg, tracking, first_seen(cold));
}

static __always_inline __u32 interface_mtu(__u32 ifindex)
{
	for (int i = 0; i < MAX_INTERFACES; i++)
		if (config.mtu[i].ifindex == ifindex)
			return config.mtu[i].mtu;
	return 0;
}

/*
 * How many segments a packet was on the wire. A packet that is longer than the MTU was merged on the way in (LRO,
 * generic XDP): then the number is estimated from the smallest MSS known, else from the MTU (docs/specification.md,
 * section 9).
 */
static __always_inline __u32 segments_of(const struct segment *seg, struct flow_cold *cold)
{
	__u32 mtu, size, mss = cold->dir[0].mss, other = cold->dir[1].mss;

	if (seg->packets != 1 || !config.min_mtu || seg->ip_bytes <= config.min_mtu)
		return seg->packets;
	mtu = interface_mtu(seg->ifindex);
	if (seg->ip_bytes <= mtu || mtu <= 40)
		return 1;
	if (other && (!mss || other < mss))
		mss = other;
	size = mss ? mss : mtu - 40;
	__sync_fetch_and_or(&cold->flags, FLOW_PACKETS_ESTIMATED);
	return (seg->payload + size - 1) / size;
}

/* Counts the segment in its direction, believed or not. Only the CPU of this direction does so. */
static __always_inline void account(struct flow_dir *dir, struct flow_cold *cold, const struct segment *seg, __u32 now)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 segments = segments_of(seg, cold), length = seg->ip_bytes;
	__u32 packets = dir->packets + segments, bytes;

	if (segments > seg->packets)
		length += (segments - 1) * (seg->ip_bytes - seg->payload);
	bytes = dir->bytes + length;
	if (packets < segments)
		mine->packets_high++;
	if (bytes < length)
		mine->bytes_high++;
	dir->packets = packets;
	dir->bytes = bytes;
	dir->last_seen = now;
	saturating_add(&mine->syns, !!(seg->flags & SEGMENT_SYN));
	saturating_add(&mine->fins, !!(seg->flags & SEGMENT_FIN));
	saturating_add(&mine->rsts, !!(seg->flags & SEGMENT_RST));
}

#endif
