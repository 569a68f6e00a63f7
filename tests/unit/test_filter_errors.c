// SPDX-License-Identifier: GPL-2.0-only
/* The messages about invalid filters, and the positions that they give. No sequence of bytes may do harm. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "filter/internal.h"
#include "fixture.h"
#include "base/message.h"
#include "suites.h"

static const struct {
	const char *filter;
	unsigned int column;
	const char *said; /* part of the message */
} mistakes[] = {
	/* values */
	{ "state foo and port 3", 7, "expected a state after 'state', not 'foo': CLOSED, LISTEN" },
	{ "state", 6, "expected a state after 'state', but the filter ends" },
	{ "state establish", 7, "did you mean 'ESTABLISHED'?" },
	{ "state synsent", 7, "did you mean 'SYN_SENT'?" },
	{ "state estap", 7, "did you mean 'estab'?" },
	{ "state and port 3", 7, "expected a state after 'state', not 'and'" },
	{ "state 'established'", 8, "expected a state" },
	{ "state > established", 7, "expected == or != with state" },
	{ "outcome refuse", 9, "expected an outcome after 'outcome', not 'refuse' (did you mean 'refused'?)" },
	{ "outcome xyzzy", 9, "idle_timeout, superseded or evicted" },
	{ "origin syn", 8, "did you mean 'synack'?" },
	{ "conn_state S9", 12, "did you mean 'S0'?" },
	{ "port 65536", 6,
	  "expected a port (443), a service (https) or a range (8000-8080) after 'port', not '65536'" },
	{ "port http", 6, "expected a port" },
	{ "port -1", 6, "expected a port" },
	{ "port 80-", 6, "expected a port" },
	{ "port 90-80", 6, "expected a port" },
	{ "port 80-90-100", 6, "expected a port" },
	{ "port 4.4", 6, "expected a port" },
	{ "port 80,443", 6, "expected a port" },
	{ "server port", 12,
	  "expected a port (443), a service (https) or a range (8000-8080) after 'port', but the filter ends" },
	{ "port > 3-4", 6, "expected == or != before a range" },
	{ "port >", 7, "but the filter ends" },
	{ "port > > 3", 8, "not '>'" },
	{ "port ! = 3", 6, "not '!'" },
	{ "vlan 4096", 6, "expected a VLAN id" },
	{ "packets 5x", 9, "expected a number" },
	{ "packets 99999999999999999999", 9, "expected a number" },
	{ "packets 99999999999T", 9, "expected a number" },
	{ "packets 1.0000000001k", 9, "expected a number" },
	{ "bytes 10MiB", 7, "expected bytes (10M)" },
	{ "host 10.0.0", 6, "expected an address or a prefix (10.0.0.0/8) after 'host', not '10.0.0'" },
	{ "net 10.0.0.0/33", 5, "expected an address" },
	{ "net 10.0.0.0/", 5, "expected an address" },
	{ "net /8", 5, "expected an address" },
	{ "net fd00::/129", 5, "expected an address" },
	{ "net [10.0.0.1]", 5, "expected an address" },
	{ "host < 10.0.0.1", 6, "expected == or != with host" },
	{ "interface ''", 12, "expected the name of an interface" },
	{ "interface == (", 14, "not '('" },
	{ "instance abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl", 10, "not 'abcdefgh" },
	/* times */
	{ "latency > 100", 11,
	  "expected a time with its unit (100ms) or a range (10ms-1s) after 'latency', not '100'" },
	{ "latency > 100 ms", 11, "expected a time" },
	{ "latency > 10k", 11, "expected a time" },
	{ "latency 100ms", 9, "expected a comparison after 'latency', such as > 100ms" },
	{ "idle > 1.5ns", 8, "expected a time" },
	{ "idle > .5s", 8, "expected a time" },
	{ "idle > 999999999d", 8, "expected a time" },
	/* dates */
	{ "started > yesterday", 11,
	  "expected a date (2026-11-26, 2026-11-26T03:00) or how long ago (-2h) after 'started', not 'yesterday'" },
	{ "started -2h", 9, "expected a comparison after 'started', such as > -2h" },
	{ "started > 2026-02-30", 11, "expected a date" },
	{ "started > 2026-13-01", 11, "expected a date" },
	{ "started > 2026-1-1", 11, "expected a date" },
	{ "started > 1969-12-31", 11, "expected a date" },
	{ "started > 2300-01-01", 11, "expected a date" },
	{ "started > 2026-11-26T", 11, "expected a date" },
	{ "started > 2026-11-26T24:00", 11, "expected a date" },
	{ "started > 2026-11-26T03", 11, "expected a date" },
	{ "started > 2026-11-26T03:00:", 11, "expected a date" },
	{ "started > 2026-11-26T03:00:00.", 11, "expected a date" },
	{ "started > 2026-11-26T03:00:00.0123456789", 11, "expected a date" },
	{ "started > 2026-11-26T03:00Zulu", 11, "expected a date" },
	{ "started > 2026-11-26T03:00+1", 11, "expected a date" },
	{ "started > 2026-11-26T03:00+24:00", 11, "expected a date" },
	{ "started > 2026-11-26Z", 11, "expected a date" },
	{ "ended > -2", 9, "expected a date" },
	{ "ended > --2h", 9, "expected a date" },
	{ "ended > -1h-2h", 9, "expected a date" },
	{ "client started > -2h", 8, "expected a field of an endpoint after 'client'" },
	/* fields */
	{ "prot 80", 1, "unknown field 'prot' (did you mean 'port'?)" },
	{ "port 3 and lattency > 3ms", 12, "did you mean 'latency'?" },
	{ "zzzzzz 3", 1, "expected a field, such as state, port or latency, not 'zzzzzz'" },
	{ "port 80 or 443", 12, "did you mean 'port 443'?" },
	{ "10.0.0.1", 1, "did you mean 'host 10.0.0.1'?" },
	{ "not refused", 5, "did you mean 'outcome refused'?" },
	{ "closed", 1, "did you mean 'state closed'?" },
	{ "src", 4, "expected a field" },
	{ "sport", 6,
	  "expected a port (443), a service (https) or a range (8000-8080) after 'port', but the filter ends" },
	{ "dport 10.0.0.1", 7, "expected a port" },
	{ ":65536", 1, "expected a port" },
	{ ":no-service", 1, "expected a port" },
	{ ":", 1, "expected a field" },
	{ "established closing", 13, "expected 'and', 'or' or the end, not 'closing'" },
	{ "state established and port 3 closing", 30, "expected 'and', 'or' or the end, not 'closing'" },
	{ ":443 :80", 6, "expected 'and', 'or' or the end, not ':80'" },
	{ "port 443 refused", 10, "expected 'and', 'or' or the end, not 'refused'" },
	{ "port ::443", 6, "expected a port" },
	{ "bytes :443", 7, "expected bytes" },
	{ "tcp tcp tcp", 9, "expected 'and', 'or' or the end" },
	{ "tcp 443", 5, "did you mean 'port 443'?" },
	{ "src latency > 3ms", 5, "expected a field of an endpoint" },
	{ "== 3", 1, "expected a field" },
	{ "client latency > 3ms", 8, "expected a field of an endpoint after 'client', such as port, not 'latency'" },
	{ "server ipv6", 8, "expected a field of an endpoint after 'server'" },
	{ "client", 7, "expected a field" },
	{ "client server port 3", 8, "expected a field" },
	{ "client (port 3)", 8, "expected a field" },
	{ "'port' 3", 2, "expected a field" },
	{ "ipv4 == 1", 6, "expected 'and', 'or' or the end, not '=='" },
	/* and or not ( ) */
	{ "port 3 port 4", 8, "expected 'and', 'or' or the end, not 'port'" },
	{ "port 3 and", 11, "expected a field, such as state, port or latency, but the filter ends" },
	{ "or port 3", 1, "not 'or'" },
	{ "not", 4, "but the filter ends" },
	{ "port 3 not port 4", 8, "expected 'and', 'or' or the end, not 'not'" },
	{ "port 3 & port 4", 8, "expected 'and', 'or' or the end, not '&'" },
	{ "port 3 | port 4", 8, "not '|'" },
	{ "(port 3", 8, "expected 'and', 'or' or the ')' of the '(' in column 1, but the filter ends" },
	{ "ipv4 and (port 3 or (port 4) ipv6", 30, "the ')' of the '(' in column 10, not 'ipv6'" },
	{ "port 3)", 7, "this ')' has no '('" },
	{ ")", 1, "not ')'" },
	{ "()", 2, "expected a field, such as state, port or latency, not ')'" },
	{ "interface 'eth0", 11, "this quote has no end" },
	{ "state \"estab", 7, "this quote has no end" },
	/* columns are characters */
	{ "idle > 3µs and state foo", 22, "expected a state" },
	{ "interface 'größe' and port x", 28, "expected a port" },
};

