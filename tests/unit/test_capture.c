// SPDX-License-Identifier: GPL-2.0-only
#include <byteswap.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/capture.h"
#include "replay/link.h"
#include "capture_writer.h"
#include "fixture.h"
#include "suites.h"

#define TIME 1700000000123456789ULL
#define DAMAGED_TRIES 700 /* number of damaged files for each format */

/* A capture in memory, and the result of reading it. */
struct sample {
	char *bytes;
	size_t size;
	int frames;
	int result; /* the last result of reading: 0 or a negative errno */
	struct capture_frame last;
	__u8 data[CAPTURE_HEAD_MAX]; /* the beginning of the last frame */
	char logged[1024];
};

static struct capture_writer begin_sample(struct sample *sample, struct capture_writer writer)
{
	memset(sample, 0, sizeof(*sample));
	writer.file = open_memstream(&sample->bytes, &sample->size);
	ck_assert_ptr_nonnull(writer.file);
	return writer;
}

static void read_frames(struct sample *sample, const char *path)
{
	struct capture_file *capture;
	struct capture_frame frame;

	sample->frames = 0;
	sample->result = capture_open(&capture, path);
	if (sample->result) {
		ck_assert_ptr_null(capture);
		return;
	}
	while ((sample->result = capture_next(capture, &frame)) > 0) {
		ck_assert_uint_le(frame.captured, CAPTURE_HEAD_MAX);
		ck_assert_uint_le(frame.captured, frame.length);
		memcpy(sample->data, frame.data, frame.captured);
		sample->last = frame;
		sample->frames++;
	}
	capture_close(capture);
}

/* Read the first `size` bytes of the sample, as a file. */
static void read_sample(struct sample *sample, size_t size)
{
	char path[] = "/tmp/test_capture.XXXXXX";
	int fd = mkstemp(path);
	struct capture logged;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, sample->bytes, size), (ssize_t)size);
	logged = capture_begin(STDERR_FILENO);
	read_frames(sample, path);
	capture_end(&logged, sample->logged, sizeof(sample->logged));
	close(fd);
	unlink(path);
}

static void end_sample(struct sample *sample)
{
	free(sample->bytes);
}

static const struct packet a_packet = {
	.from = { 1, 40000 }, .to = { 2, 443 }, .seq = 1000, .flags = SEGMENT_SYN, .payload = 77
};

static bool is_raw(enum capture_link link)
{
	return link == LINK_RAW || link == LINK_RAW_BSD || link == LINK_RAW_OPENBSD || link == LINK_IPV4 ||
	       link == LINK_IPV6 || link == LINK_NFLOG;
}

/* One frame of that link type must be read as the packet itself. */
static void check_form(struct capture_writer form, bool ipv6, __u64 expected_time)
{
	static __u8 expected[FRAME_SIZE];
	struct packet packet = a_packet;
	struct sample sample;
	struct capture_writer writer = begin_sample(&sample, form);
	bool no_link = is_raw(form.link);
	size_t size, skip;

	packet.ipv6 = ipv6;
	writer_begin(&writer);
	writer_packet(&writer, TIME, &packet);
	fclose(writer.file);
	read_sample(&sample, sample.size);
	ck_assert_msg(!sample.result && sample.frames == 1, "link %d: %s", form.link, sample.logged);
	packet.no_link = no_link;
	size = packet_build(&packet, expected);
	skip = no_link || form.link == LINK_ETHERNET ? 0 : 12; /* the link-layer header has no addresses */
	ck_assert_int_eq(sample.last.no_link_header, no_link);
	ck_assert_uint_eq(sample.last.length, size);
	ck_assert_uint_eq(sample.last.captured, size);
	ck_assert_mem_eq(sample.data + skip, expected + skip, size - skip);
	ck_assert_uint_eq(sample.last.time_ns, expected_time);
	end_sample(&sample);
}

