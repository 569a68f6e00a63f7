/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which flow a parsed segment belongs to, which endpoint sent it, and where in the table the flow may be.
 *
 * The hash is NH (Black et al., UMAC, 1999) over the normalised key: pairs of 32-bit words, each offset by a secret
 * word, multiplied to 64 bits and summed. Without the key nobody can choose addresses that collide. It costs two
 * multiplications for IPv4 and five for IPv6, where SipHash costs 10 to 17 ns.
 */
#ifndef SYNSCOPE_BPF_KEY_H
#define SYNSCOPE_BPF_KEY_H

#include <bpf/bpf_helpers.h>

#include "synscope/config.h"
#include "synscope/segment.h"

#define HASH_KEY_INDEX 0 /* words of the secret for the bucket choice and the signature */
#define HASH_KEY_DIGEST 16 /* … for the identity of a flow whose addresses are not in the hot record */

/* a > b, without a branch, which could not be predicted. */
static __always_inline __u32 is_greater(__u64 a, __u64 b)
{
	return ((a & ~b) | ((a | ~b) & (b - a))) >> 63;
}

/* Exchanges two words if `swap` is 1, leaves them if it is 0. */
static __always_inline void swap_words(__u32 *a, __u32 *b, __u32 swap)
{
	__u32 difference = (*a ^ *b) & -swap;

	*a ^= difference;
	*b ^= difference;
}

/* Is the (address, port) of the sender above that of the receiver? */
static __always_inline __u32 sender_is_above(const struct segment *seg)
{
	const __u32(*addr)[4] = seg->addr;
	__u64 from = seg->ports & 0xffff, to = seg->ports >> 16;

	if (!seg->ipv6) { /* 48 bits each: the difference tells */
		from |= (__u64)addr[0][0] << 16;
		to |= (__u64)addr[1][0] << 16;
	} else if (addr[0][0] != addr[1][0] || addr[0][1] != addr[1][1]) {
		from = (__u64)addr[0][0] << 32 | addr[0][1];
		to = (__u64)addr[1][0] << 32 | addr[1][1];
	} else if (addr[0][2] != addr[1][2] || addr[0][3] != addr[1][3]) {
		from = (__u64)addr[0][2] << 32 | addr[0][3];
		to = (__u64)addr[1][2] << 32 | addr[1][3];
	}
	return is_greater(from, to);
}

/*
 * Puts both endpoints, sender first so far, in an order that does not depend on who sends, and notes which one did. The
 * (address, port) pairs are compared whole: sorting addresses and ports apart would make distinct flows collide. The
 * order is that of the words as they lie in memory.
 */
static __always_inline void normalise(struct segment *seg)
{
	__u32 swap = sender_is_above(seg);

	seg->dir = swap;
	seg->ports = ((__u64)seg->ports << 32 | seg->ports) >> (16 * swap);
	swap_words(&seg->addr[0][0], &seg->addr[1][0], swap);
	if (!seg->ipv6)
		return;
#pragma clang loop unroll(full)
	for (int i = 1; i < 4; i++)
		swap_words(&seg->addr[0][i], &seg->addr[1][i], swap);
}

static __always_inline __u64 nh_pair(__u32 a, __u32 b, const volatile __u32 *key)
{
	return (__u64)(__u32)(a + key[0]) * (__u32)(b + key[1]);
}

/* The VLAN ids as one word; three ids of 12 bits overlap, which costs nothing but distance. */
static __always_inline __u32 vlan_word(const struct segment *seg, const volatile struct synscope_config *config)
{
	if (!seg->vlans || !config->key_vlan)
		return 0;
	return (__u32)seg->vlans << 30 ^ seg->vlan[0] ^ (__u32)seg->vlan[1] << 10 ^ (__u32)seg->vlan[2] << 20;
}

/* Keyed sum over the whole key. IPv4 leaves out the words that are always zero. */
static __always_inline __u64 nh(const struct segment *seg, __u32 vlan, const volatile __u32 *key)
{
	__u64 sum = nh_pair(seg->ports, vlan, key) + nh_pair(seg->addr[0][0], seg->addr[1][0], key + 2);

	if (seg->ipv6) {
#pragma clang loop unroll(full)
		for (int i = 1; i < 4; i++)
			sum += nh_pair(seg->addr[0][i], seg->addr[1][i], key + 2 + 2 * i);
	}
	return sum;
}

/* Spreads the sum over all bits; one to one, so that it adds no collision. */
static __always_inline __u64 mix(__u64 hash)
{
	hash ^= hash >> 32;
	hash *= 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

/* [0, 2^32) -> [0, buckets) */
static __always_inline __u32 reduce(__u32 hash, __u32 buckets)
{
	return (__u64)hash * buckets >> 32;
}

static __always_inline __u32 second_bucket(__u64 hash, const volatile struct synscope_config *config)
{
	return reduce((hash * 0xc2b2ae3d27d4eb4fULL) >> 32, config->buckets);
}

/* Orders the endpoints and fills in dir, bucket[0], home, tag and id. Returns what second_bucket() needs. */
static __always_inline __u64 set_first_key(struct segment *seg, const volatile struct synscope_config *config)
{
	__u32 vlan = vlan_word(seg, config);
	__u64 hash;

	normalise(seg);
	hash = mix(nh(seg, vlan, config->hash_key + HASH_KEY_INDEX));

	seg->bucket[0] = reduce(hash >> 32, config->buckets);
	seg->home = hash & (FLOW_SLOTS_PER_BUCKET - 1);
	seg->tag = (hash & TAG_SIGNATURE_MASK) | TAG_LIVE;
	if (seg->ipv6 || config->key_vlan) {
		__u64 digest = nh(seg, vlan, config->hash_key + HASH_KEY_DIGEST);

		seg->tag |= TAG_DIGEST;
		seg->id[0] = digest;
		seg->id[1] = digest >> 32;
	} else {
		seg->id[0] = seg->addr[0][0];
		seg->id[1] = seg->addr[1][0];
	}
	return hash;
}

/* Rule 11a: is it of a socket that is connected to itself? */
static __always_inline _Bool is_to_itself(const struct segment *seg)
{
	if (seg->port[0] != seg->port[1] || seg->addr[0][0] != seg->addr[1][0])
		return 0;
	return !seg->ipv6 || !((seg->addr[0][1] ^ seg->addr[1][1]) | (seg->addr[0][2] ^ seg->addr[1][2]) |
			       (seg->addr[0][3] ^ seg->addr[1][3]));
}

/* All of the key. */
static __always_inline __u64 set_key(struct segment *seg, const volatile struct synscope_config *config)
{
	__u64 hash = set_first_key(seg, config);

	seg->bucket[1] = second_bucket(hash, config);
	return hash;
}

#endif
