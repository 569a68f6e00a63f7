// SPDX-License-Identifier: GPL-2.0-only
/* Names of flows, as commands take them. */
#include "fixture.h"
#include "flow/name.h"
#include "suites.h"

START_TEST(names)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view = view_after(&record, 0);
	struct flow_name name;

	ck_assert(flow_name_parse(&name, "10.0.0.1:40000-10.0.0.2:443"));
	ck_assert(flow_name_matches(&name, &view));
	ck_assert(flow_name_parse(&name, "10.0.0.2:443-10.0.0.1:40000#1"));
	ck_assert(flow_name_matches(&name, &view));
	ck_assert(flow_name_parse(&name, "10.0.0.1:40000-10.0.0.2:443#2"));
	ck_assert(!flow_name_matches(&name, &view));
	ck_assert(flow_name_parse(&name, "10.0.0.1:443-10.0.0.2:40000"));
	ck_assert(!flow_name_matches(&name, &view));
	ck_assert(flow_name_parse(&name, "[2001:DB8::1]:1-[::ffff:1.2.3.4]:0"));
	ck_assert(name.ip[0].ipv6);
	ck_assert_uint_eq(name.port[1], 0);
}
END_TEST

static const char *const no_flow_names[] = {
	"",
	"nonsense",
	"10.0.0.1:1",
	"10.0.0.1-10.0.0.2",
	"10.0.0.1:1-10.0.0.2:65536",
	"10.0.0.1:1-10.0.0.2:",
	"10.0.0.1:1-[::1]:2",
	"::1:1-::2:2",
	"[::1]:1-[::2:2",
	"[::1:1-[::2]:2",
	"[]:1-[]:2",
	":1-:2",
	"10.0.0.1:1-10.0.0.2:2#0",
	"10.0.0.1:1-10.0.0.2:2#",
	"10.0.0.1:1-10.0.0.2:2#x",
	"10.0.0.1:1-10.0.0.2:2-10.0.0.3:3",
	"example.org:1-10.0.0.2:2",
};

START_TEST(what_is_no_flow_name)
{
	struct flow_name name;

	ck_assert_msg(!flow_name_parse(&name, no_flow_names[_i]), "%s", no_flow_names[_i]);
}
END_TEST

Suite *flow_name_suite(void)
{
	Suite *suite = suite_create("flow_name");
	TCase *tcase = tcase_create("flow_name");

	tcase_add_test(tcase, names);
	tcase_add_loop_test(tcase, what_is_no_flow_name, 0, sizeof(no_flow_names) / sizeof(no_flow_names[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
