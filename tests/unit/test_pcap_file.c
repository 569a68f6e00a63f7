// SPDX-License-Identifier: GPL-2.0-only
/* The pcap format in both byte orders: with what old programs wrote, and with what is invalid. */
#include <byteswap.h>
#include <errno.h>
#include <string.h>

#include "replay/pcap_file.h"
#include "suites.h"

#define MICROSECONDS 0xa1b2c3d4
#define NANOSECONDS 0xa1b23c4d
#define LONGER_HEADERS 0xa1b2cd34
#define WORDS_MAX 32

/* The whole file, in words; the two numbers of the version in one, major number first. */
struct file {
	__u32 word[WORDS_MAX];
	int words;
	int bytes; /* that are there, 0: all */
};

/* What comes of it. */
struct outcome {
	const char *says; /* NULL: the packet is read */
	__u32 link_type, captured, length;
	bool nanoseconds;
};

#define HEADER(magic, major, minor, link) magic, (major) << 16 | (minor), 0, 0, 65535, link
#define PACKET(captured, length) 7, 8, captured, length
#define FILE_OF(...)                                                                               \
	{                                                                                          \
		.word = { __VA_ARGS__ }, .words = sizeof((__u32[]){ __VA_ARGS__ }) / sizeof(__u32) \
	}
#define CUT_FILE_OF(size, ...)                                                                                      \
	{                                                                                                           \
		.word = { __VA_ARGS__ }, .words = sizeof((__u32[]){ __VA_ARGS__ }) / sizeof(__u32), .bytes = (size) \
	}

static const struct {
	const char *name;
	struct file file;
	struct outcome outcome;
} cases[] = {
	{ "microseconds",
	  FILE_OF(HEADER(MICROSECONDS, 2, 4, 1), PACKET(4, 60), 9),
	  { .link_type = 1, .captured = 4, .length = 60 } },
	{ "nanoseconds",
	  FILE_OF(HEADER(NANOSECONDS, 2, 4, 101), PACKET(4, 60), 9),
	  { .link_type = 101, .captured = 4, .length = 60, .nanoseconds = true } },
	{ "longer headers of packets",
	  FILE_OF(HEADER(LONGER_HEADERS, 2, 4, 1), PACKET(4, 60), 1, 2, 9),
	  { .link_type = 1, .captured = 4, .length = 60 } },
	{ "a packet without bytes",
	  FILE_OF(HEADER(MICROSECONDS, 2, 4, 1), PACKET(0, 60)),
	  { .link_type = 1, .length = 60 } },
	{ "exchanged lengths",
	  FILE_OF(HEADER(MICROSECONDS, 2, 3, 1), PACKET(60, 4), 9),
	  { .link_type = 1, .captured = 4, .length = 60 } },
	{ "the length of the frame check sequence beside the link type",
	  FILE_OF(HEADER(MICROSECONDS, 2, 4, 4U << 28 | 1U << 26 | 276), PACKET(4, 60), 9),
	  { .link_type = 276, .captured = 4, .length = 60 } },
	{ "another magic", FILE_OF(HEADER(0xa1b2c3d5, 2, 4, 1)), { .says = "begins with" } },
	{ "an older version", FILE_OF(HEADER(MICROSECONDS, 1, 4, 1)), { .says = "version 1.4" } },
	{ "another version", FILE_OF(HEADER(MICROSECONDS, 543, 0, 1)), { .says = "version 543.0" } },
	{ "too long",
	  FILE_OF(HEADER(MICROSECONDS, 2, 4, 1), PACKET(262145, 262145), 9),
	  { .says = "262145 captured" } },
	{ "longest",
	  FILE_OF(HEADER(MICROSECONDS, 2, 4, 1), PACKET(262144, 262144), 9),
	  { .says = "4 of 262144 bytes" } },
	{ "empty", CUT_FILE_OF(1, 0), { .says = "1 of 24 bytes" } },
	{ "cut header", CUT_FILE_OF(23, HEADER(MICROSECONDS, 2, 4, 1)), { .says = "23 of 24 bytes" } },
	{ "cut header of a packet",
	  CUT_FILE_OF(24 + 15, HEADER(MICROSECONDS, 2, 4, 1), PACKET(4, 60)),
	  { .says = "a packet's header: 15 of 16 bytes" } },
	{ "cut longer header of a packet",
	  CUT_FILE_OF(24 + 23, HEADER(LONGER_HEADERS, 2, 4, 1), PACKET(4, 60), 1, 2),
	  { .says = "a packet's header: 23 of 24 bytes" } },
	{ "cut packet",
	  CUT_FILE_OF(24 + 16 + 3, HEADER(MICROSECONDS, 2, 4, 1), PACKET(4, 60), 9),
	  { .says = "3 of 4 bytes" } },
	{ "packet that is not there",
	  FILE_OF(HEADER(MICROSECONDS, 2, 4, 1), PACKET(4, 60)),
	  { .says = "0 of 4 bytes" } },
};

/* As a machine writes it whose byte order is this one, or the other. */
static void write_file(const struct file *file, bool swapped, __u32 *written)
{
	for (int i = 0; i < file->words; i++)
		written[i] = swapped ? bswap_32(file->word[i]) : file->word[i];
	if (file->words > 1) {
		__u16 version[2] = { file->word[1] >> 16, file->word[1] };

		for (int i = 0; swapped && i < 2; i++)
			version[i] = bswap_16(version[i]);
		memcpy(&written[1], version, sizeof(version));
	}
}

static void check_outcome(const char *name, const struct outcome *outcome, struct pcap_file *pcap,
			  const struct pcap_packet *packet, int result)
{
	struct pcap_packet another;

	if (outcome->says) {
		ck_assert_msg(result == -EBADMSG && strstr(pcap->reason.text, outcome->says), "%s: %d, %s", name,
			      result, pcap->reason.text);
		return;
	}
	ck_assert_msg(result == 1 && pcap->link_type == outcome->link_type && pcap->nanoseconds == outcome->nanoseconds,
		      "%s: %d, %s", name, result, pcap->reason.text);
	ck_assert_msg(packet->seconds == 7 && packet->fraction == 8 && packet->captured == outcome->captured &&
			      packet->length == outcome->length && packet->bytes &&
			      (!packet->captured || packet->bytes[0] || packet->bytes[3]),
		      "%s: %u.%u, %u of %u bytes", name, packet->seconds, packet->fraction, packet->captured,
		      packet->length);
	ck_assert_msg(pcap_file_next(pcap, &another) == 0, "%s: there is another packet", name);
}

START_TEST(pcap_files)
{
	__u32 written[WORDS_MAX];
	bool swapped = _i % 2;
	const struct file *file = &cases[_i / 2].file;
	struct pcap_file pcap = { 0 };
	struct pcap_packet packet = { 0 };
	FILE *stream;
	int result;

	write_file(file, swapped, written);
	stream = fmemopen(written, file->bytes ? file->bytes : file->words * 4, "r");
	ck_assert_ptr_nonnull(stream);
	result = pcap_file_begin(&pcap, stream);
	if (!result)
		result = pcap_file_next(&pcap, &packet);
	check_outcome(cases[_i / 2].name, &cases[_i / 2].outcome, &pcap, &packet, result);
	pcap_file_end(&pcap);
	fclose(stream);
}
END_TEST

Suite *pcap_file_suite(void)
{
	Suite *suite = suite_create("pcap_file");
	TCase *tcase = tcase_create("pcap_file");

	tcase_add_loop_test(tcase, pcap_files, 0, 2 * sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
