// SPDX-License-Identifier: GPL-2.0-only
/*
 * What synscope's programs are compared with: nothing, the parser alone, the least that a flow table must cost, and
 * trackers on the kernel's hash maps. These use the same parser and record what such trackers usually do: who opened,
 * who closed, and for each direction packets, bytes, time and numbers, all updated in place.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/maps.h"
#include "bpf/packet/parse.h"
#include "bpf/packet/key.h"
#include "trackers.h"

#define HASH_MAP(name, map_type, key_type)          \
	struct {                                    \
		__uint(type, map_type);             \
		__uint(max_entries, 1);             \
		__type(key, key_type);              \
		__type(value, struct tracked_flow); \
	} name SEC(".maps")

HASH_MAP(hash4, BPF_MAP_TYPE_HASH, struct tracked_key4);
HASH_MAP(hash6, BPF_MAP_TYPE_HASH, struct tracked_key6);
HASH_MAP(lru4, BPF_MAP_TYPE_LRU_HASH, struct tracked_key4);
HASH_MAP(lru6, BPF_MAP_TYPE_LRU_HASH, struct tracked_key6);

/* What a program does with a segment. */
typedef void (*segment_use)(struct segment *seg);

static __always_inline void use_xdp(struct xdp_md *ctx, segment_use use)
{
	struct segment seg = {};
	struct frame frame = {
		.data = (const void *)(long)ctx->data,
		.data_end = (const void *)(long)ctx->data_end,
		.xdp = ctx,
	};
	struct walk walk = {};
	int parsed;

	seg.ifindex = ctx->ingress_ifindex;
	parsed = parse_network(&frame, parse_link(&frame, 1), &walk, &seg);
	if (parsed == PARSED_SEGMENT)
		parsed = parse_transport(&frame, &walk, &seg);
	if (parsed >= 0)
		count(parsed);
	else if (parsed == PARSED_SEGMENT)
		use(&seg);
}

static __always_inline void use_tc(struct __sk_buff *ctx, segment_use use)
{
	struct segment seg = {};
	struct frame frame = {
		.data = (const void *)(long)ctx->data,
		.data_end = (const void *)(long)ctx->data_end,
		.length = ctx->len,
		.gso_segments = ctx->gso_segs,
	};
	struct walk walk = {};
	int parsed;

	seg.ifindex = ctx->ifindex;
	parsed = parse_network(&frame, parse_link(&frame, 1), &walk, &seg);
	if (parsed == PARSED_SEGMENT)
		parsed = parse_transport(&frame, &walk, &seg);
	if (parsed >= 0)
		count(parsed);
	else if (parsed == PARSED_SEGMENT)
		use(&seg);
}

/* Keeps the compiler from dropping results that nothing reads. */
static __always_inline void keep(struct segment *seg)
{
	asm volatile("" : : "r"(seg) : "memory");
}

/*
 * The least that finding a flow can cost: hash its key, and read and write one cache line of a table of the same size.
 */
static __always_inline void touch(struct segment *seg)
{
	struct flow_bucket *bucket;
	struct flow_dir *dir;

	set_key(seg, &config);
	bucket = bpf_map_lookup_elem(&hot, &seg->bucket[0]);
	if (!bucket)
		return;
	dir = &bucket->slot[seg->home % FLOW_SLOTS_PER_BUCKET].dir[seg->dir & 1];
	dir->packets += seg->packets;
	dir->bytes += seg->ip_bytes;
}

static __always_inline void set_key4(struct tracked_key4 *key, const struct segment *seg)
{
	key->addr[0] = seg->addr[0][0];
	key->addr[1] = seg->addr[1][0];
	key->port[0] = seg->port[0];
	key->port[1] = seg->port[1];
}

static __always_inline void set_key6(struct tracked_key6 *key, const struct segment *seg)
{
	__builtin_memcpy(key->addr, seg->addr, sizeof(key->addr));
	key->port[0] = seg->port[0];
	key->port[1] = seg->port[1];
}

