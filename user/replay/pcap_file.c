// SPDX-License-Identifier: GPL-2.0-only
/* draft-ietf-opsawg-pcap, and what older programs wrote. */
#include "replay/pcap_file.h"

#include <byteswap.h>
#include <errno.h>
#include <stdlib.h>

#include "replay/read_error.h"

#define CAPTURED_MAX 262144 /* as in libpcap: more than any link has */
#define LINK_TYPE_MASK 0x03ffffff /* the bits above are about frame check sequences */

/* In the byte order of the writer. */
struct file_header {
	__u32 magic;
	__u16 major, minor;
	__u32 unused[2];
	__u32 snap_length;
	__u32 link_type;
};

struct packet_header {
	__u32 seconds;
	__u32 fraction;
	__u32 captured;
	__u32 length;
	__u32 more[2]; /* of Alexey Kuznetsov's format alone: interface, protocol and type */
};

static const struct format {
	__u32 magic;
	bool nanoseconds;
	__u32 header_bytes;
} formats[] = {
	{ 0xa1b2c3d4, false, 16 },
	{ 0xa1b23c4d, true, 16 },
	{ 0xa1b2cd34, false, 24 },
};

_Static_assert(sizeof(struct file_header) == 24, "file_header");
_Static_assert(sizeof(struct packet_header) == 24, "packet_header");

static __u32 number(const struct pcap_file *pcap, __u32 value)
{
	return pcap->swapped ? bswap_32(value) : value;
}

/* Read some bytes. Returns 1, 0 if the file has ended before the first one, or a negative errno. */
static int read_bytes(struct pcap_file *pcap, void *to, __u32 bytes, const char *what)
{
	size_t got;

	errno = 0;
	got = fread(to, 1, bytes, pcap->file);
	if (got == bytes)
		return 1;
	if (ferror(pcap->file))
		return read_failed(&pcap->reason, errno ? -errno : -EIO);
	if (!got)
		return 0;
	return read_damaged(&pcap->reason, "the file ends in the middle of %s: %zu of %u bytes are there", what, got,
			    bytes);
}

static int recognize(struct pcap_file *pcap, const struct file_header *header)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		pcap->swapped = header->magic == bswap_32(formats[i].magic);
		if (!pcap->swapped && header->magic != formats[i].magic)
			continue;
		pcap->nanoseconds = formats[i].nanoseconds;
		pcap->header_bytes = formats[i].header_bytes;
		return 0;
	}
	return read_damaged(&pcap->reason, "no capture begins with %08x", header->magic);
}

int pcap_file_begin(struct pcap_file *pcap, FILE *file)
{
	struct file_header header;
	__u16 major, minor;
	int err;

	pcap->file = file;
	err = read_bytes(pcap, &header, sizeof(header), "its header");
	if (err <= 0)
		return err ? err : read_damaged(&pcap->reason, "it is empty");
	err = recognize(pcap, &header);
	if (err)
		return err;
	major = pcap->swapped ? bswap_16(header.major) : header.major;
	minor = pcap->swapped ? bswap_16(header.minor) : header.minor;
	if (major != 2)
		return read_damaged(&pcap->reason,
				    "it is of version %u.%u of the format, and 2.4 is the only one in use", major,
				    minor);
	pcap->lengths_may_be_exchanged = minor < 4;
	pcap->link_type = number(pcap, header.link_type) & LINK_TYPE_MASK;
	return 0;
}

void pcap_file_end(struct pcap_file *pcap)
{
	free(pcap->bytes);
	pcap->bytes = NULL;
}

int pcap_file_next(struct pcap_file *pcap, struct pcap_packet *packet)
{
	struct packet_header header;
	int got = read_bytes(pcap, &header, pcap->header_bytes, "a packet's header"), err;

	if (got <= 0)
		return got;
	packet->seconds = number(pcap, header.seconds);
	packet->fraction = number(pcap, header.fraction);
	packet->captured = number(pcap, header.captured);
	packet->length = number(pcap, header.length);
	if (pcap->lengths_may_be_exchanged && packet->captured > packet->length) {
		packet->captured = packet->length;
		packet->length = number(pcap, header.captured);
	}
	if (packet->captured > CAPTURED_MAX)
		return read_damaged(&pcap->reason, "a packet cannot have %u captured bytes, %u at most",
				    packet->captured, CAPTURED_MAX);
	err = read_make_room(&pcap->reason, &pcap->bytes, &pcap->room,
			     packet->captured ? packet->captured : 1); /* never NULL */
	if (err)
		return err;
	got = packet->captured ? read_bytes(pcap, pcap->bytes, packet->captured, "a packet") : 1;
	if (!got)
		return read_damaged(&pcap->reason, "the file ends in the middle of a packet: 0 of %u bytes are there",
				    packet->captured);
	packet->bytes = pcap->bytes;
	return got;
}
