// SPDX-License-Identifier: GPL-2.0-only
/* The tunnels of a flow: in JSON, CSV, filters, the option --decap and the line about what is not followed. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/terminal.h"
#include "filter/filter.h"
#include "fixture.h"
#include "flow/tunnel.h"
#include "format/flow_output.h"
#include "format/tunnel.h"
#include "instance/not_followed.h"
#include "suites.h"

#define IN_MPLS_AND_VXLAN 1
#define IN_GRE6 2
#define CLAIMED 3
#define DAMAGED 4

static struct flow_tunnel *tunnels;

static void make_tunnels(void)
{
	static struct flow_tunnel made[TUNNELS_MAX];
	struct tunnel_layer vxlan = { .id = 42, .kind = TUNNEL_VXLAN, .flags = TUNNEL_HAS_ID };
	struct tunnel_layer gre = { .kind = TUNNEL_GRE, .flags = TUNNEL_IPV6 };
	struct tunnel_layer mpls = { .id = 16, .kind = TUNNEL_MPLS, .flags = TUNNEL_HAS_ID };

	inet_pton(AF_INET, "192.0.2.1", vxlan.src);
	inet_pton(AF_INET, "192.0.2.2", vxlan.dst);
	inet_pton(AF_INET6, "2001:db8::1", gre.src);
	inet_pton(AF_INET6, "2001:db8::2", gre.dst);
	made[IN_MPLS_AND_VXLAN - 1] = (struct flow_tunnel){ TUNNEL_VALID, 2, { mpls, vxlan } };
	made[IN_GRE6 - 1] = (struct flow_tunnel){ TUNNEL_VALID, 1, { gre } };
	made[CLAIMED - 1] = (struct flow_tunnel){ TUNNEL_CLAIMED, 1, { gre } };
	gre.kind = TUNNEL_KINDS;
	made[DAMAGED - 1] = (struct flow_tunnel){ TUNNEL_VALID, 1, { gre } };
	tunnels = made;
}

static const struct {
	__u16 number;
	const char *json, *csv;
} printed[] = {
	{ 0, "\"tunnel\":[]", ",,,," },
	{ IN_MPLS_AND_VXLAN,
	  "\"tunnel\":[{\"kind\":\"mpls\",\"id\":16,\"src\":null,\"dst\":null},"
	  "{\"kind\":\"vxlan\",\"id\":42,\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\"}]",
	  ",mpls vxlan,16 42,- 192.0.2.1,- 192.0.2.2" },
	{ IN_GRE6, "\"tunnel\":[{\"kind\":\"gre\",\"id\":null,\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::2\"}]",
	  ",gre,-,2001:db8::1,2001:db8::2" },
	{ CLAIMED, "\"tunnel\":null", ",,,," },
	{ DAMAGED, "\"tunnel\":null", ",,,," },
	{ TUNNELS_MAX, "\"tunnel\":null", ",,,," },
	{ TUNNELS_MAX + 1, "\"tunnel\":null", ",,,," },
	{ TUNNEL_UNKNOWN, "\"tunnel\":null", ",,,," },
};

static char *print(enum output_format format, __u16 number)
{
	const struct flow_labels labels = { .instance = "eth0", .tunnels = tunnels };
	struct flow_record record = record_at(STAGE_DATA);
	struct terminal terminal = { 0 };
	struct flow_output output;
	struct flow_view view;
	struct buffer out;

	record.cold.tunnel = number;
	view = view_after(&record, 1 * S);
	buffer_init(&out, BUFFER_MEMORY);
	flow_output_begin(&output, format, &out, &terminal, 1, (struct flow_extras){ 0 });
	flow_output_add(&output, &view, &labels);
	flow_output_end(&output);
	buffer_char(&out, '\0');
	return out.data;
}

/* Does the last line end so, but for the fields after the tunnels? */
static void check_end(char *text, const char *end, const char *after)
{
	size_t length = strlen(text) - strlen(after), wanted = strlen(end);

	ck_assert_uint_gt(length, wanted);
	ck_assert_str_eq(text + length, after);
	text[length] = '\0';
	ck_assert_str_eq(text + length - wanted, end);
	free(text);
}

START_TEST(output)
{
	make_tunnels();
	check_end(print(OUTPUT_JSONL, printed[_i].number), printed[_i].json,
		  ",\"rtt\":null,\"age_ns\":1000000000,\"idle_ns\":960485888}\n");
	check_end(print(OUTPUT_CSV, printed[_i].number), printed[_i].csv, ",,,,,,,,,1000000000,960485888\n");
}
END_TEST