START_TEST(formats_and_links)
{
	static const enum capture_link links[] = {
		LINK_NULL,     LINK_ETHERNET, LINK_RAW,	      LINK_RAW_BSD,    LINK_RAW_OPENBSD, LINK_LOOP,
		LINK_PPP,      LINK_PPP_HDLC, LINK_PPP_ETHER, LINK_CISCO_HDLC, LINK_NFLOG,	 LINK_WIFI,
		LINK_RADIOTAP, LINK_COOKED,   LINK_IPV4,      LINK_IPV6,       LINK_COOKED2,
	};
	struct capture_writer form = { 0 };

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		for (int variant = 0; variant < 4 * FORMAT_COUNT; variant++) {
			form.link = links[i];
			form.format = variant / 4;
			form.swapped = variant & 1;
			check_form(form, variant & 2, form.format == FORMAT_PCAP_NS ? TIME : TIME / 1000 * 1000);
		}
	}
}
END_TEST

/* All resolutions that a pcapng interface can have, powers of ten and of two. */
START_TEST(resolutions)
{
	static const struct {
		__u8 resolution;
		__u64 time;
	} cases[] = {
		{ 0, TIME / 1000 * 1000 },
		{ 3, TIME / 1000000 * 1000000 },
		{ 9, TIME },
		{ 10, TIME },
		{ 0x80 | 1, 1700000000000000000ULL },
		{ 0x80 | 30, TIME - 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_form((struct capture_writer){ .format = FORMAT_PCAPNG,
						    .link = LINK_ETHERNET,
						    .resolution = cases[i].resolution },
			   false, cases[i].time);
}
END_TEST

/* The interfaces of one file may differ in everything. */
START_TEST(several_interfaces)
{
	struct sample sample;
	struct capture_writer writer =
		begin_sample(&sample, (struct capture_writer){ .format = FORMAT_PCAPNG, .link = LINK_ETHERNET });

	writer_begin(&writer);
	writer_packet(&writer, TIME, &a_packet);
	writer.link = LINK_COOKED2;
	writer.resolution = 9;
	writer.snap_length = 64;
	writer_interface(&writer);
	writer.interface = 1;
	writer_packet(&writer, TIME, &a_packet);
	fclose(writer.file);
	read_sample(&sample, sample.size);
	ck_assert_msg(!sample.result && sample.frames == 2, "%s", sample.logged);
	ck_assert_uint_eq(sample.last.time_ns, TIME);
	ck_assert_uint_eq(sample.last.length, 14 + 40 + 77);
	ck_assert_uint_eq(sample.last.captured, 14 + 64 - 20);
	end_sample(&sample);
}
END_TEST

/* What the snap length has cut off is missing; the length on the wire is known. */
START_TEST(snap_length)
{
	struct sample sample;
	struct capture_writer writer = begin_sample(
		&sample, (struct capture_writer){ .format = FORMAT_PCAP, .link = LINK_ETHERNET, .snap_length = 60 });
	struct packet packet = a_packet;

	writer_begin(&writer);
	packet.payload = 1400;
	writer_packet(&writer, TIME, &packet);
	packet.payload = 65535 - 40;
	writer_packet(&writer, TIME, &packet);
	fclose(writer.file);
	read_sample(&sample, sample.size);
	ck_assert_int_eq(sample.frames, 2);
	ck_assert_uint_eq(sample.last.length, 14 + 65535);
	ck_assert_uint_eq(sample.last.captured, 60);
	ck_assert_uint_ne(sample.data[59], 0);
	end_sample(&sample);
}
END_TEST

/* Records up to the largest snap length of libpcap, of frames that are longer still: the beginning is read. */
START_TEST(records_of_any_length)
{
	static const __u32 lengths[] = { 70014, 128 * 1024, 256 * 1024 };
	static __u8 record[16 + 256 * 1024];

	for (size_t i = 0; i < 6; i++) {
		const __u32 head[4] = { 1700000000, 5, lengths[i / 2], i % 2 ? 600000 : lengths[i / 2] };
		enum capture_link link = i % 2 ? LINK_COOKED : LINK_ETHERNET;
		struct sample sample;
		struct capture_writer writer =
			begin_sample(&sample, (struct capture_writer){ .format = FORMAT_PCAP, .link = link });

		writer_begin(&writer);
		memcpy(record, head, sizeof(head));
		memset(record + sizeof(head), 0x45, head[2]);
		fwrite(record, 1, sizeof(head) + head[2], writer.file);
		writer_packet(&writer, TIME, &a_packet);
		fclose(writer.file);
		read_sample(&sample, sizeof(head) + 24 + head[2]);
		ck_assert_msg(!sample.result && sample.frames == 1, "%s", sample.logged);
		ck_assert_uint_eq(sample.last.captured, CAPTURE_HEAD_MAX);
		ck_assert_uint_eq(sample.last.length, i % 2 ? 600000 - 16 + 14 : head[2]);
		read_sample(&sample, sample.size);
		ck_assert_int_eq(sample.frames, 2);
		ck_assert_uint_eq(sample.last.length, 14 + 40 + 77);
		end_sample(&sample);
	}
}
END_TEST

START_TEST(unsupported_link)
{
	struct sample sample;
	struct capture_writer writer;

	for (enum capture_format format = 0; format < FORMAT_COUNT; format++) {
		writer = begin_sample(&sample, (struct capture_writer){ .format = format, .link = LINK_USB });
		writer_begin(&writer);
		writer_packet(&writer, TIME, &a_packet);
		fclose(writer.file);
		read_sample(&sample, sample.size);
		ck_assert_int_eq(sample.result, -EPROTONOSUPPORT);
		ck_assert_ptr_nonnull(strstr(sample.logged, "USB_LINUX (189)"));
		end_sample(&sample);
	}
}
END_TEST

/* The captures of other interfaces in the file do not matter: their frames are counted, and reported once. */
START_TEST(unsupported_beside_others)
{
	struct sample sample;
	struct capture_writer writer =
		begin_sample(&sample, (struct capture_writer){ .format = FORMAT_PCAPNG, .link = LINK_USB });

	writer_begin(&writer);
	writer_packet(&writer, TIME, &a_packet);
	writer.link = LINK_ETHERNET;
	writer_interface(&writer);
	writer.interface = 1;
	writer_packet(&writer, TIME, &a_packet);
	writer.link = LINK_USB;
	writer.interface = 0;
	writer_packet(&writer, TIME, &a_packet);
	fclose(writer.file);
	read_sample(&sample, sample.size);
	ck_assert_int_eq(sample.result, 0);
	ck_assert_int_eq(sample.frames, 1);
	ck_assert_ptr_nonnull(strstr(sample.logged, "2 packets of link type USB_LINUX (189)"));
	ck_assert_int_eq(count_lines(sample.logged), 1);
	end_sample(&sample);
}
END_TEST

/* A frame of the link layer itself, an encrypted one, one whose headers are cut: none has an IP header. */
START_TEST(nothing_for_ip)
{
	static const struct {
		enum capture_link link;
		size_t at; /* in the file: behind the headers of pcap and packet, and so many bytes of the frame */
		__u8 becomes;
	} cases[] = {
		{ LINK_PPP_HDLC, 3, 0x23 }, /* OSI */
		{ LINK_PPP_ETHER, 1, 0x09 }, /* discovery */
		{ LINK_CISCO_HDLC, 2, 0x20 }, /* CDP */
		{ LINK_NFLOG, 14, 8 }, /* no payload */
		{ LINK_NFLOG, 4, 0 }, /* an attribute without a length */
		{ LINK_WIFI, 0, 0x80 }, /* a beacon */
		{ LINK_WIFI, 0, 0xc8 }, /* no data */
		{ LINK_WIFI, 1, 0x41 }, /* encrypted */
		{ LINK_WIFI, 26, 0x42 }, /* an LLC header other than SNAP */
		{ LINK_RADIOTAP, 2, 7 }, /* a header shorter than itself */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample sample;
		struct capture_writer writer =
			begin_sample(&sample, (struct capture_writer){ .format = FORMAT_PCAP, .link = cases[i].link });

		writer_begin(&writer);
		writer_packet(&writer, TIME, &a_packet);
		fclose(writer.file);
		sample.bytes[24 + 16 + cases[i].at] = (char)cases[i].becomes;
		read_sample(&sample, sample.size);
		ck_assert_msg(!sample.result && sample.frames == 1, "case %zu: %s", i, sample.logged);
		ck_assert_msg(!sample.last.length || !(sample.data[12] | sample.data[13]) || sample.data[12] == 0x20,
			      "case %zu has the ethertype %02x%02x", i, sample.data[12], sample.data[13]);
		end_sample(&sample);
	}
}
END_TEST

/* Each subframe is a frame: the first one has 17 bytes and is padded, the second one 16. */
START_TEST(aggregate)
{
	const __u8 frame[88] = { 0x88, [24] = 0x80, [39] = 17, 0xaa, 0xaa, 3, [71] = 16, 0xaa, 0xaa, 3, [78] = 0x86 };
	struct sample sample;
	struct capture_writer writer =
		begin_sample(&sample, (struct capture_writer){ .format = FORMAT_PCAP, .link = LINK_WIFI });

	writer_begin(&writer);
	writer_frame(&writer, TIME, frame, sizeof(frame));
	fclose(writer.file);
	read_sample(&sample, sample.size);
	ck_assert(sample.frames == 2 && sample.last.captured == 14 + 8 && sample.data[12] == 0x86);
	end_sample(&sample);
}
END_TEST

/*
 * Cut within the headers of each link type, or behind them: nothing is read beyond the end, and there is one frame. The
 * same if the packet claims a length of nearly 4 GiB on the wire.
 */
START_TEST(cut_link_headers)
{
	for (enum capture_link link = 0; link <= LINK_COOKED2; link++) {
		for (__u32 cut = 1; cut < 70 && link_type_of(link); cut++) {
			struct sample sample;
			struct capture_writer writer = begin_sample(
				&sample,
				(struct capture_writer){ .format = FORMAT_PCAP, .link = link, .snap_length = cut });

			writer_begin(&writer);
			writer_packet(&writer, TIME, &a_packet);
			fclose(writer.file);
			if (cut % 2)
				memset(sample.bytes + 24 + 12, 0xff, sizeof(__u32));
			read_sample(&sample, sample.size);
			ck_assert_msg(!sample.result && sample.frames == 1, "link %d: %s", link, sample.logged);
			end_sample(&sample);
		}
	}
}
END_TEST

static void write_three(struct sample *sample, enum capture_format format, bool swapped)
{
	struct capture_writer writer = begin_sample(
		sample, (struct capture_writer){ .format = format, .link = LINK_ETHERNET, .swapped = swapped });

	writer_begin(&writer);
	for (int i = 0; i < 3; i++)
		writer_packet(&writer, TIME, &a_packet);
	fclose(writer.file);
}

/*
 * A file that is cut at any byte: all whole packets are read, and then a message says what is wrong, unless the cut is
 * at the end of a packet.
 */
START_TEST(cut_anywhere)
{
	struct sample sample;
	char number[32];
	size_t whole;

	for (enum capture_format format = 0; format < FORMAT_COUNT; format++) {
		write_three(&sample, format, false);
		whole = 0;
		for (size_t size = 0; size <= sample.size; size++) {
			read_sample(&sample, size);
			if (!sample.result) {
				whole++;
				ck_assert_str_eq(sample.logged, "");
				continue;
			}
			ck_assert_ptr_nonnull(strstr(sample.logged, "/tmp/test_capture."));
			snprintf(number, sizeof(number), "packet %d,", sample.frames + 1);
			ck_assert_msg(!sample.frames || strstr(sample.logged, number), "%s", sample.logged);
		}
		/* ends of the 0th to the 3rd packet; after the section header of pcapng the file is whole, too */
		ck_assert_uint_eq(whole, format == FORMAT_PCAPNG ? 5 : 4);
		end_sample(&sample);
	}
}
END_TEST

/* Bytes changed at random: reading never goes beyond the file, and never crashes (the sanitizers watch). */
START_TEST(damaged_anyhow)
{
	struct sample sample;
	unsigned int seed = 1;

	for (enum capture_format format = 0; format < FORMAT_COUNT; format++) {
		for (int i = 0; i < DAMAGED_TRIES; i++) {
			write_three(&sample, format, i & 1);
			for (int j = 0; j <= i % 5; j++)
				sample.bytes[(size_t)rand_r(&seed) % sample.size] = (char)rand_r(&seed);
			read_sample(&sample, sample.size);
			ck_assert(!sample.result || *sample.logged);
			end_sample(&sample);
		}
	}
}
END_TEST

START_TEST(no_capture)
{
	struct sample sample = { .bytes = strdup("\nThis is a text, and not a short one.\n") };

	read_sample(&sample, 0);
	ck_assert_ptr_nonnull(strstr(sample.logged, "is empty"));
	read_sample(&sample, strlen(sample.bytes));
	ck_assert_ptr_nonnull(strstr(sample.logged, "not a pcapng file"));
	sample.bytes[0] = 'T';
	read_sample(&sample, strlen(sample.bytes));
	ck_assert_ptr_nonnull(strstr(sample.logged, "neither a pcap nor a pcapng file"));
	end_sample(&sample);
}
END_TEST

/* The seconds of a pcap file are 32 bits, unsigned. */
START_TEST(after_2038)
{
	struct sample sample;
	struct capture_writer writer =
		begin_sample(&sample, (struct capture_writer){ .format = FORMAT_PCAP_NS, .link = LINK_ETHERNET });

	writer_begin(&writer);
	writer_packet(&writer, 4000000000ULL * S + 5, &a_packet);
	fclose(writer.file);
	read_sample(&sample, sample.size);
	ck_assert_uint_eq(sample.last.time_ns, 4000000000ULL * S + 5);
	end_sample(&sample);
}
END_TEST

/* Microseconds beyond a million can only be nanoseconds: from there on they are read so. A million is a second. */
START_TEST(nanoseconds_as_microseconds)
{
	const __u32 fraction = _i ? 1000000 : 123456789;
	struct sample sample;

	for (int swapped = 0; swapped < 2; swapped++) {
		write_three(&sample, FORMAT_PCAP, swapped);
		for (size_t i = 0; i < 3; i++) {
			__u32 value = swapped ? bswap_32(fraction) : fraction;

			memcpy(sample.bytes + 24 + 4 + i * (16 + 14 + 40 + 77), &value, sizeof(value));
		}
		read_sample(&sample, sample.size);
		ck_assert_int_eq(sample.frames, 3);
		ck_assert_uint_eq(sample.last.time_ns, TIME / S * S + (_i ? S : fraction));
		ck_assert_int_eq(!strstr(sample.logged, "taken as nanoseconds"), _i);
		ck_assert_int_eq(count_lines(sample.logged), !_i);
		end_sample(&sample);
	}
}
END_TEST

Suite *capture_suite(void)
{
	Suite *suite = suite_create("capture");
	TCase *tcase = tcase_create("capture");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, formats_and_links);
	tcase_add_test(tcase, resolutions);
	tcase_add_test(tcase, several_interfaces);
	tcase_add_test(tcase, snap_length);
	tcase_add_test(tcase, records_of_any_length);
	tcase_add_test(tcase, unsupported_link);
	tcase_add_test(tcase, unsupported_beside_others);
	tcase_add_test(tcase, nothing_for_ip);
	tcase_add_test(tcase, aggregate);
	tcase_add_test(tcase, cut_link_headers);
	tcase_add_test(tcase, cut_anywhere);
	tcase_add_test(tcase, damaged_anyhow);
	tcase_add_test(tcase, no_capture);
	tcase_add_test(tcase, after_2038);
	tcase_add_loop_test(tcase, nanoseconds_as_microseconds, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