START_TEST(are_pointed_at)
{
	struct filter_error error = { 0 };
	struct filter filter;

	ck_assert_int_eq(filter_parse_text(mistakes[_i].filter, NULL, &filter, &error), -EINVAL);
	ck_assert_msg(error.column == mistakes[_i].column && strstr(error.text, mistakes[_i].said),
		      "'%s': column %u: %s", mistakes[_i].filter, error.column, error.text);
	ck_assert_ptr_null(filter.step);
}
END_TEST

/* Nested parentheses cannot overflow the stack. */
START_TEST(depth)
{
	static const char *const open[] = { "(", "not ", "!(", "! (not " };
	static char text[1000100];
	struct filter_error error;
	struct filter filter;
	size_t length = strlen(open[_i]), deep = _i < 2 ? 100 : _i == 2 ? 50 : 34;

	for (size_t i = 0; i < sizeof(text) - 100; i++)
		text[i] = open[_i][i % length];
	ck_assert_int_eq(filter_parse_text(text, NULL, &filter, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "more than 100 '(' and 'not' within one another"));
	ck_assert_uint_ge(error.column, 101);
	ck_assert_uint_le(error.column, deep * length + 1);
}
END_TEST

START_TEST(as_deep_as_allowed)
{
	char text[300] = "";
	struct filter_error error;
	struct filter filter;

	memset(text, '(', 100);
	strcpy(text + 100, "port 3");
	memset(text + strlen(text), ')', 100);
	ck_assert_int_eq(filter_parse_text(text, NULL, &filter, &error), 0);
	filter_free(&filter);
}
END_TEST

