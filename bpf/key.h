/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which flow a parsed segment belongs to, who of the two sent it, and where in the table the flow may live.
 *
 * The hash is NH (Black et al., UMAC, 1999) over the normalised key: pairs of 32-bit words, each offset by a secret word, multiplied
 * to 64 bits and summed. Nobody who does not know the key can choose addresses that collide. It costs two multiplications
 * for IPv4 and five for IPv6, where SipHash costs 10 to 17 ns.
 */
#ifndef SYNSCOPE_BPF_KEY_H
#define SYNSCOPE_BPF_KEY_H

#include <bpf/bpf_helpers.h>

#include "synscope/config.h"
#include "synscope/segment.h"

#define HASH_KEY_INDEX 0 /* words of the secret for the bucket choice and the signature */
#define HASH_KEY_DIGEST 16 /* … for the identity of a flow whose addresses are not in the hot record */

static __always_inline void swap_words(__u32 *a, __u32 *b)
{
	__u32 kept = *a;

	*a = *b;
	*b = kept;
}

/*
 * Puts both endpoints, sender first so far, in an order that does not depend on who sends, and notes which one did. The
 * (address, port) pairs are compared whole: sorting addresses and ports apart would make distinct flows collide. The
 * order is that of the words as they lie in memory.
 */
static __always_inline void normalise(struct segment *seg)
{
	_Bool swap = seg->port[0] > seg->port[1];
	__be16 port = seg->port[0];

#pragma clang loop unroll(full)
	for (int i = 3; i >= 0; i--) /* the first word decides, so it has the last say */
		if ((i == 0 || seg->ipv6) && seg->addr[0][i] != seg->addr[1][i])
			swap = seg->addr[0][i] > seg->addr[1][i];
	seg->dir = swap;
	if (!swap)
		return;
	seg->port[0] = seg->port[1];
	seg->port[1] = port;
	swap_words(&seg->addr[0][0], &seg->addr[1][0]);
	if (!seg->ipv6)
		return;
#pragma clang loop unroll(full)
	for (int i = 1; i < 4; i++)
		swap_words(&seg->addr[0][i], &seg->addr[1][i]);
}

static __always_inline __u64 nh_pair(__u32 a, __u32 b, const volatile __u32 *key)
{
	return (__u64)(__u32)(a + key[0]) * (__u32)(b + key[1]);
}

static __always_inline __u32 ports_word(const struct segment *seg)
{
	return (__u32)seg->port[0] << 16 | seg->port[1];
}

/* The VLAN ids as one word; three ids of 12 bits overlap, which costs nothing but distance. */
static __always_inline __u32 vlan_word(const struct segment *seg, const volatile struct synscope_config *config)
{
	if (!config->key_vlan)
		return 0;
	return (__u32)seg->vlans << 30 ^ seg->vlan[0] ^ (__u32)seg->vlan[1] << 10 ^ (__u32)seg->vlan[2] << 20;
}

/* Keyed sum over the whole key. IPv4 leaves out the words that are always zero. */
static __always_inline __u64 nh(const struct segment *seg, __u32 vlan, const volatile __u32 *key)
{
	__u64 sum = nh_pair(ports_word(seg), vlan, key) + nh_pair(seg->addr[0][0], seg->addr[1][0], key + 2);

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

/* Orders the endpoints and fills in dir, bucket[], home, tag and id. */
static __always_inline void set_key(struct segment *seg, const volatile struct synscope_config *config)
{
	__u32 vlan = vlan_word(seg, config);
	__u64 hash;

	normalise(seg);
	hash = mix(nh(seg, vlan, config->hash_key + HASH_KEY_INDEX));

	seg->bucket[0] = reduce(hash >> 32, config->buckets);
	seg->bucket[1] = reduce((hash * 0xc2b2ae3d27d4eb4fULL) >> 32, config->buckets);
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
}

#endif
