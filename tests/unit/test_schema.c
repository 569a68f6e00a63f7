// SPDX-License-Identifier: GPL-2.0-only
/* The schemas list every word that the program has for something: tests/system/test_schema.sh cannot print them all. */
#include <check.h>
#include <stdio.h>

#include "flow/names.h"
#include "flow/outcome.h"
#include "flow/tunnel.h"
#include "flow/unreachable.h"
#include "format/schema.h"
#include "instance/counters.h"
#include "suites.h"
#include "synscope/tcp_state.h"

static struct buffer text;

static void put(const char *record)
{
	const struct schema_choice choice = { .record = record, .format = OUTPUT_JSONL };

	ck_assert_int_eq(buffer_init(&text, BUFFER_MEMORY), 0);
	schema_put(&text, "something", &choice);
	buffer_char(&text, '\0');
}

static void end(void)
{
	buffer_free(&text);
}

/* The word, or NULL, is in the text in quotes. */
static void has(const char *word)
{
	char quoted[64];

	ck_assert_ptr_nonnull(word);
	snprintf(quoted, sizeof(quoted), "\"%s\"", word);
	ck_assert_msg(strstr(text.data, quoted), "the schema has no %s", quoted);
}

START_TEST(test_words_of_flows)
{
	put("flow_shown");
	for (enum tcp_state i = 0; i < STATE_COUNT; i++)
		has(state_name(i));
	for (enum flow_outcome i = 0; i < OUTCOME_COUNT; i++)
		has(outcome_name(i));
	for (enum conn_state i = 0; i < CONN_COUNT; i++)
		has(conn_state_name(i));
	for (enum unreachable_reason i = 0; i < UNREACHABLE_COUNT; i++)
		has(unreachable_reason_name(i));
	for (enum tunnel_kind i = TUNNEL_NONE + 1; i < TUNNEL_KINDS; i++)
		has(tunnel_kind_name(i));
	for (int i = 0; i < ANOMALY_COUNT; i++)
		has(anomaly_names[i]);
	for (int i = 0; i < TCP_FLAGS_COUNT; i++)
		has(tcp_flag_names[i]);
	has(origin_name(ORIGIN_HANDSHAKE));
	has(origin_name(ORIGIN_SYNACK));
	has(origin_name(ORIGIN_MIDSTREAM));
	end();
}
END_TEST

START_TEST(test_words_of_instances)
{
	put("instance_status");
	for (enum synscope_counter i = 0; i < COUNTER_COUNT; i++)
		has(counter_name(i));
	end();
	put("instance_stats");
	for (enum flow_outcome i = 0; i < OUTCOME_COUNT; i++)
		has(outcome_name(i));
	end();
}
END_TEST

/* What is referred to is there, once, and nothing else; an array is of the same records. */
START_TEST(test_parts)
{
	struct schema_choice choice = { .record = "flow_shown", .format = OUTPUT_JSON };

	put("flow_shown");
	has("flow_members");
	has("endpoint");
	ck_assert_ptr_null(strstr(text.data, "\"flow_at_event\""));
	ck_assert_ptr_null(strstr(text.data, "\"items\": { \"$ref\""));
	ck_assert_ptr_null(strstr(strstr(text.data, "\"endpoint\": {") + 1, "\"endpoint\": {"));
	end();
	ck_assert_int_eq(buffer_init(&text, BUFFER_MEMORY), 0);
	schema_put(&text, "something", &choice);
	buffer_char(&text, '\0');
	ck_assert_ptr_nonnull(strstr(text.data, "\"items\": { \"$ref\": \"#/$defs/flow_shown\" }"));
	end();
}
END_TEST

Suite *schema_suite(void)
{
	Suite *suite = suite_create("schema");
	TCase *tcase = tcase_create("schema");

	tcase_add_test(tcase, test_words_of_flows);
	tcase_add_test(tcase, test_words_of_instances);
	tcase_add_test(tcase, test_parts);
	suite_add_tcase(suite, tcase);
	return suite;
}