/* The words of a command line are shown as one line, with a mark below. */
START_TEST(words_are_joined)
{
	const char *good[] = { "state", "established and", "port", "443" };
	const char *bad[] = { "port", "3\033[2J", "or" };
	struct filter filter;
	struct capture capture = capture_begin(STDERR_FILENO);
	char logged[1024];

	ck_assert_int_eq(filter_parse(good, 4, &filter), 0);
	filter_free(&filter);
	ck_assert_int_eq(filter_parse(NULL, 0, &filter), 0);
	ck_assert_int_eq(filter.steps, 0);
	ck_assert_int_eq(filter_parse(bad, 3, &filter), EXIT_USAGE);
	capture_end(&capture, logged, sizeof(logged));
	ck_assert_str_eq(
		logged,
		"synscope: filter: expected a port (443), a service (https) or a range (8000-8080) after 'port', not "
		"'3\\x1b[2J', column 6; try 'synscope help filter'\n"
		"  port 3\\x1b[2J or\n"
		"       ^\n");
}
END_TEST

/* Of a long filter, only the part around the mistake is shown. */
START_TEST(long_lines_are_cut)
{
	static char text[3000], logged[2048];
	const char *words[] = { text };
	const char *shown, *mark;
	struct capture capture;
	struct filter filter;

	for (int i = 0; i < 100; i++)
		strcat(text, "port 4444 or ");
	strcat(text, "lorem ipsum");
	for (int i = 0; i < 100; i++)
		strcat(text, " or port 4444");
	capture = capture_begin(STDERR_FILENO);
	ck_assert_int_eq(filter_parse(words, 1, &filter), EXIT_USAGE);
	capture_end(&capture, logged, sizeof(logged));
	ck_assert_ptr_nonnull(strstr(logged, ", column 1301;"));
	shown = strchr(logged, '\n') + 1;
	mark = strchr(shown, '\n') + 1;
	ck_assert_int_eq(mark - shown, 2 + 76 + 1);
	ck_assert(!strncmp(shown + strcspn(mark, "^"), "lorem", 5));
}
END_TEST

/* ---- names of hosts */

/* What the command line has looked up is known afterwards, but nothing else is looked up then. */
START_TEST(known_hosts)
{
	static struct filter_names names = {
		.host = { { .name = "web.example",
			    .address = { { .word = { 0x0100000a }, .mask = { ~0U } }, /* 10.0.0.1 on little endian */
					 { .word = { 0x0200000a }, .mask = { ~0U } } },
			    .addresses = 2 } },
		.hosts = 1,
	};
	struct filter_error error;
	struct filter filter;

	ck_assert_int_eq(filter_parse_text("not host WEB.example and src web.example", &names, &filter, &error), 0);
	ck_assert_int_eq(filter.steps, 8);
	filter_free(&filter);
	ck_assert_int_eq(filter_parse_text("host != web.example", &names, &filter, &error), 0);
	ck_assert_int_eq(filter.steps, 4);
	ck_assert(!filter.step[0].test.negate);
	filter_free(&filter);
	ck_assert_int_eq(filter_parse_text("host db.example", &names, &filter, &error), -EINVAL);
	ck_assert_uint_eq(error.column, 6);
	ck_assert_ptr_nonnull(strstr(error.text, "'db.example' is a name: hosts are looked up on the command line"));
	ck_assert_int_eq(filter_parse_text("host db.example", NULL, &filter, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "expected an address"));
}
END_TEST

