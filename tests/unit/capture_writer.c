// SPDX-License-Identifier: GPL-2.0-only
#include "capture_writer.h"

#include <byteswap.h>
#include <string.h>

#define SNAP_MAX 262144
#define LINK_HEADER_MAX 32

/* ---- numbers, in the writer's byte order */

static void put(struct capture_writer *writer, const void *bytes, size_t count)
{
	fwrite(bytes, 1, count, writer->file);
}

static void put_u16(struct capture_writer *writer, __u16 value)
{
	value = writer->swapped ? bswap_16(value) : value;
	put(writer, &value, sizeof(value));
}

static void put_u32(struct capture_writer *writer, __u32 value)
{
	value = writer->swapped ? bswap_32(value) : value;
	put(writer, &value, sizeof(value));
}

static void put_padding(struct capture_writer *writer, __u32 bytes)
{
	static const __u8 zeros[4];

	put(writer, zeros, -bytes & 3);
}

/* ---- headers */

static void put_pcap_header(struct capture_writer *writer)
{
	put_u32(writer, writer->format == FORMAT_PCAP_NS ? 0xa1b23c4d : 0xa1b2c3d4);
	put_u16(writer, 2);
	put_u16(writer, 4);
	put_u32(writer, 0);
	put_u32(writer, 0);
	put_u32(writer, writer->snap_length ? writer->snap_length : SNAP_MAX);
	put_u32(writer, writer->link);
}

static void put_section_header(struct capture_writer *writer)
{
	put_u32(writer, 0x0a0d0d0a);
	put_u32(writer, 28);
	put_u32(writer, 0x1a2b3c4d);
	put_u16(writer, 1);
	put_u16(writer, 0);
	put_u32(writer, ~0U);
	put_u32(writer, ~0U);
	put_u32(writer, 28);
}

void writer_interface(struct capture_writer *writer)
{
	__u32 length = writer->resolution ? 32 : 20;

	put_u32(writer, 1);
	put_u32(writer, length);
	put_u16(writer, writer->link);
	put_u16(writer, 0);
	put_u32(writer, writer->snap_length);
	if (writer->resolution) {
		put_u16(writer, 9);
		put_u16(writer, 1);
		put(writer, (__u8[]){ writer->resolution, 0, 0, 0 }, 4);
		put_u32(writer, 0);
	}
	put_u32(writer, length);
}

void writer_begin(struct capture_writer *writer)
{
	if (writer->format != FORMAT_PCAPNG) {
		put_pcap_header(writer);
		return;
	}
	put_section_header(writer);
	writer_interface(writer);
}

/* ---- frames */

/* The address family is in the machine's byte order for null, and big-endian for loop. */
static size_t put_family(__u8 *frame, const struct packet *packet, bool swapped)
{
	__u32 family = packet->ipv6 ? 10 : 2;

	family = swapped ? bswap_32(family) : family;
	memcpy(frame, &family, sizeof(family));
	return sizeof(family);
}

static size_t put_link_header(const struct capture_writer *writer, __u8 *frame, const struct packet *packet)
{
	const __u8 ethertype[2] = { packet->ipv6 ? 0x86 : 0x08, packet->ipv6 ? 0xdd : 0x00 };

	memset(frame, 0, LINK_HEADER_MAX);
	switch (writer->link) {
	case LINK_NULL:
		return put_family(frame, packet, writer->swapped);
	case LINK_LOOP:
		return put_family(frame, packet, true);
	case LINK_COOKED:
		memcpy(frame + 14, ethertype, sizeof(ethertype));
		return 16;
	case LINK_COOKED2:
		memcpy(frame, ethertype, sizeof(ethertype));
		return 20;
	default:
		return 0;
	}
}

static __u64 pcapng_units(const struct capture_writer *writer, __u64 time_ns)
{
	__u8 exponent = writer->resolution & 0x7f;

	if (writer->resolution & 0x80)
		return ((unsigned __int128)time_ns << exponent) / 1000000000U;
	for (exponent = writer->resolution ? exponent : 6; exponent < 9; exponent++)
		time_ns /= 10;
	for (; exponent > 9; exponent--)
		time_ns *= 10;
	return time_ns;
}

static void put_pcapng_packet(struct capture_writer *writer, __u64 time_ns, const __u8 *frame, __u32 captured,
			      __u32 length)
{
	__u64 units = pcapng_units(writer, time_ns);
	__u32 block = 32 + ((captured + 3) & ~3U);

	put_u32(writer, 6);
	put_u32(writer, block);
	put_u32(writer, writer->interface);
	put_u32(writer, units >> 32);
	put_u32(writer, units);
	put_u32(writer, captured);
	put_u32(writer, length);
	put(writer, frame, captured);
	put_padding(writer, captured);
	put_u32(writer, block);
}

void writer_packet(struct capture_writer *writer, __u64 time_ns, const struct packet *packet)
{
	static __u8 frame[FRAME_SIZE + LINK_HEADER_MAX];
	struct packet built = *packet;
	size_t header = put_link_header(writer, frame, packet);
	__u32 length, captured;

	built.no_link = writer->link != LINK_ETHERNET;
	length = header + packet_build(&built, frame + header);
	captured = writer->snap_length && writer->snap_length < length ? writer->snap_length : length;
	if (writer->format == FORMAT_PCAPNG) {
		put_pcapng_packet(writer, time_ns, frame, captured, length);
		return;
	}
	put_u32(writer, time_ns / 1000000000U);
	put_u32(writer, time_ns % 1000000000U / (writer->format == FORMAT_PCAP_NS ? 1 : 1000));
	put_u32(writer, captured);
	put_u32(writer, length);
	put(writer, frame, captured);
}
