// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "fixture.h"
#include "format/ladder.h"
#include "flow/ladder.h"
#include "suites.h"
#include "synscope/segment.h"
#include "base/terminal.h"

#define OPENING_STEPS(n) ((n) << FLOW_OPENING_SHIFT)
#define CLOSING_STEPS(n) ((n) << FLOW_CLOSING_SHIFT)

/* `remark`: and STEP_* */
static struct flow_step step_at(__u64 ns, __u8 flags, __u8 remark)
{
	__u32 units = ns >> 10;

	return (struct flow_step){ .delta_low = units, .delta_high = units >> 16, .flags = flags, .remark = remark };
}

/* The whole life of the example, as the programs would record it, with 20 segments in all. */
static struct flow_record whole_life(void)
{
	struct flow_record record = record_at(STAGE_CLOSED);

	record.hot.dir[0].packets = 12 * PACKETS_ONE;
	record.hot.dir[1].packets = 8 * PACKETS_ONE;
	record.cold.opening[0] = step_at(0, SEGMENT_SYN, REMARK_NONE);
	record.cold.opening[1] = step_at(10 * MS, SEGMENT_SYN | SEGMENT_ACK, STEP_DIR);
	record.cold.opening[2] = step_at(35 * MS, SEGMENT_ACK, REMARK_NONE);
	record.cold.opening[3] = step_at(36 * MS, SEGMENT_ACK | SEGMENT_PSH, STEP_PAYLOAD);
	record.cold.opening[4] = step_at(50 * MS, SEGMENT_RST, REMARK_BAD_RST | STEP_DIR);
	record.cold.closing[0] = step_at(100 * MS, SEGMENT_FIN | SEGMENT_ACK, REMARK_NONE);
	record.cold.closing[1] = step_at(110 * MS, SEGMENT_ACK, STEP_DIR);
	record.cold.closing[2] = step_at(120 * MS, SEGMENT_FIN | SEGMENT_ACK, STEP_DIR);
	record.cold.closing[3] = step_at(125 * MS, SEGMENT_FIN | SEGMENT_ACK, REMARK_RETRANSMIT | STEP_DIR);
	record.cold.closing[4] = step_at(130 * MS, SEGMENT_ACK, REMARK_NONE);
	record.cold.flags |= OPENING_STEPS(5U) | CLOSING_STEPS(5U);
	return record;
}

static char *draw_in(const struct flow_record *record, __u64 since_ns, struct terminal terminal,
		     struct ladder_style style)
{
	struct flow_view view = view_after(record, since_ns);
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder;
	struct buffer out;

	ladder_of_record(&ladder, steps, record);
	buffer_init(&out, BUFFER_MEMORY);
	ladder_print(&out, &terminal, &ladder, &view, &style);
	buffer_char(&out, '\0');
	return out.data;
}

static char *draw(const struct flow_record *record, __u64 since_ns, struct terminal terminal)
{
	return draw_in(record, since_ns, terminal, (struct ladder_style){ 0 });
}

START_TEST(steps_of_a_record)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder;

	record.cold.opening[0] = step_at(0, SEGMENT_SYN, REMARK_NONE);
	record.cold.opening[1] = step_at(10 * MS, SEGMENT_SYN | SEGMENT_ACK, STEP_DIR);
	record.cold.opening[2] = step_at(1ULL << 26, SEGMENT_ACK, REMARK_RETRANSMIT | STEP_PAYLOAD);
	record.cold.closing[0] = step_at(5 << 10, SEGMENT_RST, REMARK_NONE);
	record.cold.last_exact_ns = T0 + (3ULL << 42) + (6ULL << 10); /* the close was hours later: three wraps */
	record.cold.flags |= OPENING_STEPS(3U) | CLOSING_STEPS(1U);
	ladder_of_record(&ladder, steps, &record);
	ck_assert_uint_eq(ladder.count, 4);
	ck_assert_uint_eq(ladder.gap, 3);
	ck_assert_int_eq(ladder.step[0].side, SIDE_CLIENT);
	ck_assert_int_eq(ladder.step[1].side, SIDE_SERVER);
	ck_assert_uint_eq(ladder.step[1].delta_ns, 10 * MS >> 10 << 10);
	ck_assert_uint_eq(ladder.step[1].flags, SEGMENT_SYN | SEGMENT_ACK);
	ck_assert_uint_eq(ladder.step[2].payload, PAYLOAD_SOME);
	ck_assert_int_eq(ladder.step[2].remark, REMARK_RETRANSMIT);
	ck_assert_uint_eq(ladder.step[2].delta_ns, 1ULL << 26);
	ck_assert_uint_eq(ladder.step[3].delta_ns, (3ULL << 42) + (5ULL << 10));
	record.cold.flags |= OPENING_STEPS(FLOW_STEPS_MASK) | CLOSING_STEPS(FLOW_STEPS_MASK);
	ladder_of_record(&ladder, steps, &record);
	ck_assert_uint_eq(ladder.count, FLOW_OPENING_STEPS + FLOW_CLOSING_STEPS);
	ck_assert(ladder.gap_at_end);
}
END_TEST

