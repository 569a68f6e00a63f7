// SPDX-License-Identifier: GPL-2.0-only
/* What `status` says of an instance, for programs and for people. */
#include <string.h>

#include "base/terminal.h"
#include "format/sink.h"
#include "status/print.h"
#include "status/status.h"
#include "suites.h"

START_TEST(fields)
{
	struct instance_meta meta = { .name = "eth0", .interfaces = 2, .max_flows = 4, .memory_bytes = 768 };
	struct interface_state interface[2] = { { .ifname = "eth0" },
						{ .ifname = "eth1", .deleted = true, .netns = "blue" } };
	struct program_ahead ahead = {
		.interface = 0, .hook = HOOK_TC_EGRESS, .id = 77, .name = "first", .ends = CHAIN_ENDS
	};
	struct instance_status status = {
		.meta = &meta, .interface = interface, .ahead = &ahead, .ahead_count = 1, .slots = 8, .used = 1
	};
	struct buffer out;
	struct sink sink = { .ops = &json_sink, .out = &out };

	meta.interface[0] = (struct meta_interface){ .ifindex = 2, .xdp = XDP_MODE_NATIVE, .tc_egress = TC_MODE_TCX };
	meta.interface[1] = (struct meta_interface){ .ifindex = 3, .tc_ingress = TC_MODE_CLSACT };
	status.states[STATE_ESTABLISHED] = 1;
	status.counters[COUNTER_EVICTED_HALF_OPEN] = 5;
	status.counters[COUNTER_REFUSED_FULL] = 6;
	status.counters[COUNTER_NON_TCP] = 7;
	status.counters[COUNTER_OF_TUNNEL(TUNNEL_GRE)] = 12;
	status.counters[COUNTER_OF_TUNNEL(TUNNEL_VXLAN)] = 4000;
	status.half_open = 8;
	status.interval_ns = 200000000;
	status.rates[COUNTER_SYN] = 9;
	status.rates[COUNTER_EVICTED_HALF_OPEN] = 10;
	status.rates[COUNTER_REFUSED_FULL] = 11;
	buffer_init(&out, BUFFER_MEMORY);
	instance_status_fields(&sink, &status);
	buffer_char(&out, '\0');
	ck_assert_str_eq(
		out.data,
		"{\"name\":\"eth0\",\"netns\":null,\"interfaces\":["
		"{\"ifname\":\"eth0\",\"ifindex\":2,\"xdp\":\"native\",\"egress\":\"tcx\",\"ingress\":null,"
		"\"state\":\"up\",\"netns\":null,\"egress_behind\":"
		"{\"id\":77,\"name\":\"first\",\"blind\":true},\"ingress_behind\":null},{\"ifname\":\"eth1\","
		"\"ifindex\":3,\"xdp\":null,\"egress\":null,"
		"\"ingress\":\"clsact\",\"state\":\"gone\",\"netns\":\"blue\",\"egress_behind\":null,"
		"\"ingress_behind\":null}],\"max_flows\":4,\"slots\":8,\"used\":1,"
		"\"memory_bytes\":768,\"states\":{\"CLOSED\":0,\"LISTEN\":0,\"SYN_SENT\":0,\"SYN_RECEIVED\":0,"
		"\"ESTABLISHED\":1,\"FIN_WAIT_1\":0,\"FIN_WAIT_2\":0,\"CLOSE_WAIT\":0,\"CLOSING\":0,"
		"\"LAST_ACK\":0,\"TIME_WAIT\":0},\"evictions\":{\"expired\":0,\"closed\":0,\"time_wait\":0,"
		"\"half_open\":5,\"closing\":0,\"established\":0},\"refusals\":{\"full\":6,\"busy\":0},"
		"\"not_followed\":{\"pppoe\":0,\"mpls\":0,\"ipip\":0,\"gre\":12,\"vxlan\":4000,\"geneve\":0,\"gtpu\":0}"
		","
		"\"counters\":{\"non_ip\":0,\"non_tcp\":7,\"truncated\":0,\"bad_ip_header\":0,\"fragment\":0,"
		"\"bad_tcp_header\":0,\"bad_flags\":0,\"vlan_depth\":0,\"extension_depth\":0,\"bad_ack\":0,"
		"\"bad_rst\":0,\"bad_seq\":0,\"ack_unseen\":0,\"challenge_syn\":0,\"reordered\":0,\"duplicate\":0,"
		"\"rst_refuted\":0,\"fin_refuted\":0,\"no_flow\":0,\"busy\":0,\"syn\":0,\"synack\":0,\"inserted\":0,"
		"\"incarnation\":0,\"twin\":0,\"unreachable\":0,\"tunnel_unknown\":0},"
		"\"events_lost\":0,\"half_open\":8,\"rates\":{\"interval_ns\":200000000,\"syn\":9,\"synack\":0,"
		"\"inserted\":0,\"evictions\":{\"expired\":0,\"closed\":0,\"time_wait\":0,\"half_open\":10,"
		"\"closing\":0,\"established\":0},\"refusals\":{\"full\":11,\"busy\":0}}}");
	buffer_free(&out);
}
END_TEST

/* A word of advice, if most SYNs and SYN/ACKs have a copy (rule 31). */
START_TEST(says_what_is_seen_twice)
{
	struct instance_meta meta = { .name = "eth0", .max_flows = 4 };
	struct instance_status status = { .meta = &meta, .slots = 8 };
	struct terminal terminal = { 0 };

	status.counters[COUNTER_SYN] = 20;
	status.counters[COUNTER_SYNACK] = 20;
	for (__u64 copies = 0; copies <= 20; copies++) {
		struct buffer out;

		status.counters[COUNTER_DUPLICATE] = copies;
		buffer_init(&out, BUFFER_MEMORY);
		instance_status_print(&out, &terminal, &status);
		buffer_char(&out, '\0');
		/* of 20 SYNs and SYN/ACKs each, as many are copies as are not if all come twice */
		ck_assert(!strstr(out.data, "--direction ingress") == (copies < 14));
		buffer_free(&out);
	}
}
END_TEST

/* A connection is a new flow, also if the same ends had one before. */
START_TEST(new_flows)
{
	struct instance_meta meta = { .name = "eth0", .max_flows = 4 };
	struct instance_status status = { .meta = &meta, .slots = 8 };
	struct terminal terminal = { 0 };
	struct buffer out;

	status.rates[COUNTER_INSERTED] = 20;
	status.rates[COUNTER_INCARNATION] = 3;
	buffer_init(&out, BUFFER_MEMORY);
	instance_status_print(&out, &terminal, &status);
	buffer_char(&out, '\0');
	ck_assert_ptr_nonnull(strstr(out.data, " 23 new flows"));
	buffer_free(&out);
}
END_TEST

Suite *status_suite(void)
{
	Suite *suite = suite_create("status");
	TCase *tcase = tcase_create("status");

	tcase_add_test(tcase, fields);
	tcase_add_test(tcase, says_what_is_seen_twice);
	tcase_add_test(tcase, new_flows);
	suite_add_tcase(suite, tcase);
	return suite;
}
