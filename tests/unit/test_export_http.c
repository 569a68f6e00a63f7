// SPDX-License-Identifier: GPL-2.0-only
/* Export over HTTP: URLs, header fields, credentials, batches, and what is made of answers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "export/destination.h"
#include "export/url.h"
#include "http_taker.h"
#include "made_record.h"
#include "suites.h"

#define TAKEN_MAX 64
#define LINE_MAX_BYTES 4096
#define WAIT_US 1000

/* ---- URLs */

START_TEST(urls)
{
	static const struct {
		const char *text, *host, *port, *shown;
	} good[] = {
		{ "http://host.example", "host.example", "80", "http://host.example" },
		{ "https://host:8443/a/b?c=d", "host", "8443", "https://host:8443/a/b" },
		{ "https://[fd00::1]/x", "fd00::1", "443", "https://[fd00::1]/x" },
		{ "http://[::1]:8123/?password=secret", "::1", "8123", "http://[::1]:8123/" },
		{ "http://10.0.0.1?query=SELECT 1 @ 2", "10.0.0.1", "80", "http://10.0.0.1" },
	};
	struct address address;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert(address_is_meant(good[i].text));
		ck_assert_ptr_null(address_parse(good[i].text, &address));
		ck_assert_int_eq(address.kind, ADDRESS_HTTP);
		ck_assert(address_has_host(&address) && !address_is_flows(&address));
		ck_assert_str_eq(address.host, good[i].host);
		ck_assert_str_eq(address.port, good[i].port);
		ck_assert_str_eq(address_name(&address), good[i].shown);
	}
}
END_TEST

START_TEST(bad_urls)
{
	static const char *const bad[] = {
		"http://",	   "http:///x",	       "http://:80/",	    "http://host:",
		"http://host:0/",  "http://host:x/",   "http://host:65536", "http://ho st/",
		"http://fd00::1/", "http://[fd00::1",  "http://[host]/",    "http://[::1]x/",
		"http:/host/",	   "http://u:p@host/", "http://host/#x",    "http://h\nost/",
	};
	static char longest[URL_MAX + 2] = "http://host/";
	struct address address;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(address_parse(bad[i], &address), "accepted: %s", bad[i]);
	ck_assert_ptr_nonnull(strstr(address_parse("http://u:p@host/", &address), "--credentials"));
	memset(longest + strlen(longest), 'x', URL_MAX - strlen(longest));
	ck_assert_ptr_null(address_parse(longest, &address));
	strcat(longest, "x");
	ck_assert_ptr_nonnull(address_parse(longest, &address));
}
END_TEST

START_TEST(urls_are_encoded_once)
{
	char out[URL_SIZE];

	url_encode("http://h/?query=INSERT INTO \"a\" FORMAT JSONEachRow&x=%41+b", out);
	ck_assert_str_eq(out, "http://h/?query=INSERT%20INTO%20%22a%22%20FORMAT%20JSONEachRow&x=%41+b");
	url_encode("http://h/\r\nHost: x\x7f\xc3\xa9{}", out);
	ck_assert_str_eq(out, "http://h/%0D%0AHost:%20x%7F%C3%A9%7B%7D");
}
END_TEST

/* ---- header fields */

START_TEST(fields)
{
	static const char *const bad[] = {
		"",
		"X-A",
		"X-A:",
		"X-A:  ",
		": x",
		"X A: b",
		"X-A: b\nX-B: c",
		"X-A: b\r",
		"X-A: \x7f",
		"Content-Length: 1",
		"content-encoding: br",
		"Transfer-Encoding: chunked",
		"Host: x",
		"Expect: x",
		"Authorization: Bearer x",
		"authorization: x",
		"Cookie: a",
		"X-ClickHouse-Key: k",
	};
	struct http_fields added = { .count = 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!http_fields_add(&added, bad[i]), "accepted: %s", bad[i]);
	ck_assert(http_fields_add(&added, "X-Scope-OrgID: a b") && http_fields_add(&added, "X-A:b"));
	ck_assert(http_fields_add(&added, "X-UTF8: \xc3\xa9\tx"));
	ck_assert_int_eq(added.count, 3);
	ck_assert(http_field_is(added.line[0], "x-scope-orgid") && !http_field_is(added.line[0], "X-Scope"));
	while (added.count < HTTP_FIELDS_MAX)
		ck_assert(http_fields_add(&added, "X-A: b"));
	ck_assert(!http_fields_add(&added, "X-A: b"));
}
END_TEST

