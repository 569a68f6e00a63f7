// SPDX-License-Identifier: GPL-2.0-only
#include "replay/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/clock.h"
#include "base/reason.h"
#include "replay/compressed.h"
#include "replay/link.h"
#include "replay/link_names.h"
#include "replay/pcap_file.h"
#include "replay/pcapng.h"
#include "replay/read_error.h"

#define READ_AHEAD (64 * 1024) /* for each of the files that are read as one */
#define SKIPPED_TYPES 8 /* that are reported by name */

/* Packets of a link type that is not supported. */
struct skipped_type {
	int type;
	__u64 packets;
};

/* A frame as in the file. */
struct raw_frame {
	struct link_frame link;
	__u64 time_ns;
	bool untimed; /* see struct capture_frame */
	const char *ifname; /* likewise; NULL: it has none */
};

struct capture_file {
	const char *name;
	bool quiet; /* nothing is logged */
	FILE *file;
	char *read_ahead; /* its buffer; glibc makes none of another size than its own */
	FILE *plain; /* the same, or the stream of what it holds in compressed form */
	struct compressed *compressed;
	__u64 size; /* of the file, 0: not known */
	__u64 frames; /* that were read */
	bool is_pcapng;
	struct pcapng pcapng;
	struct pcap_file pcap; /* otherwise */
	bool wrong_unit; /* a pcap file has times in nanoseconds, but the magic number of microseconds */
	const struct link_type *link; /* of the last frame */
	struct skipped_type skipped[SKIPPED_TYPES];
	struct raw_frame raw; /* the last one */
	__u32 subframe; /* where the next one in it begins, 0: all of it was handed out */
	struct reason reason; /* why reading failed */
	__u8 room[CAPTURE_HEAD_MAX]; /* for a frame whose link header is exchanged */
};

/* A probe logs nothing. */
#define report(capture, ...) ((capture)->quiet ? (void)0 : message_error(__VA_ARGS__))

/* ---- opening */

static int refuse_compression(const struct capture_file *capture, const char *program)
{
	report(capture,
	       "%s is compressed by %s, which is not supported; gzip and zstd are: decompress it, and replay that",
	       capture->name, program);
	return -EPROTONOSUPPORT;
}

