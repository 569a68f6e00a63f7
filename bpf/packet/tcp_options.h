/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP options -> the option fields of struct segment (rule 27; RFC 9293 3.2, RFC 7323, RFC 2018). A malformed list ends
 * the walk, it does not lose the segment.
 */
#ifndef SYNSCOPE_BPF_TCP_OPTIONS_H
#define SYNSCOPE_BPF_TCP_OPTIONS_H

#include <bpf/bpf_helpers.h>

#include "synscope/segment.h"

#define TCP_OPTIONS_MAX 40
#define TCP_OPTION_END 0
#define TCP_OPTION_NOP 1
#define TCP_OPTION_MSS 2
#define TCP_OPTION_WSCALE 3
#define TCP_OPTION_SACK_PERMITTED 4
#define TCP_OPTION_TIMESTAMPS 8

/*
 * A copy of the options; the rest is zero. The position lies beside them, in memory whose content the verifier does not
 * follow: so every round of the walk looks the same to it, and one of them is enough.
 */
struct option_bytes {
	__u8 byte[64];
	__u32 at;
};

static __always_inline __u32 option_u32(const struct option_bytes *bytes, __u32 at)
{
	return (__u32)bytes->byte[at & 63] << 24 | bytes->byte[(at + 1) & 63] << 16 | bytes->byte[(at + 2) & 63] << 8 |
	       bytes->byte[(at + 3) & 63];
}

static __always_inline void take_option(struct segment *seg, const struct option_bytes *bytes, __u32 at, __u8 kind,
					__u8 length)
{
	if (kind == TCP_OPTION_MSS && length == 4) {
		seg->mss = bytes->byte[(at + 2) & 63] << 8 | bytes->byte[(at + 3) & 63];
		seg->options |= OPTION_MSS;
	} else if (kind == TCP_OPTION_WSCALE && length == 3) {
		__u8 shift = bytes->byte[(at + 2) & 63];

		seg->wscale = shift > WSCALE_MAX ? WSCALE_MAX : shift;
	} else if (kind == TCP_OPTION_SACK_PERMITTED && length == 2) {
		seg->options |= OPTION_SACK;
	} else if (kind == TCP_OPTION_TIMESTAMPS && length == 10) {
		seg->tsval = option_u32(bytes, at + 2);
		seg->tsecr = option_u32(bytes, at + 6);
		seg->options |= OPTION_TIMESTAMPS;
	}
}

/* One option, or padding. 0: the list ends here. */
static __always_inline _Bool walk_option(struct segment *seg, struct option_bytes *bytes)
{
	__u32 at = *(volatile __u32 *)&bytes->at, end = seg->options_len;
	__u8 kind = bytes->byte[at & 63], length = bytes->byte[(at + 1) & 63];

	if (at >= end || kind == TCP_OPTION_END)
		return 0;
	if (kind == TCP_OPTION_NOP) {
		bytes->at = at + 1;
		return 1;
	}
	if (at + 1 >= end || length < 2 || at + length > end)
		return 0;
	take_option(seg, bytes, at, kind, length);
	bytes->at = at + length;
	return 1;
}

/* Walks seg->options_len bytes. A global function: verified once, whatever came before. */
__noinline int walk_options(struct segment *seg, struct option_bytes *bytes)
{
	if (!seg || !bytes)
		return 0;
	for (int i = 0; i < TCP_OPTIONS_MAX && walk_option(seg, bytes); i++)
		; /* at least one byte each round */
	return 0;
}

#endif