START_TEST(for_people)
{
	char text[TUNNEL_TEXT_SIZE];

	make_tunnels();
	tunnel_text(text, &tunnels[IN_MPLS_AND_VXLAN - 1].layer[0]);
	ck_assert_str_eq(text, "mpls 16");
	tunnel_text(text, &tunnels[IN_MPLS_AND_VXLAN - 1].layer[1]);
	ck_assert_str_eq(text, "vxlan 42, from 192.0.2.1 to 192.0.2.2");
	tunnel_text(text, &tunnels[IN_GRE6 - 1].layer[0]);
	ck_assert_str_eq(text, "gre, from 2001:db8::1 to 2001:db8::2");
}
END_TEST

#define NONE 1U
#define BOTH 2U
#define GRE 4U
#define UNKNOWN 8U

static const struct {
	const char *filter;
	unsigned int matching;
} filters[] = {
	{ "tunnel vxlan", BOTH },
	{ "tunnel mpls", BOTH },
	{ "tunnel gre", GRE },
	{ "tunnel none", NONE },
	{ "tunnel != none", BOTH | GRE },
	{ "tunnel != vxlan", NONE | GRE },
	{ "not tunnel vxlan", NONE | GRE | UNKNOWN },
	{ "tunnel gtpu", 0 },
	{ "vni 42", BOTH },
	{ "vni 16", 0 },
	{ "vni 1-100", BOTH },
	{ "vni != 42", NONE | GRE },
	{ "vni != 43", NONE | BOTH | GRE },
	{ "tunnel_id 16", BOTH },
	{ "tunnel_id 42", BOTH },
	{ "tunnel_id 0", 0 },
	{ "tunnel_id > 40", BOTH },
	{ "tunnel vxlan and vni 42 and tunnel mpls", BOTH },
};

START_TEST(filtered)
{
	const __u16 numbers[] = { 0, IN_MPLS_AND_VXLAN, IN_GRE6, TUNNEL_UNKNOWN };
	struct flow_record record = record_at(STAGE_DATA);
	struct flow_view view = view_after(&record, 1 * S);
	struct flow_labels labels = { 0 };
	struct filter_error error;
	struct filter filter;
	unsigned int matching = 0;

	make_tunnels();
	labels.tunnels = tunnels;
	ck_assert_int_eq(filter_parse_text(filters[_i].filter, NULL, &filter, &error), 0);
	for (int i = 0; i < 4; i++) {
		view.tunnel = numbers[i];
		matching |= (unsigned int)filter_match(&filter, &view, &labels) << i;
	}
	filter_free(&filter);
	ck_assert_msg(matching == filters[_i].matching, "'%s': %u instead of %u", filters[_i].filter, matching,
		      filters[_i].matching);
}
END_TEST

static void check_line(const __u64 *counters, __u32 decap, const char *expected)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	char line[400];

	not_followed_tell("trace.pcap", counters, decap);
	capture_end(&capture, line, sizeof(line));
	ck_assert_str_eq(line, expected);
}

/*
 * The line is printed only if there is no flow at all. Its --decap has the kinds that were seen, and those that are
 * followed already.
 */
START_TEST(not_followed)
{
	__u64 counters[COUNTER_COUNT] = { 0 };

	check_line(counters, TUNNELS_DEFAULT, "");
	counters[COUNTER_OF_TUNNEL(TUNNEL_GRE)] = 12;
	counters[COUNTER_OF_TUNNEL(TUNNEL_VXLAN)] = 4000;
	check_line(counters, TUNNELS_DEFAULT,
		   "synscope: trace.pcap: no flow, but packets in tunnels that are not followed (12 gre, 4000 vxlan): "
		   "--decap pppoe,mpls,gre,vxlan follows them\n");
	check_line(
		counters, TUNNEL_BIT(TUNNEL_GRE) | TUNNEL_BIT(TUNNEL_VXLAN),
		"synscope: trace.pcap: no flow, but packets in tunnels that cannot be followed: 12 gre, 4000 vxlan\n");
	counters[COUNTER_INSERTED] = 1;
	check_line(counters, TUNNELS_DEFAULT, "");
}
END_TEST

Suite *tunnel_suite(void)
{
	Suite *suite = suite_create("tunnel");
	TCase *tcase = tcase_create("tunnel");

	tcase_add_loop_test(tcase, output, 0, sizeof(printed) / sizeof(printed[0]));
	tcase_add_test(tcase, for_people);
	tcase_add_loop_test(tcase, filtered, 0, sizeof(filters) / sizeof(filters[0]));
	tcase_add_test(tcase, not_followed);
	suite_add_tcase(suite, tcase);
	return suite;
}