/* Of stdin a copy, which is closed like a file. NULL: see errno. */
static FILE *open_path(const char *path)
{
	FILE *stream;
	int fd;

	if (strcmp(path, "-") != 0)
		return fopen(path, "re");
	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	stream = fd < 0 ? NULL : fdopen(fd, "r");
	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

/* The file has no bytes at all. */
static int refuse_empty(const struct capture_file *capture)
{
	int err = ferror(capture->plain) ? (errno ? -errno : -EIO) : -ENODATA;

	if (compressed_damage(capture->compressed)) {
		report(capture, "%s is damaged: %s", capture->name, compressed_damage(capture->compressed));
		return -EBADMSG;
	}
	if (err == -ENODATA)
		report(capture, "%s is empty: a capture begins with a header of at least 24 bytes", capture->name);
	else
		report(capture, "cannot read %s: %s", capture->name, reason_of(err).text);
	return err;
}

/* Find out by the first bytes what the file is. Returns 0 or a negative errno (logged). */
static int open_stream(struct capture_file *capture)
{
	const char *program = NULL;
	__u8 first[4] = { 0 };
	int err = compressed_open(capture->file, &capture->compressed, &capture->plain, &program);

	if (err == -EPROTONOSUPPORT)
		return refuse_compression(capture, program);
	if (err) {
		report(capture, "cannot read %s: %s", capture->name, reason_of(err).text);
		return err;
	}
	if (!capture->plain)
		capture->plain = capture->file;
	errno = 0;
	if (!stream_peek(capture->plain, first, sizeof(first)))
		return refuse_empty(capture);
	capture->is_pcapng = first[0] == PCAPNG_FIRST_BYTE;
	return 0;
}

static int open_file(struct capture_file *capture, const char *path)
{
	struct stat status;
	int err;

	capture->read_ahead = array_new(READ_AHEAD, 1, "the packets of the capture");
	if (!capture->read_ahead)
		return -ENOMEM;
	capture->file = open_path(path);
	if (!capture->file) {
		err = -errno;
		report(capture, "cannot open %s: %s", capture->name, reason_of(err).text);
		return err;
	}
	setvbuf(capture->file, capture->read_ahead, _IOFBF, READ_AHEAD);
	if (!fstat(fileno(capture->file), &status) && S_ISREG(status.st_mode))
		capture->size = status.st_size;
	return open_stream(capture);
}

/* The header is damaged, or the file is no capture. */
static int refuse_header(const struct capture_file *capture, int err)
{
	const char *reason = capture->pcap.reason.text;

	if (err != -EBADMSG) {
		report(capture, "cannot read %s: %s", capture->name, reason);
		return err;
	}
	if (compressed_damage(capture->compressed))
		reason = compressed_damage(capture->compressed);
	report(capture, "%s is neither a pcap nor a pcapng file, or its header is damaged: %s (at byte %llu)",
	       capture->name, reason, capture_position(capture));
	return err;
}

static int open_pcap(struct capture_file *capture)
{
	int err = pcap_file_begin(&capture->pcap, capture->plain), type;

	if (err)
		return refuse_header(capture, err);
	type = capture->pcap.link_type;
	capture->link = link_type_of(type);
	if (capture->link)
		return 0;
	report(capture, "%s is of link type %s (%d), which is not supported; " LINK_TYPES_SUPPORTED " are",
	       capture->name, link_type_name(type), type);
	return -EPROTONOSUPPORT;
}

static int open_capture(struct capture_file *capture)
{
	if (!capture->is_pcapng)
		return open_pcap(capture);
	pcapng_begin(&capture->pcapng, capture->plain);
	return 0;
}

static int open_as(struct capture_file **capture, const char *path, bool quiet)
{
	int err;

	*capture = array_new(1, sizeof(**capture), "the packets of the capture");
	if (!*capture)
		return -ENOMEM;
	(*capture)->name = strcmp(path, "-") ? path : "stdin";
	(*capture)->quiet = quiet;
	err = open_file(*capture, path);
	if (!err)
		err = open_capture(*capture);
	if (err) {
		capture_close(*capture);
		*capture = NULL;
	}
	return err;
}

int capture_open(struct capture_file **capture, const char *path)
{
	return open_as(capture, path, false);
}

int capture_probe(const char *path, __u64 *times_ns)
{
	struct capture_file *capture;
	struct capture_frame frame = { 0 };
	int err = open_as(&capture, path, true), count = 0;

	if (err)
		return err;
	for (; count < CAPTURE_PROBED && capture_next(capture, &frame) > 0; count++)
		times_ns[count] = frame.time_ns;
	capture_close(capture);
	return count;
}

void capture_close(struct capture_file *capture)
{
	if (!capture)
		return;
	pcapng_end(&capture->pcapng);
	pcap_file_end(&capture->pcap);
	if (capture->plain)
		fclose(capture->plain);
	if (capture->file && capture->file != capture->plain)
		fclose(capture->file);
	compressed_free(capture->compressed);
	free(capture->read_ahead);
	free(capture);
}

__u64 capture_size(const struct capture_file *capture)
{
	return capture->size;
}

__u64 capture_position(const struct capture_file *capture)
{
	off_t position =
		capture->is_pcapng && !capture->compressed ? (off_t)capture->pcapng.position : ftello(capture->file);

	return position < 0 ? 0 : position;
}

/* ---- frames */

/*
 * Some programs write nanoseconds under the magic number of microseconds: a fraction beyond a million gives that away.
 * A million itself is a second that its writer did not carry. Returns nanoseconds since 1970.
 */
static __u64 frame_time(struct capture_file *capture, const struct pcap_packet *packet)
{
	bool wrong = !capture->pcap.nanoseconds && packet->fraction > NS_PER_S / NS_PER_US;

	if (wrong && !capture->wrong_unit) {
		capture->wrong_unit = true;
		if (!capture->quiet)
			message_warning("%s: packet %llu has %u microseconds, which are a million at most: taken as "
					"nanoseconds, as are all that follow",
					capture->name, capture->frames + 1, packet->fraction);
	}
	return packet->seconds * NS_PER_S +
	       packet->fraction * (capture->pcap.nanoseconds || capture->wrong_unit ? 1 : NS_PER_US);
}

static __u32 least(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

/* Put an Ethernet header in the place of the headers before the payload. */
static void exchange_header(struct capture_file *capture, struct capture_frame *frame, const struct link_frame *raw,
			    const struct link_payload *payload)
{
	__u32 bytes = least(raw->captured - payload->offset, CAPTURE_HEAD_MAX - ETH_HLEN);

	memset(capture->room, 0, ETH_HLEN);
	capture->room[ETH_HLEN - 2] = payload->ethertype >> 8;
	capture->room[ETH_HLEN - 1] = payload->ethertype & 0xff;
	if (bytes)
		memcpy(capture->room + ETH_HLEN, raw->bytes + payload->offset, bytes);
	frame->data = capture->room;
	frame->captured = ETH_HLEN + bytes;
	frame->length = ETH_HLEN + least(frame->length - payload->offset, ~0U - ETH_HLEN);
}

/* False if the headers of the link, or of a subframe of an aggregate, are cut. */
static bool find_payload(const struct capture_file *capture, const struct link_frame *raw, struct link_payload *payload)
{
	if (capture->subframe)
		return link_find_subframe(raw, capture->subframe, payload);
	return !capture->link->find || capture->link->find(raw, payload);
}

/* Convert a frame as in the file to one that the programs can parse. If its link headers are cut, it has 0 bytes. */
static void normalize(struct capture_file *capture, struct capture_frame *frame, const struct link_frame *raw)
{
	struct link_payload payload = { .is_ip = capture->link->no_link_header };
	bool found = find_payload(capture, raw, &payload);

	capture->subframe = found ? payload.next : 0;
	if (!found) {
		frame->data = capture->room;
		frame->captured = frame->length = 0;
		return;
	}
	if (capture->link->find && !payload.is_ip) {
		exchange_header(capture, frame, raw, &payload);
		return;
	}
	frame->no_link_header = payload.is_ip;
	frame->data = raw->bytes + payload.offset;
	frame->captured = least(raw->captured - payload.offset, CAPTURE_HEAD_MAX);
	frame->length -= payload.offset;
}

/* A packet of a link type that is not supported. The last place is for all types that have none of their own. */
static void skip_packet(struct capture_file *capture, int type)
{
	struct skipped_type *skipped = capture->skipped;

	while (skipped->packets && skipped->type != type && skipped < capture->skipped + SKIPPED_TYPES - 1)
		skipped++;
	skipped->type = type;
	skipped->packets++;
}

/* At the end of a pcapng file, log which packets were left out. It is an error if there were no others. */
static int report_skipped(struct capture_file *capture)
{
	bool all = !capture->frames;

	if (!capture->skipped[0].packets)
		return 0;
	for (size_t i = 0; i < SKIPPED_TYPES && capture->skipped[i].packets && !capture->quiet; i++)
		(all ? message_error : message_warning)(
			"%s: %llu packet%s of link type %s (%d) left out, which is not supported; " LINK_TYPES_SUPPORTED
			" are",
			capture->name, capture->skipped[i].packets, capture->skipped[i].packets == 1 ? "" : "s",
			link_type_name(capture->skipped[i].type), capture->skipped[i].type);
	return all ? -EPROTONOSUPPORT : 0;
}

/* Returns `err`. */
static int report_damage(const struct capture_file *capture, int err)
{
	__u64 position = capture_position(capture);

	if (err != -EBADMSG)
		report(capture, "cannot read packet %llu of %s: %s", capture->frames + 1, capture->name,
		       capture->reason.text);
	else if (position)
		report(capture, "%s is damaged at packet %llu, near byte %llu: %s", capture->name, capture->frames + 1,
		       position, capture->reason.text);
	else
		report(capture, "%s is damaged at packet %llu: %s", capture->name, capture->frames + 1,
		       capture->reason.text);
	return err;
}

/* The next packet, as it is. Returns 1, 0 at the end, or a negative errno with the reason. */
static int next_of_pcap(struct capture_file *capture, struct raw_frame *raw)
{
	struct pcap_packet packet;
	int got = pcap_file_next(&capture->pcap, &packet);

	if (got < 0)
		capture->reason = capture->pcap.reason;
	if (got <= 0)
		return got;
	raw->link = (struct link_frame){ packet.bytes, packet.captured, packet.length, capture->pcap.swapped };
	raw->time_ns = frame_time(capture, &packet);
	return 1;
}

static int next_of_pcapng(struct capture_file *capture, struct raw_frame *raw)
{
	struct pcapng_packet packet;
	int got;

	while ((got = pcapng_next(&capture->pcapng, &packet)) > 0) {
		if (!capture->link || capture->link->type != packet.link_type)
			capture->link = link_type_of(packet.link_type);
		if (capture->link)
			break;
		skip_packet(capture, packet.link_type);
	}
	if (got < 0)
		capture->reason = capture->pcapng.reason;
	if (got <= 0)
		return got;
	raw->link = (struct link_frame){ packet.bytes, packet.captured, packet.length, capture->pcapng.swapped };
	raw->time_ns = packet.time_ns;
	raw->untimed = packet.untimed;
	raw->ifname = packet.ifname;
	return 1;
}

static int next_raw(struct capture_file *capture, struct raw_frame *raw)
{
	int got = capture->is_pcapng ? next_of_pcapng(capture, raw) : next_of_pcap(capture, raw);

	if (got > 0 || !compressed_damage(capture->compressed))
		return got;
	return read_damaged(&capture->reason, "%s", compressed_damage(capture->compressed));
}

int capture_next(struct capture_file *capture, struct capture_frame *frame)
{
	struct raw_frame *raw = &capture->raw;
	int got = capture->subframe ? 1 : next_raw(capture, raw);

	if (got < 0)
		report_damage(capture, got);
	if (got <= 0) {
		int skipped = report_skipped(capture);

		return got ? got : skipped;
	}
	capture->frames += !capture->subframe;
	*frame = (struct capture_frame){
		.length = raw->link.length > raw->link.captured ? raw->link.length : raw->link.captured,
		.time_ns = raw->time_ns,
		.untimed = raw->untimed,
		.ifname = raw->ifname ? raw->ifname : "",
	};
	normalize(capture, frame, &raw->link);
	return 1;
}