static __always_inline __u32 newer(__u32 number, __u32 known)
{
	return (__s32)(number - known) > 0 ? number : known;
}

/* Updates a flow. Returns 1 if both directions are closed. */
static __always_inline _Bool move_on(struct tracked_flow *flow, const struct segment *seg)
{
	struct tracked_dir *mine = &flow->dir[seg->dir & 1], *peer = &flow->dir[!seg->dir];
	__u32 end = seg->seq + seg->payload + !!(seg->flags & (SEGMENT_SYN | SEGMENT_FIN));

	mine->packets += seg->packets;
	mine->bytes += seg->ip_bytes;
	mine->last_seen_ns = bpf_ktime_get_coarse_ns();
	if (seg->flags & SEGMENT_SYN)
		mine->next_seq = end;
	mine->next_seq = newer(end, mine->next_seq);
	mine->max_ack = seg->ack;
	if (seg->flags & (SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST))
		mine->flags |= seg->flags;
	return (mine->flags & peer->flags & SEGMENT_FIN) && seg->ack == peer->next_seq && !(seg->flags & SEGMENT_FIN);
}

/* `forget`: delete a flow that has ended; an LRU map makes room by itself. */
static __always_inline void track(struct segment *seg, void *map, const void *key, _Bool forget)
{
	struct tracked_flow *flow = bpf_map_lookup_elem(map, key);
	struct tracked_flow first = {};

	if (flow) {
		if (move_on(flow, seg) && forget)
			bpf_map_delete_elem(map, key);
		return;
	}
	if ((seg->flags & (SEGMENT_SYN | SEGMENT_ACK)) != SEGMENT_SYN)
		return;
	first.opened_ns = bpf_ktime_get_ns();
	move_on(&first, seg);
	bpf_map_update_elem(map, key, &first, BPF_NOEXIST);
}

static __always_inline void track_hash(struct segment *seg)
{
	struct tracked_key4 key4;
	struct tracked_key6 key6;

	normalise(seg);
	if (seg->ipv6) {
		set_key6(&key6, seg);
		track(seg, &hash6, &key6, 1);
	} else {
		set_key4(&key4, seg);
		track(seg, &hash4, &key4, 1);
	}
}

static __always_inline void track_lru(struct segment *seg)
{
	struct tracked_key4 key4;
	struct tracked_key6 key6;

	normalise(seg);
	if (seg->ipv6) {
		set_key6(&key6, seg);
		track(seg, &lru6, &key6, 0);
	} else {
		set_key4(&key4, seg);
		track(seg, &lru4, &key4, 0);
	}
}

SEC("xdp.frags") int xdp_empty(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_PASS;
}

SEC("xdp.frags") int xdp_parse(struct xdp_md *ctx)
{
	use_xdp(ctx, keep);
	return XDP_PASS;
}

SEC("xdp.frags") int xdp_floor(struct xdp_md *ctx)
{
	use_xdp(ctx, touch);
	return XDP_PASS;
}

SEC("xdp.frags") int xdp_hash(struct xdp_md *ctx)
{
	use_xdp(ctx, track_hash);
	return XDP_PASS;
}

SEC("xdp.frags") int xdp_lru(struct xdp_md *ctx)
{
	use_xdp(ctx, track_lru);
	return XDP_PASS;
}

SEC("tc") int tc_empty(struct __sk_buff *ctx __attribute__((unused)))
{
	return TC_ACT_UNSPEC;
}

SEC("tc") int tc_parse(struct __sk_buff *ctx)
{
	use_tc(ctx, keep);
	return TC_ACT_UNSPEC;
}

SEC("tc") int tc_floor(struct __sk_buff *ctx)
{
	use_tc(ctx, touch);
	return TC_ACT_UNSPEC;
}

SEC("tc") int tc_hash(struct __sk_buff *ctx)
{
	use_tc(ctx, track_hash);
	return TC_ACT_UNSPEC;
}

SEC("tc") int tc_lru(struct __sk_buff *ctx)
{
	use_tc(ctx, track_lru);
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
