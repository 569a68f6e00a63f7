// SPDX-License-Identifier: GPL-2.0-only
#include "replay/capture.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/message.h"
#include "replay/pcapng.h"
#include "base/reason.h"
#include "base/clock.h"

#define READ_AHEAD (256 * 1024)

/* A link type. The first `header` bytes of its frames, if any, are replaced by an Ethernet header. */
struct link_type {
	int type; /* LINKTYPE_* */
	bool no_link_header;
	__u32 header;
	__u16 (*ethertype)(const __u8 *header);
};

struct capture_file {
	const char *name;
	FILE *file;
	__u64 size; /* of the file, 0: not known */
	__u64 frames; /* that were read */
	bool is_pcapng;
	struct pcapng pcapng;
	pcap_t *pcap; /* otherwise; closing it closes the file */
	const struct link_type *link; /* of the last frame */
	__u8 room[CAPTURE_FRAME_MAX]; /* for a frame that must be changed */
};

/* A frame as in the file. */
struct raw_frame {
	const __u8 *bytes;
	__u32 captured, length;
	__u64 time_ns;
};

static __u16 read_u16(const __u8 *bytes)
{
	return (__u16)(bytes[0] << 8 | bytes[1]);
}

/* BSD null and loop: an address family in either byte order. Each system has its own number for IPv6. */
static __u16 family_ethertype(const __u8 *header)
{
	__u8 family = header[0] ? header[0] : header[3];

	switch (family) {
	case 2:
		return ETH_P_IP;
	case 10:
	case 24:
	case 28:
	case 30:
		return ETH_P_IPV6;
	default:
		return 0;
	}
}

static __u16 cooked_ethertype(const __u8 *header)
{
	return read_u16(header + 14);
}

static __u16 cooked2_ethertype(const __u8 *header)
{
	return read_u16(header);
}

/* LINKTYPE_*: the numbers in files. In libpcap they are the same, except for LINKTYPE_RAW. */
#define LINKTYPE_RAW 101

static const struct link_type link_types[] = {
	{ .type = DLT_EN10MB },
	{ .type = LINKTYPE_RAW, .no_link_header = true },
	{ .type = DLT_IPV4, .no_link_header = true },
	{ .type = DLT_IPV6, .no_link_header = true },
	{ .type = DLT_NULL, .header = 4, .ethertype = family_ethertype },
	{ .type = DLT_LOOP, .header = 4, .ethertype = family_ethertype },
	{ .type = DLT_LINUX_SLL, .header = 16, .ethertype = cooked_ethertype },
	{ .type = DLT_LINUX_SLL2, .header = 20, .ethertype = cooked2_ethertype },
};

/* Set the link type of the next frames. Returns 0 or -EPROTONOSUPPORT (logged). */
static int set_link_type(struct capture_file *capture, int type)
{
	const char *name;

	if (capture->link && capture->link->type == type)
		return 0;
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]); i++) {
		if (link_types[i].type == type) {
			capture->link = &link_types[i];
			return 0;
		}
	}
	name = pcap_datalink_val_to_name(type);
	message_error("%s: packet %llu is of link type %s (%d), which is not supported; Ethernet, raw IP, BSD null and "
		      "loop, and Linux cooked v1 and v2 are",
		      capture->name, capture->frames + 1, name ? name : "unknown", type);
	return -EPROTONOSUPPORT;
}

static int open_file(struct capture_file *capture, const char *path)
{
	struct stat status;
	int err, first;

	capture->file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!capture->file) {
		err = -errno;
		message_error("cannot open %s: %s", capture->name, reason_of(err).text);
		return err;
	}
	setvbuf(capture->file, NULL, _IOFBF, READ_AHEAD);
	if (!fstat(fileno(capture->file), &status) && S_ISREG(status.st_mode))
		capture->size = status.st_size;
	first = getc(capture->file);
	if (first != EOF) {
		ungetc(first, capture->file);
		capture->is_pcapng = first == PCAPNG_FIRST_BYTE;
		return 0;
	}
	err = ferror(capture->file) ? -errno : -ENODATA;
	if (err == -ENODATA)
		message_error("%s is empty: a capture begins with a header of at least 24 bytes", capture->name);
	else
		message_error("cannot read %s: %s", capture->name, reason_of(err).text);
	return err;
}

/* libpcap returns only a text for an error, but leaves errno set. Returns that, or -EBADMSG if the file is damaged. */
static int pcap_failure(void)
{
	return is_limit(-errno) || errno == EIO ? -errno : -EBADMSG;
}

static int open_pcap(struct capture_file *capture)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	int type, err;

	errno = 0;
	capture->pcap = pcap_fopen_offline_with_tstamp_precision(capture->file, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (!capture->pcap && pcap_failure() != -EBADMSG) {
		err = pcap_failure();
		message_error("cannot read %s: %s", capture->name, reason_of(err).text);
		return err;
	}
	if (!capture->pcap) {
		message_error("%s is no pcap or pcapng file, or its header is damaged: %s (at byte %llu)",
			      capture->name, reason, capture_position(capture));
		return -EBADMSG;
	}
	type = pcap_datalink(capture->pcap);
	return set_link_type(capture, type == DLT_RAW ? LINKTYPE_RAW : type);
}

static int open_capture(struct capture_file *capture)
{
	if (!capture->is_pcapng)
		return open_pcap(capture);
	pcapng_begin(&capture->pcapng, capture->file);
	return 0;
}

