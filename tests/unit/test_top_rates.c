// SPDX-License-Identifier: GPL-2.0-only
/* Rates in `top`: which flows have one, what it is, and what it is good for. */
#include <stdlib.h>

#include "suites.h"
#include "top_fixture.h"

static struct flow_hot *hot_of(__u32 slot)
{
	return &top.hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

/* The flow in that slot sends. */
static void sends(__u32 slot, int dir, __u32 packets, __u32 bytes)
{
	hot_of(slot)->dir[dir].packets += packets * PACKETS_ONE;
	hot_of(slot)->dir[dir].bytes += bytes;
}

/* Read the table so much later. */
static void read_after(__u64 ns)
{
	top.source.clock.now_ns += ns;
	top_refresh();
}

static struct flow_rate rate_of(__u32 slot)
{
	return top_rates_of(&top.rated.rates, slot, hot_of(slot)->tag);
}

/* A slot of a flow that is open. */
static __u32 open_slot(int number)
{
	return (STAGE_CLOSED + 1) * number + STAGE_DATA;
}

START_TEST(two_readings)
{
	__u32 slot = open_slot(1), quiet = open_slot(2);

	read_after(0);
	ck_assert(!rate_of(slot).known);
	ck_assert(!top.view.data.traffic.known);
	sends(slot, 0, 10, 3000);
	sends(slot, 1, 6, 200);
	read_after(2 * S);
	ck_assert(rate_of(slot).known);
	ck_assert_double_eq_tol(rate_of(slot).bytes, 1600, 1);
	ck_assert_double_eq_tol(rate_of(slot).packets, 8, 0.01);
	ck_assert(rate_of(quiet).known);
	ck_assert_double_eq(rate_of(quiet).bytes, 0);
	ck_assert_double_eq_tol(top.view.data.traffic.bytes, 1600, 1);
	ck_assert_double_eq_tol(top.view.data.traffic.packets, 8, 0.01);
	sends(slot, 0, 1, 100);
	read_after(4 * S);
	ck_assert_double_eq_tol(rate_of(slot).bytes, 25, 0.1);
	ck_assert_double_eq_tol(rate_of(slot).packets, 0.25, 0.01);
}
END_TEST

/* A key that reads the table again a moment later leaves the rates as they are. */
START_TEST(reading_again_at_once)
{
	__u32 slot = open_slot(1);

	read_after(0);
	sends(slot, 0, 4, 4000);
	read_after(1 * S);
	sends(slot, 0, 400, 400000);
	read_after(TOP_RATE_MIN_NS / 2);
	ck_assert_double_eq_tol(rate_of(slot).bytes, 4000, 1);
	ck_assert_double_eq_tol(top.view.data.traffic.bytes, 4000, 1);
	read_after(TOP_RATE_MIN_NS / 2);
	ck_assert_double_eq_tol(rate_of(slot).bytes, 800000, 100);
}
END_TEST

/* Whatever makes it another connection, there is no rate between the two. */
START_TEST(another_connection)
{
	__u32 slot = open_slot(3);

	read_after(0);
	read_after(1 * S);
	ck_assert(rate_of(slot).known);
	switch (_i) {
	case 0:
		hot_of(slot)->tag += 1U << 3;
		break;
	case 1:
		top.cold[slot].incarnation++;
		break;
	case 2:
		hot_of(slot)->dir[0].facts += 1U << FACTS_GENERATION_SHIFT;
		break;
	case 3:
		hot_of(slot)->dir[0].packets -= PACKETS_ONE;
		break;
	default: { /* it was not in one of the readings */
		struct flow_hot kept = *hot_of(slot);

		hot_of(slot)->tag = 0;
		read_after(1 * S);
		*hot_of(slot) = kept;
	}
	}
	sends(slot, 1, 0, 1000);
	read_after(1 * S);
	ck_assert(!rate_of(slot).known);
	ck_assert_double_eq(top.view.data.traffic.bytes, 0);
	sends(slot, 1, 1, 1000);
	read_after(1 * S);
	ck_assert_double_eq_tol(rate_of(slot).bytes, 1000, 1);
}
END_TEST

/* A flow that began since the last reading has no rate, but the total has all of it. */
START_TEST(new_flows_count)
{
	__u32 slot = open_slot(2);
	struct flow_hot kept = *hot_of(slot);
	struct flow_cold *cold = &top.cold[slot];

	hot_of(slot)->tag = 0;
	read_after(0);
	read_after(1 * S);
	*hot_of(slot) = kept;
	cold->dir[!!(cold->flags & FLOW_FIRST_DIR)].syn_first_ns = top.source.clock.now_ns + S / 2;
	hot_of(slot)->dir[0].bytes = 5000;
	hot_of(slot)->dir[1].bytes = 0;
	read_after(1 * S);
	ck_assert(!rate_of(slot).known);
	ck_assert_double_eq_tol(top.view.data.traffic.bytes, 5000, 1);
}
END_TEST

START_TEST(order_by_rate)
{
	const struct flow_order *order = &top.view.data.order;
	__u32 fast = open_slot(3), slow = open_slot(1), new = open_slot(2);

	hot_of(new)->tag += 1U << 3;
	read_after(0);
	sends(fast, 0, 2, 90000);
	sends(slow, 0, 200, 9000);
	hot_of(new)->tag -= 1U << 3;
	read_after(1 * S);
	top_press("R");
	ck_assert_uint_eq(order->flow[0].slot, fast);
	ck_assert_uint_eq(order->flow[1].slot, slow);
	ck_assert(top_shows("by byte_rate"));
	top_press("K");
	ck_assert_uint_eq(order->flow[0].slot, slow);
	ck_assert_uint_eq(order->flow[1].slot, fast);
	top_press("r");
	ck_assert_uint_ne(order->flow[0].slot, new);
	top_press_key(TOP_KEY_END);
	ck_assert_uint_eq(order->flow[order->count - 1].slot, new);
}
END_TEST

START_TEST(on_the_screen)
{
	__u32 slot = open_slot(3);
	int cursor;
	char *text;

	read_after(0);
	ck_assert(top_shows("bytes \033[0m-/s"));
	for (int i = 0; i < 5; i++) {
		sends(slot, 0, 3, 2048 << i);
		read_after(1 * S);
	}
	ck_assert(top_shows("bytes \033[0m32.0K/s"));
	ck_assert(top_shows("packets \033[0m3.0/s"));
	top_press("R");
	text = top_compose((struct terminal){ .columns = 300, .rows = ROWS, .utf8 = true }, &cursor);
	ck_assert_msg(strstr(text, "PKTS/S\033[0m  \033[1mRATE"), "%s", text);
	ck_assert(strstr(text, "  32.0K     3.0  \033[36m   ▁▁▂▄█"));
	free(text);
}
END_TEST

/* Rates of the past are kept in a byte each, within a quarter. */
START_TEST(past)
{
	__u32 slot = open_slot(1);

	read_after(0);
	for (int shift = 0; shift < 31; shift++) {
		__u64 sent = 1ULL << shift, kept;

		hot_of(slot)->dir[0].bytes = 0;
		top.cold[slot].dir[0].bytes_high++;
		read_after(1 * S);
		sends(slot, 0, 1, (__u32)sent);
		read_after(1 * S);
		kept = rate_of(slot).past[FLOW_RATE_PAST - 1];
		ck_assert_msg(kept <= sent && kept * 4 >= sent * 3, "%llu is kept as %llu", sent, kept);
	}
}
END_TEST

Suite *top_rates_suite(void)
{
	Suite *suite = suite_create("top_rates");
	TCase *tcase = tcase_create("top_rates");

	tcase_add_checked_fixture(tcase, top_setup, top_teardown);
	tcase_add_test(tcase, two_readings);
	tcase_add_test(tcase, reading_again_at_once);
	tcase_add_loop_test(tcase, another_connection, 0, 5);
	tcase_add_test(tcase, new_flows_count);
	tcase_add_test(tcase, order_by_rate);
	tcase_add_test(tcase, on_the_screen);
	tcase_add_test(tcase, past);
	suite_add_tcase(suite, tcase);
	return suite;
}