START_TEST(states_after_each_step)
{
	static const enum tcp_state states[][SIDE_COUNT] = {
		{ STATE_SYN_SENT, STATE_LISTEN },	  { STATE_SYN_SENT, STATE_SYN_RECEIVED },
		{ STATE_ESTABLISHED, STATE_ESTABLISHED }, { STATE_ESTABLISHED, STATE_ESTABLISHED },
		{ STATE_ESTABLISHED, STATE_ESTABLISHED }, { STATE_FIN_WAIT_1, STATE_ESTABLISHED },
		{ STATE_FIN_WAIT_2, STATE_CLOSE_WAIT },	  { STATE_FIN_WAIT_2, STATE_LAST_ACK },
		{ STATE_FIN_WAIT_2, STATE_LAST_ACK },	  { STATE_TIME_WAIT, STATE_CLOSED },
	};
	struct flow_record record = whole_life();
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder;

	ladder_of_record(&ladder, steps, &record);
	ck_assert_uint_eq(ladder.count, sizeof(states) / sizeof(states[0]));
	ck_assert_uint_eq(ladder.missing, 20 - ladder.count);
	for (size_t i = 0; i < ladder.count; i++)
		for (int side = 0; side < SIDE_COUNT; side++)
			ck_assert_msg(ladder.step[i].state[side] == states[i][side], "step %zu, side %d: %s, not %s", i,
				      side, state_name(ladder.step[i].state[side]), state_name(states[i][side]));
}
END_TEST

/* An incarnation that began with the answer to a remembered SYN: that SYN is shown, too. */
START_TEST(remembered_syn_is_the_first_step)
{
	struct flow_record record = record_at(STAGE_SYNACK);
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder;

	record.cold.opening[0] = step_at(10 * MS, SEGMENT_SYN | SEGMENT_ACK, STEP_DIR);
	record.cold.flags |= OPENING_STEPS(1U);
	ladder_of_record(&ladder, steps, &record);
	ck_assert_uint_eq(ladder.count, 2);
	ck_assert_uint_eq(ladder.step[0].flags, SEGMENT_SYN);
	ck_assert_int_eq(ladder.step[0].state[SIDE_SERVER], STATE_LISTEN);
	ck_assert_int_eq(ladder.step[1].state[SIDE_SERVER], STATE_SYN_RECEIVED);
	ck_assert_uint_eq(ladder.missing, 0);
}
END_TEST

static const char drawn_80[] = "   seconds  client                                                  server\n"
			       "  0.000000  SYN_SENT      SYN seq=0 ─────────────────────────────▶  LISTEN\n"
			       "                          ┊      10.0ms network and server       ┊\n"
			       "  0.009999  SYN_SENT      ◀─────────────────── SYN ACK seq=0 ack=1  SYN_RECEIVED\n"
			       "                          ┊      25.0ms network and client       ┊\n"
			       "  0.034999  ESTABLISHED   ACK seq=1 ack=1 ───────────────────────▶  ESTABLISHED\n"
			       "  0.035999  ESTABLISHED   PSH ACK+data ──────────────────────────▶  ESTABLISHED\n"
			       "  0.049999  ESTABLISHED   ◀─────────────────────────── RST bad_rst  ESTABLISHED\n"
			       "         ⋮  10 segments not kept\n"
			       "  0.099999  FIN_WAIT_1    FIN ACK seq=121 ack=1 ─────────────────▶  ESTABLISHED\n"
			       "  0.109999  FIN_WAIT_2    ◀─────────────────────────────────── ACK  CLOSE_WAIT\n"
			       "  0.119999  FIN_WAIT_2    ◀───────────────── FIN ACK seq=1 ack=122  LAST_ACK\n"
			       "  0.124999  FIN_WAIT_2    ◀───────────────────────── FIN ACK again  LAST_ACK\n"
			       "  0.129999  TIME_WAIT     ACK seq=122 ack=2 ─────────────────────▶  CLOSED\n"
			       "       now  CLOSED                         closed                   CLOSED\n";