int capture_open(struct capture_file **capture, const char *path)
{
	int err;

	*capture = array_new(1, sizeof(**capture), "the packets of the capture");
	if (!*capture)
		return -ENOMEM;
	(*capture)->name = strcmp(path, "-") ? path : "stdin";
	err = open_file(*capture, path);
	if (!err)
		err = open_capture(*capture);
	if (err) {
		capture_close(*capture);
		*capture = NULL;
	}
	return err;
}

void capture_close(struct capture_file *capture)
{
	if (!capture)
		return;
	pcapng_end(&capture->pcapng);
	if (capture->pcap)
		pcap_close(capture->pcap);
	else if (capture->file && capture->file != stdin)
		fclose(capture->file);
	free(capture);
}

__u64 capture_size(const struct capture_file *capture)
{
	return capture->size;
}

__u64 capture_position(const struct capture_file *capture)
{
	off_t position = capture->is_pcapng ? (off_t)capture->pcapng.position : ftello(capture->file);

	return position < 0 ? 0 : position;
}

/* Seconds in a pcap file are 32 bits unsigned; libpcap takes them as signed. */
static __u64 frame_time(const struct timeval *ts)
{
	__u64 seconds = ts->tv_sec < 0 ? (__u32)ts->tv_sec : (__u64)ts->tv_sec;

	return seconds * NS_PER_S + (__u64)ts->tv_usec;
}

/* Build a frame: `link` bytes that are in the buffer already, the captured bytes, and zeros up to `length`. */
static void fill_room(struct capture_file *capture, struct capture_frame *frame, __u32 link, const __u8 *bytes,
		      __u32 count)
{
	if (count > frame->length - link)
		count = frame->length - link;
	if (count)
		memcpy(capture->room + link, bytes, count);
	memset(capture->room + link + count, 0, frame->length - link - count);
	frame->data = capture->room;
}

/*
 * Replace the link header by an Ethernet header. A frame that is shorter than its link header becomes one of 0 bytes.
 */
static void exchange_header(struct capture_file *capture, struct capture_frame *frame, const __u8 *bytes,
			    __u32 captured)
{
	__u32 header = capture->link->header;
	__u16 ethertype;

	frame->data = capture->room;
	if (captured < header) {
		frame->length = 0;
		return;
	}
	ethertype = capture->link->ethertype(bytes);
	memset(capture->room, 0, ETH_HLEN);
	capture->room[ETH_HLEN - 2] = ethertype >> 8;
	capture->room[ETH_HLEN - 1] = ethertype & 0xff;
	frame->length = frame->length - header + ETH_HLEN; /* at most 10 more */
	if (frame->length > CAPTURE_FRAME_MAX)
		frame->length = CAPTURE_FRAME_MAX;
	fill_room(capture, frame, ETH_HLEN, bytes + header, captured - header);
}

static int tell_damage(const struct capture_file *capture, const char *reason, int err)
{
	__u64 position = capture_position(capture);

	if (err != -EBADMSG)
		message_error("cannot read packet %llu of %s: %s", capture->frames + 1, capture->name, reason);
	else if (position)
		message_error("%s is damaged at packet %llu, near byte %llu: %s", capture->name, capture->frames + 1,
			      position, reason);
	else
		message_error("%s is damaged at packet %llu: %s", capture->name, capture->frames + 1, reason);
	return err;
}

static int tell_pcap_failure(const struct capture_file *capture)
{
	int err = pcap_failure();

	return tell_damage(capture, err == -EBADMSG ? pcap_geterr(capture->pcap) : reason_of(err).text, err);
}

static int next_of_pcap(struct capture_file *capture, struct raw_frame *raw)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int got;

	errno = 0;
	got = pcap_next_ex(capture->pcap, &header, &bytes);
	if (got == PCAP_ERROR_BREAK)
		return 0;
	if (got != 1)
		return tell_pcap_failure(capture);
	*raw = (struct raw_frame){ bytes, header->caplen, header->len, frame_time(&header->ts) };
	return 1;
}

static int next_of_pcapng(struct capture_file *capture, struct raw_frame *raw)
{
	struct pcapng_packet packet;
	int got = pcapng_next(&capture->pcapng, &packet), err;

	if (got < 0)
		return tell_damage(capture, capture->pcapng.reason, got);
	if (!got)
		return 0;
	err = set_link_type(capture, packet.link_type);
	if (err)
		return err;
	*raw = (struct raw_frame){ packet.bytes, packet.captured, packet.length, packet.time_ns };
	return 1;
}

int capture_next(struct capture_file *capture, struct capture_frame *frame)
{
	struct raw_frame raw = { 0 };
	int got = capture->is_pcapng ? next_of_pcapng(capture, &raw) : next_of_pcap(capture, &raw);

	if (got <= 0)
		return got;
	capture->frames++;
	*frame = (struct capture_frame){
		.data = raw.bytes,
		.length = raw.length > raw.captured ? raw.length : raw.captured,
		.time_ns = raw.time_ns,
		.no_link_header = capture->link->no_link_header,
	};
	if (frame->length > CAPTURE_FRAME_MAX)
		frame->length = CAPTURE_FRAME_MAX;
	if (capture->link->header)
		exchange_header(capture, frame, raw.bytes, raw.captured);
	else if (frame->length > raw.captured)
		fill_room(capture, frame, 0, raw.bytes, raw.captured);
	return 1;
}
