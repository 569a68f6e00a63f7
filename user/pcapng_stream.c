// SPDX-License-Identifier: GPL-2.0-only
#include "pcapng_stream.h"

#include <byteswap.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#define BLOCK_SECTION 0x0a0d0d0aU
#define BLOCK_INTERFACE 1U
#define BYTE_ORDER_MAGIC 0x1a2b3c4dU

#define HEAD_BYTES 16 /* of a block: type, length, and what follows them */
#define BLOCK_LEAST 12
#define INTERFACE_LEAST 20

/* Where, in an interface description block, the snapshot length is. */
#define SNAPLEN_AT 12

struct stream {
	FILE *file;
	__u8 head[HEAD_BYTES];
	__u32 head_bytes; /* of the present block that were seen, up to HEAD_BYTES */
	__u64 left; /* bytes of the present block after its head */
	__u64 position;
	bool swapped; /* the section is in the other byte order */
	bool lost; /* what is read is no sequence of blocks: libpcap will say so */
};

static __u32 word(const struct stream *stream, __u32 at)
{
	__u32 value;

	memcpy(&value, stream->head + at, sizeof(value));
	return stream->swapped ? bswap_32(value) : value;
}

/* The head of a block is complete: how long is the rest, and is there a snapshot length in it? */
static bool begin_block(struct stream *stream)
{
	__u32 type, length;

	stream->swapped = false;
	type = word(stream, 0);
	if (type == BLOCK_SECTION)
		stream->section_swapped = word(stream, 8) != BYTE_ORDER_MAGIC;
	stream->swapped = stream->section_swapped;
	type = word(stream, 0);
	length = word(stream, 4);
	return false;
}