static const char drawn_40[] = "  seconds client                  server\n"
			       " 0.000000 SYN seq=0 ------------------->\n"
			       "          SYN_SENT                LISTEN\n"
			       "          : 10.0ms network and server  :\n"
			       " 0.009999 <--------- SYN ACK seq=0 ack=1\n"
			       "          SYN_SENT          SYN_RECEIVED\n"
			       "          : 25.0ms network and client  :\n"
			       " 0.034999 ACK seq=1 ack=1 ------------->\n"
			       "          ESTABLISHED        ESTABLISHED\n"
			       " 0.035999 PSH ACK+data ---------------->\n"
			       " 0.049999 <----------------- RST bad_rst\n"
			       "      ... 10 segments not kept\n"
			       " 0.099999 FIN ACK seq=121 ack=1 ------->\n"
			       "          FIN_WAIT_1         ESTABLISHED\n"
			       " 0.109999 <------------------------- ACK\n"
			       "          FIN_WAIT_2          CLOSE_WAIT\n"
			       " 0.119999 <------- FIN ACK seq=1 ack=122\n"
			       "          FIN_WAIT_2            LAST_ACK\n"
			       " 0.124999 <--------------- FIN ACK again\n"
			       " 0.129999 ACK seq=122 ack=2 ----------->\n"
			       "          TIME_WAIT               CLOSED\n";

static const char drawn_absolute[] =
	"  0.009999  SYN_SENT      ◀───────────── SYN ACK seq=9000 ack=1001  SYN_RECEIVED\n";

START_TEST(drawings)
{
	struct flow_record record = whole_life();
	char *text = draw(&record, 61 * S, (struct terminal){ .columns = 80, .utf8 = true });

	ck_assert_str_eq(text, drawn_80);
	free(text);
	text = draw(&record, 1 * S, (struct terminal){ .columns = 40 });
	ck_assert_str_eq(text, drawn_40);
	free(text);
	text = draw_in(&record, 1 * S, (struct terminal){ .columns = 80, .utf8 = true },
		       (struct ladder_style){ .absolute = true });
	ck_assert_ptr_nonnull(strstr(text, drawn_absolute));
	free(text);
	text = draw_in(&record, 1 * S, (struct terminal){ .columns = 34 }, (struct ladder_style){ .absolute = true });
	ck_assert_ptr_null(strstr(text, "seq=")); /* there is no room for "SYN ACK seq=9000 ack=1001" */
	free(text);
}
END_TEST

START_TEST(fits_any_terminal)
{
	struct flow_record record = whole_life();

	record.cold.opening[4].remark = REMARK_CHALLENGE_SYN | STEP_PAYLOAD;
	record.cold.opening[4].flags = SEGMENT_SYN;
	record.cold.last_exact_ns = T0 + (1000ULL << 42); /* 51 days */
	for (int columns = 40; columns <= 200; columns++) {
		char *text = draw_in(&record, 61 * S,
				     (struct terminal){ .columns = columns, .utf8 = columns % 2, .color = columns % 3 },
				     (struct ladder_style){ .explain = columns % 5, .absolute = columns % 7 });

		ck_assert_int_le(longest_line(text), columns);
		ck_assert_ptr_nonnull(strstr(text, "CLOSE_WAIT"));
		ck_assert_ptr_nonnull(strstr(text, "challenge_syn"));
		ck_assert_ptr_nonnull(strstr(text, columns % 2 ? "▶" : "->"));
		ck_assert(!strstr(text, "\033[") == !(columns % 3));
		free(text);
	}
}
END_TEST

/* A latency is drawn before the segment that ends it, marked if it is uncertain, and left out if it is unknown. */
START_TEST(latencies)
{
	struct flow_record record = whole_life();
	char *text;

	record.cold.opening[1].remark = REMARK_BAD_ACK;
	record.cold.opening[4] = step_at(45 * MS, SEGMENT_SYN | SEGMENT_ACK, STEP_DIR);
	record.cold.flags |= FLOW_SYNACK_AMBIGUOUS;
	text = draw(&record, 1 * S, (struct terminal){ .columns = 80 });
	ck_assert_ptr_nonnull(strstr(text, "~10.0ms network and server"));
	ck_assert(strstr(text, "network and server") > strstr(text, "ACK+data"));
	free(text);
	record.cold.flags &= ~FLOW_SYN_TO_SYNACK;
	text = draw(&record, 1 * S, (struct terminal){ .columns = 80 });
	ck_assert_ptr_null(strstr(text, "network and server"));
	free(text);
}
END_TEST

START_TEST(nothing_was_kept)
{
	struct flow_record record = record_at(STAGE_OPEN);
	char *text = draw(&record, 1 * S, (struct terminal){ .columns = 80 });

	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

Suite *ladder_suite(void)
{
	Suite *suite = suite_create("ladder");
	TCase *tcase = tcase_create("ladder");

	tcase_add_test(tcase, steps_of_a_record);
	tcase_add_test(tcase, states_after_each_step);
	tcase_add_test(tcase, remembered_syn_is_the_first_step);
	tcase_add_test(tcase, drawings);
	tcase_add_test(tcase, fits_any_terminal);
	tcase_add_test(tcase, latencies);
	tcase_add_test(tcase, nothing_was_kept);
	suite_add_tcase(suite, tcase);
	return suite;
}