static struct address server_of(const char *url)
{
	struct address address;

	ck_assert_ptr_null(address_parse(url, &address));
	return address;
}

static bool parse_credentials(struct http_credentials *credentials, const char *text)
{
	const struct address server = server_of("https://b.example:8443/?query=x");

	strcpy(credentials->text, text);
	return http_credentials_parse(credentials, &server);
}

START_TEST(credentials)
{
	static const char *const bad[] = {
		"",	   "\n",    "user", "user:", ":password", "user:a\nuser:b", "X-A: b\nuser:a", "user:a\nX-A: b",
		"Host: x", "X A: b"
	};
	struct http_credentials it;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!parse_credentials(&it, bad[i]), "accepted: %s", bad[i]);
	ck_assert(parse_credentials(&it, "user:pass: word\r\n"));
	ck_assert_str_eq(it.login, "user:pass: word");
	ck_assert_int_eq(it.count, 0);
	ck_assert(parse_credentials(&it, "X-ClickHouse-User: u\nX-ClickHouse-Key: k\n\n"));
	ck_assert_ptr_null(it.login);
	ck_assert_int_eq(it.count, 2);
	ck_assert_str_eq(it.line[1], "X-ClickHouse-Key: k");
	ck_assert(parse_credentials(&it, "Authorization: Bearer x"));
	ck_assert(!it.named);
}
END_TEST

/* Of several servers, each gets its own ones, and no other one does. */
START_TEST(credentials_of_servers)
{
	static const char *const others[] = { "http://b.example:8443", "https://b.example", "https://b.example:8444",
					      "https://a.b.example:8443" };
	static const char *const bad[] = {
		"https://b.example:8443",
		"user:word\nhttps://a.example\nuser:word",
		"https://b.example:8443/path\nuser:word",
		"https://b.example:x\nuser:word",
		"https://b.example:8443\nuser:word\nhttps://b.example:8443\nuser:other",
		"https://a.example\nnothing\nhttps://b.example:8443\nuser:word",
	};
	struct http_credentials it;
	char text[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!parse_credentials(&it, bad[i]), "accepted: %s", bad[i]);
	ck_assert(parse_credentials(&it, "https://a.example\nX-A: a\n\nhttps://B.example:8443\r\nX-B: b\nX-C: c\n"
					 "https://c.example\nuser:word"));
	ck_assert(it.named);
	ck_assert_ptr_null(it.login);
	ck_assert_int_eq(it.count, 2);
	ck_assert_str_eq(it.line[0], "X-B: b");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text), "%s\nuser:word", others[i]);
		ck_assert(parse_credentials(&it, text));
		ck_assert_msg(it.named && !it.login && !it.count, "sent to another server than %s", others[i]);
	}
}
END_TEST

START_TEST(credentials_are_private)
{
	const struct address server = server_of("http://localhost/");
	struct http_credentials it;
	char file[] = "/tmp/synscope-XXXXXX";
	int fd = mkstemp(file);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "user:word\n", 10), 10);
	ck_assert_int_eq(http_credentials_read(&it, file, &server), 0);
	ck_assert_str_eq(it.login, "user:word");
	ck_assert_int_eq(fchmod(fd, 0640), 0);
	ck_assert_int_eq(http_credentials_read(&it, file, &server), -EACCES);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(http_credentials_read(&it, file, &server), -ENOENT);
	ck_assert_int_eq(http_credentials_read(&it, "/tmp", &server), -EINVAL);
	close(fd);
}
END_TEST

