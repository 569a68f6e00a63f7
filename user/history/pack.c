// SPDX-License-Identifier: GPL-2.0-only
#include "history/pack.h"

#include <string.h>

size_t pack_bytes(const void *record, size_t bytes, __u8 *packed)
{
	const __u8 *from = record;
	__u8 *to = packed;

	for (size_t group = 0; group < bytes; group += PACK_GROUP, from += PACK_GROUP) {
		__u8 *set = to++;
		__u64 all;

		*set = 0;
		memcpy(&all, from, sizeof(all));
		if (!all)
			continue;
		for (int i = 0; i < PACK_GROUP; i++) {
			*to = from[i];
			to += !!from[i];
			*set |= (__u8)(!!from[i] << i);
		}
	}
	return to - packed;
}

bool unpack_bytes(const __u8 *packed, size_t packed_bytes, void *record, size_t bytes)
{
	const __u8 *from = packed, *end = packed + packed_bytes;
	__u8 *to = record;

	memset(record, 0, bytes);
	for (size_t group = 0; group < bytes; group += PACK_GROUP, to += PACK_GROUP) {
		__u8 set;

		if (from == end)
			return false;
		set = *from++;
		for (int i = 0; i < PACK_GROUP; i++) {
			if (!(set >> i & 1))
				continue;
			if (from == end)
				return false;
			to[i] = *from++;
		}
	}
	return from == end;
}
