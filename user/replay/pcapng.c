// SPDX-License-Identifier: GPL-2.0-only
/* draft-ietf-opsawg-pcapng. Every length is checked against the block that it is in. */
#include "replay/pcapng.h"
#include "base/clock.h"

#include <byteswap.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/read_error.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define HEAD_BYTES 8 /* type and length */
#define TAIL_BYTES 4 /* the length again */
#define BLOCK_MAX (16U << 20)
#define INTERFACES_MAX 65536
#define RESOLUTION_DEFAULT 6 /* microseconds */
#define NS_EXPONENT 9

enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
};

enum interface_option { OPTION_END = 0, OPTION_NAME = 2, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };

/* The body of a block, as far as it has not been read. */
struct body {
	const __u8 *at;
	__u32 left;
	bool swapped;
};

/* ---- numbers; 0 at the end of the body */

static bool take(struct body *body, void *to, __u32 bytes)
{
	if (body->left < bytes) {
		memset(to, 0, bytes);
		body->left = 0;
		return false;
	}
	memcpy(to, body->at, bytes);
	body->at += bytes;
	body->left -= bytes;
	return true;
}

static __u16 take_u16(struct body *body)
{
	__u16 value;

	take(body, &value, sizeof(value));
	return body->swapped ? bswap_16(value) : value;
}

static __u32 take_u32(struct body *body)
{
	__u32 value;

	take(body, &value, sizeof(value));
	return body->swapped ? bswap_32(value) : value;
}

static __u64 take_u64(struct body *body)
{
	__u64 value;

	take(body, &value, sizeof(value));
	return body->swapped ? bswap_64(value) : value;
}

static void skip(struct body *body, __u32 bytes)
{
	if (bytes > body->left)
		bytes = body->left;
	body->at += bytes;
	body->left -= bytes;
}

/* ---- blocks */

/* Read until the block has `length` bytes, of which it has `have`. */
static int read_more(struct pcapng *pcapng, __u32 have, __u32 bytes, const char *what)
{
	size_t got;
	int err = read_make_room(&pcapng->reason, &pcapng->block, &pcapng->block_room, have + bytes);

	if (err)
		return err;
	got = fread(pcapng->block + have, 1, bytes, pcapng->file);
	if (got == bytes)
		return 0;
	if (ferror(pcapng->file))
		return read_failed(&pcapng->reason, errno ? -errno : -EIO);
	return read_damaged(&pcapng->reason, "the file ends in the middle of a block: %u of %u bytes of %s are there",
			    have + (__u32)got, have + bytes, what);
}

/* The magic in the header of a section shows its byte order, in which its length must be read. */
static int read_byte_order(struct pcapng *pcapng)
{
	__u32 magic;
	int err = read_more(pcapng, HEAD_BYTES, sizeof(magic), "its section header");

	if (err)
		return err;
	memcpy(&magic, pcapng->block + HEAD_BYTES, sizeof(magic));
	pcapng->swapped = magic == bswap_32(BYTE_ORDER_MAGIC);
	if (magic != BYTE_ORDER_MAGIC && !pcapng->swapped)
		return read_damaged(&pcapng->reason, "a section header has the magic number %08x", magic);
	return 0;
}

/* Read a block whose head was read. `have`: how many bytes of it were read. */
static int read_body(struct pcapng *pcapng, __u32 have, __u32 type, __u32 length)
{
	__u32 again;
	int err;

	if (length < have + TAIL_BYTES || length % 4 || length > BLOCK_MAX)
		return read_damaged(&pcapng->reason, "a block of type %u says that it has %u bytes", type, length);
	err = read_more(pcapng, have, length - have, "it");
	if (err)
		return err;
	memcpy(&again, pcapng->block + length - TAIL_BYTES, sizeof(again));
	if (pcapng->swapped)
		again = bswap_32(again);
	if (again != length)
		return read_damaged(&pcapng->reason, "a block of type %u has %u bytes at its begin and %u at its end",
				    type, length, again);
	return 0;
}

/* Returns 1 with a block's type and body, 0 at the end of the file. */
static int read_block(struct pcapng *pcapng, __u32 *type, struct body *body)
{
	struct body head = { .left = HEAD_BYTES };
	__u32 length, have = HEAD_BYTES;
	int first = getc(pcapng->file), err;

	if (first == EOF && !ferror(pcapng->file))
		return 0;
	ungetc(first, pcapng->file);
	err = read_more(pcapng, 0, HEAD_BYTES, "its head");
	if (err)
		return err;
	head.at = pcapng->block;
	*type = take_u32(&head);
	if (!pcapng->position && *type != BLOCK_SECTION)
		return read_damaged(&pcapng->reason,
				    "it does not begin with a section header, so it is not a pcapng file");
	if (*type == BLOCK_SECTION) {
		err = read_byte_order(pcapng);
		have += sizeof(__u32);
	}
	head = (struct body){ pcapng->block, HEAD_BYTES, pcapng->swapped };
	*type = take_u32(&head);
	length = take_u32(&head);
	if (!err)
		err = read_body(pcapng, have, *type, length);
	if (err)
		return err;
	pcapng->position += length;
	*body = (struct body){ pcapng->block + have, length - have - TAIL_BYTES, pcapng->swapped };
	return 1;
}

/* ---- interfaces */

static void read_options(struct pcapng_interface *interface, struct body *body)
{
	while (body->left >= 2 * sizeof(__u16)) {
		__u16 code = take_u16(body), length = take_u16(body);
		struct body value = { body->at, length < body->left ? length : body->left, body->swapped };

		if (code == OPTION_END)
			return;
		if (code == OPTION_NAME)
			snprintf(interface->name, sizeof(interface->name), "%.*s", (int)value.left,
				 (const char *)value.at);
		if (code == OPTION_RESOLUTION && length == 1)
			take(&value, &interface->resolution, 1);
		if (code == OPTION_OFFSET && length == sizeof(__u64))
			interface->offset_s = (__s64)take_u64(&value);
		skip(body, (length + 3U) & ~3U);
	}
}

