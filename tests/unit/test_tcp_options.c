// SPDX-License-Identifier: GPL-2.0-only
/* bpf/packet/tcp_options.h on the host: the walk over TCP options, compared with a simple one, on arbitrary bytes. */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

#define walk_options walk_options_here /* bpf/host/programs.o has a function of that name, too */
#include "bpf/packet/tcp_options.h" /* this one, not user/'s */

/* A literal version of RFC 9293 3.2, on a buffer of the exact size. */
static void reference(struct segment *seg, const __u8 *byte, int end)
{
	for (int at = 0; at < end && byte[at] != TCP_OPTION_END;) {
		int length;

		if (byte[at] == TCP_OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= end || byte[at + 1] < 2 || at + byte[at + 1] > end)
			return;
		length = byte[at + 1];
		if (byte[at] == TCP_OPTION_MSS && length == 4) {
			seg->options |= OPTION_MSS;
			seg->mss = byte[at + 2] << 8 | byte[at + 3];
		} else if (byte[at] == TCP_OPTION_WSCALE && length == 3) {
			seg->wscale = byte[at + 2] > 14 ? 14 : byte[at + 2];
		} else if (byte[at] == TCP_OPTION_SACK_PERMITTED && length == 2) {
			seg->options |= OPTION_SACK;
		} else if (byte[at] == TCP_OPTION_TIMESTAMPS && length == 10) {
			seg->options |= OPTION_TIMESTAMPS;
			seg->tsval = (__u32)byte[at + 2] << 24 | byte[at + 3] << 16 | byte[at + 4] << 8 | byte[at + 5];
			seg->tsecr = (__u32)byte[at + 6] << 24 | byte[at + 7] << 16 | byte[at + 8] << 8 | byte[at + 9];
		}
		at += length;
	}
}

static void compare(const __u8 *byte, int length)
{
	struct segment walked = { .options_len = length, .wscale = FACTS_WSCALE_NONE }, expected = walked;
	struct option_bytes bytes = { .at = 0 };
	__u8 *exact = malloc(length ? length : 1);

	memcpy(exact, byte, length);
	memcpy(bytes.byte, byte, length);
	reference(&expected, exact, length);
	walk_options(&walked, &bytes);
	free(exact);
	if (walked.options != expected.options || walked.wscale != expected.wscale || walked.mss != expected.mss ||
	    walked.tsval != expected.tsval || walked.tsecr != expected.tsecr)
		ck_abort_msg("options %#x, expected %#x, of %d bytes from %d %d %d", walked.options, expected.options,
			     length, byte[0], byte[1], byte[2]);
}

START_TEST(linux_syn)
{
	static const __u8 bytes[] = { 2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7 };
	struct segment seg = { .options_len = sizeof(bytes), .wscale = FACTS_WSCALE_NONE };
	struct option_bytes copy = { .at = 0 };

	memcpy(copy.byte, bytes, sizeof(bytes));
	walk_options(&seg, &copy);
	ck_assert_uint_eq(seg.options, OPTION_MSS | OPTION_SACK | OPTION_TIMESTAMPS);
	ck_assert_uint_eq(seg.mss, 1460);
	ck_assert_uint_eq(seg.wscale, 7);
	ck_assert_uint_eq(seg.tsval, 0x01020304);
	ck_assert_uint_eq(seg.tsecr, 0x05060708);
}
END_TEST

/* Each option alone, with every length byte, in every position, before every end. */
START_TEST(every_length_at_every_place)
{
	static const __u8 kinds[] = { 0, 1, 2, 3, 4, 5, 8, 254 };

	for (size_t kind = 0; kind < sizeof(kinds); kind++) {
		for (int length = 0; length < 256; length++) {
			for (int at = 0; at < TCP_OPTIONS_MAX; at++) {
				__u8 bytes[TCP_OPTIONS_MAX];

				memset(bytes, TCP_OPTION_NOP, sizeof(bytes));
				bytes[at] = kinds[kind];
				if (at + 1 < TCP_OPTIONS_MAX)
					bytes[at + 1] = length;
				for (int end = at & ~3; end <= TCP_OPTIONS_MAX; end += 12)
					compare(bytes, end);
			}
		}
	}
}
END_TEST

START_TEST(random_bytes)
{
	srand(_i);
	for (int i = 0; i < 50000; i++) {
		__u8 bytes[TCP_OPTIONS_MAX];
		bool tame = i & 1; /* known kinds and valid lengths, so that walks get far */

		for (int at = 0; at < TCP_OPTIONS_MAX; at++)
			bytes[at] = tame ? rand() % 11 : rand();
		compare(bytes, rand() % 11 * 4);
	}
}
END_TEST

Suite *tcp_options_suite(void)
{
	Suite *suite = suite_create("tcp_options");
	TCase *tcase = tcase_create("tcp_options");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, linux_syn);
	tcase_add_test(tcase, every_length_at_every_place);
	tcase_add_loop_test(tcase, random_bytes, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
