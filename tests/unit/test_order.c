// SPDX-License-Identifier: GPL-2.0-only
/* What flows are sorted by, beyond what tests/unit/test_top.c and test_format.c show of a whole table. */
#include <stdlib.h>

#include "query/order.h"
#include "suites.h"

#define FLOWS_MAX OUTCOME_COUNT

static struct flow_view flow[FLOWS_MAX];

static void begin(void)
{
	memset(flow, 0, sizeof(flow));
}

/* The flows in this order are the first of `flow` with these numbers. */
static void expect(enum sort_key sort, bool reverse, int count, const int *numbers)
{
	struct flow_order order = { .sort = sort, .reverse = reverse };

	for (int i = 0; i < count; i++) {
		const struct flow_record record = { .slot = i };

		ck_assert_int_eq(flow_order_add(&order, &flow[i], &record, 0), 0);
	}
	flow_order_sort(&order);
	for (int i = 0; i < count; i++)
		ck_assert_msg((int)order.flow[i].slot == numbers[i], "by %s%s: flow %u is number %d", sort_names[sort],
			      reverse ? " reversed" : "", order.flow[i].slot, i);
	flow_order_free(&order);
}

/* Three flows whose amounts are in another order for each key. */
START_TEST(amounts)
{
	static const struct {
		enum sort_key sort;
		int most_first[3];
	} orders[] = {
		{ SORT_CLIENT_PACKETS, { 0, 1, 2 } }, { SORT_SERVER_PACKETS, { 2, 1, 0 } },
		{ SORT_PACKETS, { 1, 2, 0 } },	      { SORT_CLIENT_BYTES, { 0, 2, 1 } },
		{ SORT_SERVER_BYTES, { 2, 1, 0 } },   { SORT_BYTES, { 2, 0, 1 } },
		{ SORT_RETRANSMITS, { 2, 0, 1 } },
	};
	static const struct endpoint_view client[] = { { .packets = 30, .bytes = 300, .retransmits = 2 },
						       { .packets = 29, .bytes = 100, .retransmits = 1 },
						       { .packets = 10, .bytes = 250, .retransmits = 0 } };
	static const struct endpoint_view server[] = { { .packets = 1, .bytes = 10, .retransmits = 0 },
						       { .packets = 20, .bytes = 110, .retransmits = 0 },
						       { .packets = 30, .bytes = 120, .retransmits = 0xffffffff } };

	for (int i = 0; i < 3; i++)
		flow[i] = (struct flow_view){ .side = { client[i], server[i] } };
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const int *most = orders[i].most_first, least[] = { most[2], most[1], most[0] };

		expect(orders[i].sort, false, 3, most);
		expect(orders[i].sort, true, 3, least);
	}
}
END_TEST

START_TEST(outcomes)
{
	static const int wrong_first[OUTCOME_COUNT] = {
		OUTCOME_REFUSED,	 OUTCOME_UNANSWERED,	  OUTCOME_HALF_OPEN,	OUTCOME_UNREACHABLE,
		OUTCOME_RESET_BY_CLIENT, OUTCOME_RESET_BY_SERVER, OUTCOME_OPENING,	OUTCOME_OPEN,
		OUTCOME_CLOSING,	 OUTCOME_CLOSED,	  OUTCOME_IDLE_TIMEOUT, OUTCOME_SUPERSEDED,
		OUTCOME_EVICTED,
	};

	for (int i = 0; i < OUTCOME_COUNT; i++)
		flow[i].outcome = i;
	expect(SORT_OUTCOME, false, OUTCOME_COUNT, wrong_first);
}
END_TEST

START_TEST(states_of_zeek)
{
	static const int numbers[] = { 3, 1, 2, 0 };
	static const enum conn_state states[] = { CONN_OTH, CONN_S1, CONN_SF, CONN_S0 };

	for (int i = 0; i < 4; i++)
		flow[i].conn_state = states[i];
	expect(SORT_CONN_STATE, false, 4, numbers);
}
END_TEST

/* Flows that are equal come by the time of the last segment, the newest first. */
START_TEST(equal_ones)
{
	static const int newest[] = { 2, 0, 1 };

	for (int i = 0; i < 3; i++)
		flow[i].last_seen_ns = i == 2 ? 30 : 20 - i;
	expect(_i, false, 3, newest);
}
END_TEST

Suite *order_suite(void)
{
	Suite *suite = suite_create("order");
	TCase *tests = tcase_create("order");

	tcase_add_checked_fixture(tests, begin, NULL);
	tcase_add_test(tests, amounts);
	tcase_add_test(tests, outcomes);
	tcase_add_test(tests, states_of_zeek);
	tcase_add_loop_test(tests, equal_ones, SORT_PACKETS, SORT_RETRANSMITS + 1);
	tcase_add_loop_test(tests, equal_ones, SORT_OUTCOME, SORT_CONN_STATE + 1);
	suite_add_tcase(suite, tests);
	return suite;
}
