// SPDX-License-Identifier: GPL-2.0-only
/* Round trips: "rtt min", and a comparison of one with a multiple of another, "server rtt > 3 x server rtt min". */
#include "filter/internal.h"

#define DECIMALS 3
#define TIMES_MOST 1000000 /* thousandths, before the last digit */

static bool accept(struct token *token, const char *word)
{
	if (!token_is(token, word))
		return false;
	*token = token_next(token_end(token));
	return true;
}

struct token filter_rtt_figure(struct token after, struct filter_field *field)
{
	if (field->id != FIELD_RTT)
		return after;
	if (accept(&after, "min")) {
		field->id = FIELD_RTT_MIN;
	} else if (accept(&after, "last")) {
		field->id = FIELD_RTT_LAST;
	} else if (accept(&after, "samples")) {
		field->id = FIELD_RTT_SAMPLES;
		field->kind = KIND_NUMBER;
		field->expected = "a number (10) or a range (10-20)";
	} else {
		accept(&after, "smoothed");
	}
	return after;
}

/* Thousandths from a decimal number of at most three decimals, 0 if it is none. */
static __u32 thousandths(const struct token *token)
{
	__u32 value = 0, decimals = 0;
	bool point = false;

	for (size_t i = 0; i < token->length; i++) {
		char c = token->at[i];

		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9' || value >= TIMES_MOST || decimals == DECIMALS)
			return 0;
		value = 10 * value + (c - '0');
		decimals += point;
	}
	for (; decimals < DECIMALS; decimals++)
		value *= 10;
	return token->kind == TOKEN_WORD ? value : 0;
}

bool filter_multiple_follows(const struct filter_test *test, const struct token *token)
{
	struct token after = token_next(token_end(token));

	if (test->field != FIELD_RTT && test->field != FIELD_RTT_MIN && test->field != FIELD_RTT_LAST)
		return false;
	if (thousandths(token))
		return token_is(&after, "x");
	return token_is(token, "rtt") || token_is(&after, "rtt");
}

bool filter_multiple(struct token *token, enum token_kind comparison, struct filter_test *test)
{
	const struct filter_field *ends = NULL;
	struct filter_field field;

	test->times_1000 = thousandths(token);
	test->comparison = comparison;
	test->than_side = SIDE_COUNT;
	if (test->times_1000) {
		*token = token_next(token_end(token));
		*token = token_next(token_end(token));
	} else {
		test->times_1000 = 1000;
	}
	if (filter_end(token, &test->than_side, &ends) && !ends)
		*token = token_next(token_end(token));
	if (ends || !token_is(token, "rtt"))
		return false;
	field = *filter_field_find(token);
	*token = filter_rtt_figure(token_next(token_end(token)), &field);
	test->than = field.id;
	return field.kind == KIND_TIME;
}
