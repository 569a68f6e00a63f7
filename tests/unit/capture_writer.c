// SPDX-License-Identifier: GPL-2.0-only
#include "capture_writer.h"

#include <byteswap.h>
#include <string.h>

#define AT_ONCE 64 /* connections */

#define SNAP_MAX 262144
#define LINK_HEADER_MAX 64

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
	__u32 name = writer->ifname ? (__u32)strlen(writer->ifname) : 0;
	__u32 length = 20 + (writer->resolution ? 8 : 0) + (name ? 4 + (name + 3) / 4 * 4 : 0);

	length += writer->resolution || name ? 4 : 0;
	put_u32(writer, 1);
	put_u32(writer, length);
	put_u16(writer, writer->link);
	put_u16(writer, 0);
	put_u32(writer, writer->snap_length);
	if (name) {
		put_u16(writer, 2);
		put_u16(writer, name);
		put(writer, writer->ifname, name);
		put_padding(writer, name);
	}
	if (writer->resolution) {
		put_u16(writer, 9);
		put_u16(writer, 1);
		put(writer, (__u8[]){ writer->resolution, 0, 0, 0 }, 4);
	}
	if (writer->resolution || name)
		put_u32(writer, 0);
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

/* The header of NFLOG, which is netlink in the byte order of the machine: the prefix of the rule, then the packet. */
static size_t put_nflog(__u8 *frame, const struct capture_writer *writer, const struct packet *packet, __u16 length)
{
	const __u16 attributes[] = { 4 + 2, 10, 0, 4 + length, 9 }; /* NFULA_PREFIX "", NFULA_PAYLOAD */

	frame[0] = packet->ipv6 ? 10 : 2;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		__u16 value = writer->swapped ? bswap_16(attributes[i]) : attributes[i];

		memcpy(frame + 4 + (i > 2 ? 2 : 0) + 2 * i, &value, sizeof(value));
	}
	return 4 + 8 + 4;
}

/* The header of a data frame with QoS, up to the ethertype. */
static size_t put_wifi(__u8 *frame, bool padded)
{
	static const __u8 snap[] = { 0xaa, 0xaa, 3, 0, 0, 0 };
	size_t header = padded ? 28 : 26;

	frame[0] = 0x88;
	frame[1] = 1;
	memcpy(frame + header, snap, sizeof(snap));
	return header + sizeof(snap);
}

/* With two words of present flags, a time that is aligned to 8 bytes, and flags: the header after it is padded. */
static size_t put_radiotap(__u8 *frame)
{
	static const __u8 header[] = { 0, 0, 26, 0, 3, 0, 0, 0x80, 0, 0, 0, 0,	  0,
				       0, 0, 0,	 1, 2, 3, 4, 5,	   6, 7, 8, 0x20, 0 };

	memcpy(frame, header, sizeof(header));
	return sizeof(header) + put_wifi(frame + sizeof(header), true);
}

static size_t put_bytes(__u8 *frame, const __u8 *bytes, size_t count)
{
	memcpy(frame, bytes, count);
	return count;
}

/* `length` is that of the IP datagram after the header. */
static size_t put_link_header(const struct capture_writer *writer, __u8 *frame, const struct packet *packet,
			      __u16 length)
{
	const __u8 ethertype[2] = { packet->ipv6 ? 0x86 : 0x08, packet->ipv6 ? 0xdd : 0x00 };
	const __u8 ppp = packet->ipv6 ? 0x57 : 0x21;
	size_t header = 0;

	memset(frame, 0, LINK_HEADER_MAX);
	switch (writer->link) {
	case LINK_NULL:
		return put_family(frame, packet, writer->swapped);
	case LINK_LOOP:
		return put_family(frame, packet, true);
	case LINK_PPP: /* in the short form */
		return put_bytes(frame, (__u8[]){ ppp }, 1);
	case LINK_PPP_HDLC:
		return put_bytes(frame, (__u8[]){ 0xff, 3, 0, ppp }, 4);
	case LINK_PPP_ETHER:
		return put_bytes(frame, (__u8[]){ 0x11, 0, 0, 7, (length + 2) >> 8, length + 2, 0, ppp }, 8);
	case LINK_NFLOG:
		return put_nflog(frame, writer, packet, length);
	case LINK_CISCO_HDLC:
		header = put_bytes(frame, (__u8[]){ 0x0f, 0 }, 2);
		break;
	case LINK_WIFI:
		header = put_wifi(frame, false);
		break;
	case LINK_RADIOTAP:
		header = put_radiotap(frame);
		break;
	case LINK_COOKED:
		header = 14;
		break;
	case LINK_COOKED2:
		memcpy(frame, ethertype, sizeof(ethertype));
		return 20;
	default:
		return 0;
	}
	return header + put_bytes(frame + header, ethertype, sizeof(ethertype));
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

void writer_frame(struct capture_writer *writer, __u64 time_ns, const __u8 *frame, __u32 length)
{
	__u32 captured = writer->snap_length && writer->snap_length < length ? writer->snap_length : length;

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

void writer_packet(struct capture_writer *writer, __u64 time_ns, const struct packet *packet)
{
	static __u8 frame[FRAME_SIZE + LINK_HEADER_MAX], datagram[FRAME_SIZE];
	struct packet built = *packet;
	size_t size, header;

	built.no_link = writer->link != LINK_ETHERNET;
	size = packet_build(&built, datagram);
	header = put_link_header(writer, frame, packet, size);
	memcpy(frame + header, datagram, size);
	writer_frame(writer, time_ns, frame, header + size);
}

/*
 * One segment of a connection: a handshake, 1000 bytes to the server in two segments, 2000 bytes back, and a close by
 * the client.
 */
static struct packet segment(unsigned int number, int at)
{
	static const struct {
		bool server;
		const char *flags;
		__u16 seq, ack, payload; /* relative */
	} life[WRITER_SEGMENTS] = {
		{ false, "S", 0, 0, 0 },	  { true, "SA", 0, 1, 0 },	  { false, "A", 1, 1, 0 },
		{ false, "PA", 1, 1, 500 },	  { false, "PA", 501, 1, 500 },	  { true, "PA", 1, 1001, 1000 },
		{ true, "PA", 1001, 1001, 1000 }, { false, "FA", 1001, 2001, 0 }, { true, "FA", 2001, 1002, 0 },
		{ false, "A", 1002, 2002, 0 },
	};
	const struct endpoint client = { 256 + number / 60000, (__u16)(1025 + number % 60000) }, server = { 1, 443 };
	__u32 isn_c = number * 1009, isn_s = number * 2003;
	bool from_server = life[at].server;

	return (struct packet){
		.from = from_server ? server : client,
		.to = from_server ? client : server,
		.flags = packet_flags(life[at].flags),
		.seq = (from_server ? isn_s : isn_c) + life[at].seq,
		.ack = at ? (from_server ? isn_c : isn_s) + life[at].ack : 0,
		.payload = life[at].payload,
		.window = 65535,
	};
}

void writer_connections(struct capture_writer *writer, __u64 time_ns, unsigned int connections)
{
	for (unsigned int first = 0; first < connections; first += AT_ONCE) {
		for (int at = 0; at < WRITER_SEGMENTS; at++) {
			for (unsigned int i = first; i < first + AT_ONCE && i < connections; i++) {
				struct packet packet = segment(i, at);

				writer_packet(writer, time_ns, &packet);
				time_ns += 5000;
			}
		}
	}
}