/* ---- answers */

START_TEST(meanings)
{
	static const struct {
		long status;
		int meaning;
	} all[] = { { 200, 0 },	      { 204, 0 },	  { 301, -EPROTO },  { 400, -EBADMSG }, { 401, -EPROTO },
		    { 404, -EPROTO }, { 413, -EMSGSIZE }, { 415, -EBADMSG }, { 422, -EBADMSG }, { 429, -EPROTO },
		    { 500, -EPROTO }, { 503, -EPROTO },	  { 0, -EPROTO } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ck_assert_int_eq(http_meaning(all[i].status), all[i].meaning);
}
END_TEST

START_TEST(retry_after_is_bounded)
{
	ck_assert_uint_eq(http_retry_after_ns(0), 0);
	ck_assert_uint_eq(http_retry_after_ns(-5), 0);
	ck_assert_uint_eq(http_retry_after_ns(7), 7 * NS_PER_S);
	ck_assert_uint_eq(http_retry_after_ns(1LL << 62), RETRY_AFTER_MAX_S * NS_PER_S);
}
END_TEST

/* ---- batches, to a server in this process */

struct taken {
	int lines[TAKEN_MAX];
	__u64 first[TAKEN_MAX]; /* the number of its first record */
	__u64 ns[TAKEN_MAX]; /* when it came */
	bool again[TAKEN_MAX]; /* the same bytes as the one before */
	bool gzip;
	char *last;
	size_t last_bytes;
};

static void note_lines(struct taken *taken, int number, const char *body, size_t bytes)
{
	const char *member = strstr(body, "\"client_bytes\":");

	ck_assert_ptr_nonnull(member);
	taken->first[number] = strtoull(member + strlen("\"client_bytes\":"), NULL, 10);
	for (size_t i = 0; i < bytes; i++)
		taken->lines[number] += body[i] == '\n';
}

static void note_packed(struct taken *taken, int number, const char *body, size_t bytes)
{
	static char lines[2 * HTTP_ROOM];
	z_stream stream = { .next_in = (Bytef *)body,
			    .avail_in = (uInt)bytes,
			    .next_out = (Bytef *)lines,
			    .avail_out = sizeof(lines) - 1 };

	ck_assert_int_eq(inflateInit2(&stream, 15 + 16), Z_OK);
	ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
	lines[stream.total_out] = '\0';
	note_lines(taken, number, lines, stream.total_out);
	inflateEnd(&stream);
}

static void note(void *context, int number, const char *head, const char *body, size_t bytes)
{
	struct taken *taken = context;

	ck_assert_int_lt(number, TAKEN_MAX);
	ck_assert_uint_gt(bytes, 0);
	ck_assert_ptr_eq(strstr(head, "/x?q=a%20b\nmethod: POST\n"), head);
	taken->ns[number] = monotonic_ns();
	taken->again[number] = taken->last_bytes == bytes && !memcmp(taken->last, body, bytes);
	taken->last = realloc(taken->last, bytes + 1);
	ck_assert_ptr_nonnull(taken->last);
	memcpy(taken->last, body, bytes);
	taken->last_bytes = bytes;
	ck_assert(!strstr(head, "Content-Encoding: gzip") == !taken->gzip);
	if (taken->gzip)
		note_packed(taken, number, body, bytes);
	else
		note_lines(taken, number, body, bytes);
}

/* Send records 1 to `records` with these answers, until `requests` were taken or nothing waits. */
static void run_script(struct taken *taken, struct destination_counts *counts, const char *const *answers,
		       int answers_count, __u32 records, __u32 queue, int requests)
{
	const struct destination_options options = { .queue_records = queue, .http = { .plain = !taken->gzip } };
	const struct flow_clock clock = flow_clock_now();
	struct http_taker taker = {
		.answers = answers, .answers_count = answers_count, .take = note, .context = taken
	};
	struct destination destination;
	struct address address;
	char url[64];

	ck_assert(http_taker_start(&taker, 0));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/x?q=a b", taker.port);
	ck_assert_ptr_null(address_parse(url, &address));
	ck_assert_int_eq(destination_open(&destination, &address, &options), 0);
	for (__u32 n = 1; n <= records; n++) {
		const struct export_record record = made_record(n, &clock);

		destination_put(&destination, &record);
	}
	do {
		usleep(WAIT_US);
		destination_counts(&destination, counts);
	} while (counts->waiting && __atomic_load_n(&taker.requests, __ATOMIC_ACQUIRE) < requests);
	destination_stop(&destination, monotonic_ns());
	ck_assert(destination_close(&destination));
	http_taker_stop(&taker);
	destination_counts(&destination, counts);
	free(taken->last);
}

#define RUN(taken, counts, records, queue, requests, ...)               \
	run_script(taken, counts, (const char *const[]){ __VA_ARGS__ }, \
		   sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), records, queue, requests)

