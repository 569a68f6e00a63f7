// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "suites.h"
#include "base/text.h"
#include "base/wrap.h"

START_TEST(numbers)
{
	static const __u64 values[] = { 0, 9, 10, 99, 100, 101, 999, 1000, 4294967295, 4294967296, ~0ULL, ~0ULL - 1 };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char text[U64_SIZE + 1], expected[32];

		*put_u64(text, values[i]) = '\0';
		snprintf(expected, sizeof(expected), "%llu", values[i]);
		ck_assert_str_eq(text, expected);
	}
}
END_TEST

static void check_ipv6(const __u8 *bytes)
{
	struct ip_address ip = { .ipv6 = true };
	char text[IP_SIZE + 1], expected[INET6_ADDRSTRLEN];

	memcpy(ip.word, bytes, 16);
	*put_ip(text, &ip) = '\0';
	inet_ntop(AF_INET6, bytes, expected, sizeof(expected));
	ck_assert_str_eq(text, expected);
}

/* Every pattern of zero and other groups, short and long ones, is formatted as the C library does. */
START_TEST(ipv6_addresses)
{
	static const __u16 others[] = { 0x1, 0x20, 0x304, 0xffff };
	__u8 bytes[16];

	for (unsigned int zeros = 0; zeros < 256; zeros++) {
		for (int kind = 0; kind < 4; kind++) {
			for (int i = 0; i < 8; i++) {
				__u16 group = zeros >> i & 1 ? 0 : others[(i + kind) % 4];

				bytes[2 * i] = group >> 8;
				bytes[2 * i + 1] = group & 0xff;
			}
			check_ipv6(bytes);
		}
	}
}
END_TEST

START_TEST(ipv4_addresses)
{
	static const char *const addresses[] = { "0.0.0.0", "10.0.0.1", "192.168.100.99", "255.255.255.255" };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct ip_address ip = { .word = { inet_addr(addresses[i]) } };
		char text[IP_SIZE + 1];

		*put_ip(text, &ip) = '\0';
		ck_assert_str_eq(text, addresses[i]);
	}
}
END_TEST

START_TEST(endpoints)
{
	struct ip_address ip = { .ipv6 = true };
	char text[ENDPOINT_SIZE + 1];

	inet_pton(AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666", ip.word);
	*put_endpoint(text, &ip, 65535) = '\0';
	ck_assert_str_eq(text, "[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
	ip = (struct ip_address){ .word = { inet_addr("10.0.0.1") } };
	*put_endpoint(text, &ip, 0) = '\0';
	ck_assert_str_eq(text, "10.0.0.1:0");
}
END_TEST

START_TEST(times)
{
	/* Steps of a little more than 40 days over four centuries: each leap-year rule, each month's end. */
	for (__u64 seconds = 0; seconds < 12622780800ULL; seconds += 3456789) {
		char text[TIME_SIZE + 1], expected[TIME_SIZE];
		time_t time = seconds;
		struct tm tm;

		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000000042Z", gmtime_r(&time, &tm));
		*put_time(text, seconds * 1000000000ULL + 42) = '\0';
		ck_assert_str_eq(text, expected);
	}
}
END_TEST

static const struct {
	__u64 ns;
	const char *text;
} latencies[] = {
	{ 0, "0ns" },
	{ 999, "999ns" },
	{ 1000, "1.00µs" },
	{ 12345, "12.3µs" },
	{ 999999, "999µs" },
	{ 1000000, "1.00ms" },
	{ 10012345, "10.0ms" },
	{ 250000000, "250ms" },
	{ 1250000000, "1.25s" },
	{ 99990000000, "99.9s" },
	{ 125000000000, "2m05s" },
	{ 11520000000000, "3h12m" },
	{ 442800000000000, "5d03h" },
};

START_TEST(latency)
{
	char text[SHORT_SIZE + 1];

	*put_latency(text, latencies[_i].ns) = '\0';
	ck_assert_str_eq(text, latencies[_i].text);
}
END_TEST

START_TEST(longest_values_have_room)
{
	char text[SHORT_SIZE + 1];

	ck_assert_int_le(put_latency(text, ~0ULL) - text, SHORT_SIZE);
	ck_assert_int_le(put_age(text, ~0ULL) - text, SHORT_SIZE);
	ck_assert_int_le(put_short(text, ~0ULL, 1000) - text, SHORT_SIZE);
	ck_assert_int_le(put_size(text, ~0ULL) - text, SHORT_SIZE);
}
END_TEST

static const struct {
	__u64 value;
	unsigned int base;
	const char *text;
} amounts[] = {
	{ 0, 1000, "0" },	    { 999, 1000, "999" },	{ 1000, 1000, "1.00K" },  { 12345, 1000, "12.3K" },
	{ 999999, 1000, "999K" },   { 1000000, 1000, "1.00M" }, { 1023, 1024, "1023" },	  { 1024, 1024, "1.00K" },
	{ 1048575, 1024, "1023K" }, { 1048576, 1024, "1.00M" }, { ~0ULL, 1024, "15.9E" },
};

START_TEST(short_amount)
{
	char text[SHORT_SIZE + 1];

	*put_short(text, amounts[_i].value, amounts[_i].base) = '\0';
	ck_assert_str_eq(text, amounts[_i].text);
}
END_TEST

START_TEST(sizes_and_ages)
{
	char text[SHORT_SIZE + 1];

	*put_size(text, 50331648) = '\0';
	ck_assert_str_eq(text, "48.0 MiB");
	*put_size(text, 12) = '\0';
	ck_assert_str_eq(text, "12 B");
	*put_age(text, 59999999999ULL) = '\0';
	ck_assert_str_eq(text, "59s");
	*put_age(text, 7200000000000ULL) = '\0';
	ck_assert_str_eq(text, "2h");
}
END_TEST

START_TEST(broken_between_words)
{
	struct wrap wrap = { .width = 12, .indent = 2, .used = 2 };
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	wrap.out = &out;
	wrap_text(&wrap, "one two four fives\nsix");
	wrap_text(&wrap, "longerthanaline seven");
	buffer_char(&out, '\0');
	ck_assert_str_eq(out.data, "one two\n  four fives\n  six\n  longerthanaline\n  seven");
	buffer_free(&out);
}
END_TEST

Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	tcase_add_test(tcase, numbers);
	tcase_add_test(tcase, ipv4_addresses);
	tcase_add_test(tcase, ipv6_addresses);
	tcase_add_test(tcase, endpoints);
	tcase_add_test(tcase, times);
	tcase_add_loop_test(tcase, latency, 0, sizeof(latencies) / sizeof(latencies[0]));
	tcase_add_loop_test(tcase, short_amount, 0, sizeof(amounts) / sizeof(amounts[0]));
	tcase_add_test(tcase, longest_values_have_room);
	tcase_add_test(tcase, sizes_and_ages);
	tcase_add_test(tcase, broken_between_words);
	suite_add_tcase(suite, tcase);
	return suite;
}