/* ---- any bytes at all */

static __u32 random_number(__u64 *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33;
}

/* The text must be either a filter or a mistake with a position within the text. */
static void try(const char *text)
{
	const struct flow_record record = record_at(STAGE_DATA);
	const struct flow_view view = view_after(&record, S);
	const struct flow_labels labels = { .ifname = "eth0" };
	struct filter_error error = { 0 };
	struct filter filter;
	int err = filter_parse_text(text, NULL, &filter, &error);

	if (!err) {
		filter_match(&filter, &view, &labels);
		filter_free(&filter);
		return;
	}
	ck_assert_int_eq(err, -EINVAL);
	ck_assert_uint_ge(error.column, 1);
	ck_assert_uint_le(error.column, strlen(text) + 1);
	ck_assert(*error.text);
}

/* Parses a copy in memory of its exact size, so that ASan finds a read beyond it. */
static void try_exactly(const char *text, size_t length)
{
	char *copy = malloc(length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	try(copy);
	free(copy);
}

START_TEST(random_bytes)
{
	__u64 state = 1;

	for (int i = 0; i < 20000; i++) {
		char text[64];
		size_t length = random_number(&state) % sizeof(text);

		for (size_t j = 0; j < length; j++)
			text[j] = (char)(1 + random_number(&state) % 255);
		try_exactly(text, length);
	}
}
END_TEST

/* Random words of the language, which get further in the parser than random bytes. */
START_TEST(random_pieces)
{
	static const char *const pieces[] = {
		"port", "client ", "server",   " ",	   " ",
		" ",	"and ",	   "or ",      "not ",	   "(",
		")",	"!",	   "!=",       "==",	   ">=",
		"<",	"=",	   "&&",       "||",	   "&",
		"443",	"1-9",	   "latency ", "3ms",	   "µs",
		"K",	"state",   "estab",    "closing ", "-",
		".",	"'",	   "\"",       "net ",	   "::/",
		"[",	"]",	   "10.0.",    "0.0.1",	   "/8",
		"dev",	"eth0",	   "ipv6 ",    "vlan ",	   "outcome ",
		"open", "\xc2",	   "\t",       "bytes",	   ":",
		"\xff", "g",	   "1.5",      "origin",   "99999999999999999999",
	};
	__u64 state = 2;

	for (int i = 0; i < 20000; i++) {
		char text[512] = "";
		int count = random_number(&state) % 20;

		while (count--)
			strcat(text, pieces[random_number(&state) % (sizeof(pieces) / sizeof(pieces[0]))]);
		try_exactly(text, strlen(text));
	}
}
END_TEST

/* Every invalid filter, cut off at any byte, and with any byte changed. */
START_TEST(damaged)
{
	__u64 state = 3;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		size_t length = strlen(mistakes[i].filter);

		for (size_t j = 0; j <= length; j++) {
			char text[256];

			try_exactly(mistakes[i].filter, j);
			strcpy(text, mistakes[i].filter);
			text[j] = (char)random_number(&state);
			text[j + 1] = j < length ? text[j + 1] : '\0';
			try_exactly(text, strlen(text));
		}
	}
}
END_TEST

Suite *filter_errors_suite(void)
{
	Suite *suite = suite_create("filter_errors");
	TCase *tcase = tcase_create("filter_errors");

	tcase_add_loop_test(tcase, are_pointed_at, 0, sizeof(mistakes) / sizeof(mistakes[0]));
	tcase_add_loop_test(tcase, depth, 0, 4);
	tcase_add_test(tcase, as_deep_as_allowed);
	tcase_add_test(tcase, words_are_joined);
	tcase_add_test(tcase, long_lines_are_cut);
	tcase_add_test(tcase, known_hosts);
	tcase_add_test(tcase, random_bytes);
	tcase_add_test(tcase, random_pieces);
	tcase_add_test(tcase, damaged);
	tcase_set_timeout(tcase, 300);
	suite_add_tcase(suite, tcase);
	return suite;
}