START_TEST(what_was_not_acknowledged_is_sent_again)
{
	static const char *const answers[] = { "503", "close", "404", "301 Location: /x", "200" };
	struct taken taken = { .gzip = _i };
	struct destination_counts counts;

	run_script(&taken, &counts, answers, 5, 100, 256, 100);
	ck_assert_uint_eq(counts.records, 100);
	ck_assert_uint_eq(counts.messages, 1);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(taken.lines[i], 100);
		ck_assert_uint_eq(taken.first[i], 1);
		ck_assert(!i || taken.again[i]);
	}
}
END_TEST

START_TEST(batches_have_a_size)
{
	struct taken taken = { .gzip = true };
	struct destination_counts counts;
	int most = HTTP_ROOM / LINE_MAX_BYTES, lines = 0;

	RUN(&taken, &counts, 4096, 4096, 100, "200");
	ck_assert_uint_eq(counts.records, 4096);
	ck_assert_uint_ge(counts.messages, 2); /* by bytes */
	for (__u64 i = 0; i < counts.messages; i++) {
		ck_assert(i == counts.messages - 1 || taken.lines[i] > most);
		ck_assert_uint_eq(taken.first[i], lines + 1);
		lines += taken.lines[i];
	}
	ck_assert_int_eq(lines, 4096);
}
END_TEST

START_TEST(few_records_wait_for_more)
{
	struct taken taken = { .gzip = true };
	struct destination_counts counts;
	__u64 begun = monotonic_ns();

	RUN(&taken, &counts, 3, 4096, 100, "200");
	ck_assert_uint_eq(counts.messages, 1);
	ck_assert_uint_ge(taken.ns[0] - begun, NS_PER_S - NS_PER_S / 10);
	taken = (struct taken){ .gzip = true };
	RUN(&taken, &counts, 16, 16, 100, "200"); /* a full queue does not */
	ck_assert_uint_eq(taken.lines[0], 16);
}
END_TEST

START_TEST(too_large_requests_become_smaller)
{
	struct taken taken = { .gzip = true };
	struct destination_counts counts;

	RUN(&taken, &counts, 64, 64, 100, "413", "413", "200");
	ck_assert_uint_eq(counts.records, 64);
	ck_assert_int_eq(taken.lines[0], 64);
	ck_assert_int_le(taken.lines[1], 33);
	ck_assert_int_le(taken.lines[2], 17);
	ck_assert_int_le(taken.lines[3], 17); /* the limit is remembered */
	taken = (struct taken){ .gzip = true };
	RUN(&taken, &counts, 16, 16, 100, "413", "413", "413", "413", "413", "413", "200");
	ck_assert_uint_ge(counts.lost[LOSS_TOO_LARGE], 1); /* what is too large alone */
	ck_assert_uint_le(counts.lost[LOSS_TOO_LARGE], 2);
	ck_assert_uint_eq(counts.records, 16 - counts.lost[LOSS_TOO_LARGE]);
}
END_TEST

