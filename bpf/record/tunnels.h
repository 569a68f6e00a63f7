/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tunnels that flows were found in. Their descriptions are kept once each, in a table of their own: a record has
 * only the number of one. Entries never change and are never freed.
 */
#ifndef SYNSCOPE_BPF_TUNNELS_H
#define SYNSCOPE_BPF_TUNNELS_H

#include "bpf/maps.h"
#include "synscope/segment.h"

#define TUNNEL_PROBES 8 /* entries in which a tunnel may be */

#define LAYER_WORDS ((int)(sizeof(struct tunnel_layer) / sizeof(__u32)))

/* Keyed, so that nobody can choose tunnels that take the same entries. */
static __always_inline __u32 hash_tunnel(const struct flow_tunnel *tunnel)
{
	const __u32 *word = (const __u32 *)tunnel->layer;
	__u64 sum = 0;

#pragma clang loop unroll(full)
	for (int i = 0; i < TUNNEL_LAYERS * LAYER_WORDS; i += 2)
		sum += (__u64)(__u32)(word[i] + config.hash_key[i]) * (__u32)(word[i + 1] + config.hash_key[i + 1]);
	return sum >> 32 ^ sum;
}

static __always_inline _Bool same_layer(const struct tunnel_layer *a, const struct tunnel_layer *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;
	__u64 difference = 0;

#pragma clang loop unroll(full)
	for (int i = 0; i < LAYER_WORDS / 2; i++)
		difference |= x[i] ^ y[i];
	return !difference;
}

/*
 * Takes a free entry. An entry that another CPU takes at this moment may be for the same tunnel, which then has two;
 * that harms nobody.
 */
static __always_inline _Bool take_tunnel(struct flow_tunnel *entry, const struct flow_tunnel *tunnel)
{
	if (__sync_val_compare_and_swap(&entry->state, TUNNEL_FREE, TUNNEL_CLAIMED) != TUNNEL_FREE)
		return 0;
	entry->layers = tunnel->layers;
	entry->layer[0] = tunnel->layer[0];
	entry->layer[1] = tunnel->layer[1];
	__sync_lock_test_and_set(&entry->state, TUNNEL_VALID);
	return 1;
}

/* The number of a tunnel, as flow_cold.tunnel has it. */
__noinline int number_of_tunnel(void)
{
	__u32 zero = 0, at;
	struct flow_tunnel *tunnel = bpf_map_lookup_elem(&tunnel_noted, &zero), *entry;

	if (!tunnel)
		return TUNNEL_UNKNOWN;
	if (tunnel->layers < TUNNEL_LAYERS)
		tunnel->layer[1] = (struct tunnel_layer){};
	at = hash_tunnel(tunnel);
	for (int i = 0; i < TUNNEL_PROBES; i++) {
		__u32 index = (at + i) % TUNNELS_MAX;

		entry = bpf_map_lookup_elem(&tunnels, &index);
		if (!entry)
			break;
		if (READ_ONCE(entry->state) == TUNNEL_FREE && take_tunnel(entry, tunnel))
			return index + 1;
		if (READ_ONCE(entry->state) == TUNNEL_VALID && entry->layers == tunnel->layers &&
		    same_layer(&entry->layer[0], &tunnel->layer[0]) && same_layer(&entry->layer[1], &tunnel->layer[1]))
			return index + 1;
	}
	count(COUNTER_TUNNEL_UNKNOWN);
	return TUNNEL_UNKNOWN;
}

static __always_inline void set_tunnel(struct segment *seg)
{
	if (config.decap && seg->tunnels)
		seg->tunnel = number_of_tunnel();
}

#endif
