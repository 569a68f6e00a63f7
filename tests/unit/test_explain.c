// SPDX-License-Identifier: GPL-2.0-only
#include <check.h>
#include <string.h>

#include "flow/outcome.h"
#include "format/explain.h"
#include "suites.h"
#include "synscope/segment.h"
#include "synscope/tcp_state.h"

static const __u8 kinds[] = {
	SEGMENT_SYN, SEGMENT_SYN | SEGMENT_ACK, SEGMENT_ACK, SEGMENT_ACK | SEGMENT_PSH, SEGMENT_FIN | SEGMENT_ACK,
	SEGMENT_RST, SEGMENT_RST | SEGMENT_ACK,
};

/* One sentence, without what is put into it, that tells why each state has changed. */
static void check_sentence(struct buffer *out, const struct ladder_step *steps)
{
	struct ladder ladder = { .step = steps, .count = 2 };

	out->used = 0;
	explain_step(out, &ladder, 1);
	buffer_char(out, '\0');
	ck_assert(out->data[0] >= 'A' && out->data[0] <= 'Z');
	ck_assert_ptr_nonnull(strstr(out->data, " (RFC 9293 section 3."));
	ck_assert_ptr_null(strpbrk(out->data, "{}\n"));
	for (int side = 0; side < SIDE_COUNT; side++)
		if (steps[0].state[side] != steps[1].state[side])
			ck_assert_msg(strstr(out->data, state_name(steps[1].state[side])) != NULL,
				      "%s is not explained: %s", state_name(steps[1].state[side]), out->data);
}

static void check_transition(struct buffer *out, struct ladder_step *steps)
{
	for (size_t i = 0; i < sizeof(kinds); i++) {
		steps[1].flags = kinds[i];
		steps[1].payload = kinds[i] & SEGMENT_PSH ? 100 : 0;
		for (int side = 0; side < SIDE_COUNT; side++) {
			steps[1].side = side;
			check_sentence(out, steps);
		}
	}
}

/* From any two states to any two states, by any kind of segment of either end. */
START_TEST(every_transition)
{
	struct ladder_step steps[2] = { 0 };
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	for (int client = 0; client < STATE_COUNT; client++) {
		steps[0].state[SIDE_CLIENT] = _i % STATE_COUNT;
		steps[0].state[SIDE_SERVER] = _i / STATE_COUNT;
		for (int server = 0; server < STATE_COUNT; server++) {
			steps[1].state[SIDE_CLIENT] = client;
			steps[1].state[SIDE_SERVER] = server;
			check_transition(&out, steps);
		}
	}
	buffer_free(&out);
}
END_TEST

START_TEST(every_remark)
{
	struct ladder_step steps[2] = { { .state = { STATE_ESTABLISHED, STATE_ESTABLISHED } },
					{ .state = { STATE_ESTABLISHED, STATE_ESTABLISHED } } };
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	steps[1].remark = _i;
	check_transition(&out, steps);
	buffer_free(&out);
}
END_TEST

START_TEST(every_outcome)
{
	struct flow_view view = { .outcome = _i };
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	explain_now(&out, &view);
	buffer_char(&out, '\0');
	ck_assert(out.data[0] >= 'A' && out.data[0] <= 'Z');
	ck_assert_ptr_nonnull(strstr(out.data, " (RFC 9293 section 3."));
	buffer_free(&out);
}
END_TEST

/* What the segments of the ordinary life are said to be. */
START_TEST(ordinary_life)
{
	static const struct {
		struct ladder_step step;
		const char *beginning;
	} life[] = {
		{ { .flags = SEGMENT_SYN, .state = { STATE_SYN_SENT, STATE_LISTEN } }, "The client asks for" },
		{ { .side = SIDE_SERVER,
		    .flags = SEGMENT_SYN | SEGMENT_ACK,
		    .state = { STATE_SYN_SENT, STATE_SYN_RECEIVED } },
		  "The server agrees" },
		{ { .flags = SEGMENT_ACK, .state = { STATE_ESTABLISHED, STATE_ESTABLISHED } },
		  "The client acknowledges the other SYN" },
		{ { .flags = SEGMENT_FIN | SEGMENT_ACK, .state = { STATE_FIN_WAIT_1, STATE_ESTABLISHED } },
		  "The client has nothing more" },
		{ { .side = SIDE_SERVER, .flags = SEGMENT_ACK, .state = { STATE_FIN_WAIT_2, STATE_CLOSE_WAIT } },
		  "The server acknowledges the FIN" },
		{ { .side = SIDE_SERVER,
		    .flags = SEGMENT_FIN | SEGMENT_ACK,
		    .state = { STATE_FIN_WAIT_2, STATE_LAST_ACK } },
		  "The server has nothing more to send, either" },
		{ { .flags = SEGMENT_ACK, .state = { STATE_TIME_WAIT, STATE_CLOSED } },
		  "The client acknowledges the FIN" },
	};
	struct ladder_step steps[sizeof(life) / sizeof(life[0])];
	struct ladder ladder = { .step = steps, .count = sizeof(life) / sizeof(life[0]) };
	struct buffer out;

	for (size_t i = 0; i < ladder.count; i++)
		steps[i] = life[i].step;
	buffer_init(&out, BUFFER_MEMORY);
	for (size_t i = 0; i < ladder.count; i++) {
		out.used = 0;
		explain_step(&out, &ladder, i);
		buffer_char(&out, '\0');
		ck_assert_msg(!strncmp(out.data, life[i].beginning, strlen(life[i].beginning)), "%s", out.data);
	}
	buffer_free(&out);
}
END_TEST

Suite *explain_suite(void)
{
	Suite *suite = suite_create("explain");
	TCase *tcase = tcase_create("explain");

	tcase_add_loop_test(tcase, every_transition, 0, STATE_COUNT * STATE_COUNT);
	tcase_add_loop_test(tcase, every_remark, 0, REMARK_FIN_REFUTED + 1);
	tcase_add_loop_test(tcase, every_outcome, 0, OUTCOME_COUNT);
	tcase_add_test(tcase, ordinary_life);
	suite_add_tcase(suite, tcase);
	return suite;
}