static int read_interface(struct pcapng *pcapng, struct body *body)
{
	struct pcapng_interface interface = { .resolution = RESOLUTION_DEFAULT };

	if (pcapng->interface_count == pcapng->interface_room) {
		__u32 room = pcapng->interface_room ? 2 * pcapng->interface_room : 4;
		struct pcapng_interface *more;

		if (room > INTERFACES_MAX)
			return read_damaged(&pcapng->reason, "there are more than %u interfaces",
					    pcapng->interface_count);
		more = realloc(pcapng->interfaces, room * sizeof(*more));
		if (!more)
			return read_failed(&pcapng->reason, -ENOMEM);
		pcapng->interfaces = more;
		pcapng->interface_room = room;
	}
	interface.link_type = take_u16(body);
	skip(body, 2);
	interface.snap_length = take_u32(body);
	read_options(&interface, body);
	pcapng->interfaces[pcapng->interface_count++] = interface;
	return 0;
}

/* ---- packets */

/* value * 10^exponent, or the largest number if that is too large. */
static __u64 scale(__u64 value, int exponent)
{
	for (; exponent > 0; exponent--)
		if (__builtin_mul_overflow(value, 10ULL, &value))
			return ~0ULL;
	for (; exponent < 0 && value; exponent++)
		value /= 10;
	return value;
}

static __u64 time_of(const struct pcapng_interface *interface, __u64 units)
{
	__u8 exponent = interface->resolution & 0x7f;
	__u64 ns, offset_ns;

	if (!(interface->resolution & 0x80)) {
		ns = scale(units, NS_EXPONENT - exponent);
	} else if (exponent < 64) {
		unsigned __int128 wide = (unsigned __int128)units * NS_PER_S >> exponent;

		ns = wide > ~0ULL ? ~0ULL : (__u64)wide;
	} else {
		ns = 0;
	}
	if (interface->offset_s < 0) {
		offset_ns = scale(-(__u64)interface->offset_s, NS_EXPONENT);
		return ns > offset_ns ? ns - offset_ns : 0;
	}
	offset_ns = scale((__u64)interface->offset_s, NS_EXPONENT);
	return ns + offset_ns < ns ? ~0ULL : ns + offset_ns;
}

/* Take the bytes of a packet. Fails if the section has no such interface. */
static int take_bytes(struct pcapng *pcapng, struct body *body, struct pcapng_packet *packet, __u32 interface)
{
	if (interface >= pcapng->interface_count)
		return read_damaged(&pcapng->reason, "a packet is of interface %u, of which there are %u", interface,
				    pcapng->interface_count);
	if (packet->captured > body->left)
		return read_damaged(&pcapng->reason, "a packet of %u bytes is in a block with room for %u",
				    packet->captured, body->left);
	packet->bytes = body->at;
	packet->link_type = pcapng->interfaces[interface].link_type;
	packet->ifname = pcapng->interfaces[interface].name;
	return 1;
}

/* Packet blocks with a time; the old form has shorter interface numbers. */
static int read_packet(struct pcapng *pcapng, struct body *body, struct pcapng_packet *packet, bool old)
{
	__u32 interface = old ? take_u16(body) : take_u32(body);
	__u64 units;
	int got;

	if (old)
		skip(body, 2); /* dropped packets */
	units = (__u64)take_u32(body) << 32;
	units |= take_u32(body);
	packet->captured = take_u32(body);
	packet->length = take_u32(body);
	got = take_bytes(pcapng, body, packet, interface);
	packet->untimed = false;
	if (got > 0)
		packet->time_ns = pcapng->last_ns = time_of(&pcapng->interfaces[interface], units);
	return got;
}

/* Packet blocks without a time, cut at the snapshot length of the first interface. */
static int read_simple_packet(struct pcapng *pcapng, struct body *body, struct pcapng_packet *packet)
{
	packet->length = take_u32(body);
	packet->captured = packet->length < body->left ? packet->length : body->left;
	if (pcapng->interface_count && pcapng->interfaces[0].snap_length &&
	    packet->captured > pcapng->interfaces[0].snap_length)
		packet->captured = pcapng->interfaces[0].snap_length;
	packet->time_ns = pcapng->last_ns;
	packet->untimed = true;
	return take_bytes(pcapng, body, packet, 0);
}

int pcapng_next(struct pcapng *pcapng, struct pcapng_packet *packet)
{
	struct body body = { 0 };
	__u32 type = 0;
	int got;

	while ((got = read_block(pcapng, &type, &body)) > 0) {
		switch (type) {
		case BLOCK_SECTION:
			pcapng->interface_count = 0;
			continue;
		case BLOCK_INTERFACE:
			got = read_interface(pcapng, &body);
			if (got < 0)
				return got;
			continue;
		case BLOCK_PACKET:
		case BLOCK_OLD_PACKET:
			return read_packet(pcapng, &body, packet, type == BLOCK_OLD_PACKET);
		case BLOCK_SIMPLE_PACKET:
			return read_simple_packet(pcapng, &body, packet);
		default:
			continue;
		}
	}
	return got;
}

void pcapng_begin(struct pcapng *pcapng, FILE *file)
{
	*pcapng = (struct pcapng){ .file = file };
}

void pcapng_end(struct pcapng *pcapng)
{
	free(pcapng->interfaces);
	free(pcapng->block);
}