/* 4 of 512 records are in a request in the end, and more again after enough of these. */
START_TEST(requests_become_larger_again)
{
	struct taken taken = { .gzip = true };
	struct destination_counts counts;

	RUN(&taken, &counts, 512, 512, 100, "413", "413", "413", "413", "413", "413", "413", "200");
	ck_assert_uint_eq(counts.records, 512);
	for (int i = 7; i < 7 + 16; i++)
		ck_assert_int_le(taken.lines[i], 5);
	ck_assert_int_ge(taken.lines[7 + 16], 7);
	ck_assert_int_ge(taken.lines[7 + 32], 14);
}
END_TEST

START_TEST(retry_after_is_kept)
{
	struct taken taken = { .gzip = true };
	struct destination_counts counts;

	RUN(&taken, &counts, 16, 16, 100, "503 Retry-After: 2", "200");
	ck_assert_uint_ge(taken.ns[1] - taken.ns[0], 2 * NS_PER_S - NS_PER_S / 10);
	ck_assert(taken.again[1]);
}
END_TEST

/* What a server refuses is given up only when it keeps others out. */
START_TEST(refused_batches_are_kept_until_the_queue_is_full)
{
	struct taken taken = { .gzip = true };
	struct destination_counts counts;

	RUN(&taken, &counts, 16, 32, 3, "400");
	ck_assert_uint_eq(counts.lost[LOSS_REFUSED], 0);
	ck_assert_uint_eq(counts.lost[LOSS_UNDELIVERED], 16);
	taken = (struct taken){ .gzip = true };
	RUN(&taken, &counts, 16, 16, 3, "422");
	ck_assert_uint_eq(counts.lost[LOSS_REFUSED], 16);
	taken = (struct taken){ .gzip = true };
	RUN(&taken, &counts, 16, 16, 3, "401");
	ck_assert_uint_eq(counts.lost[LOSS_REFUSED], 0);
}
END_TEST

/* No wait outlives the time to stop: neither for an answer, nor the one that the server asked for. */
START_TEST(the_end_is_in_time)
{
	static const char *const answers[] = { "hang", "503 Retry-After: 100" };
	struct taken taken = { .gzip = true };
	struct destination_counts counts;
	__u64 begun = monotonic_ns();

	run_script(&taken, &counts, &answers[_i], 1, 16, 16, 1);
	ck_assert_uint_lt(monotonic_ns() - begun, 30 * NS_PER_S);
	ck_assert_uint_eq(counts.lost[LOSS_UNDELIVERED], 16);
}
END_TEST

Suite *export_http_suite(void)
{
	Suite *suite = suite_create("export_http");
	TCase *text = tcase_create("text"), *batches = tcase_create("batches");

	tcase_add_test(text, urls);
	tcase_add_test(text, bad_urls);
	tcase_add_test(text, urls_are_encoded_once);
	tcase_add_test(text, fields);
	tcase_add_test(text, credentials);
	tcase_add_test(text, credentials_of_servers);
	tcase_add_test(text, credentials_are_private);
	tcase_add_test(text, meanings);
	tcase_add_test(text, retry_after_is_bounded);
	suite_add_tcase(suite, text);
	tcase_set_timeout(batches, 60);
	tcase_add_loop_test(batches, what_was_not_acknowledged_is_sent_again, 0, 2);
	tcase_add_test(batches, batches_have_a_size);
	tcase_add_test(batches, few_records_wait_for_more);
	tcase_add_test(batches, too_large_requests_become_smaller);
	tcase_add_test(batches, requests_become_larger_again);
	tcase_add_test(batches, retry_after_is_kept);
	tcase_add_test(batches, refused_batches_are_kept_until_the_queue_is_full);
	tcase_add_loop_test(batches, the_end_is_in_time, 0, 2);
	suite_add_tcase(suite, batches);
	return suite;
}
