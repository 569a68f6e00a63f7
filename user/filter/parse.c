// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "flow/names.h"
#include "filter/internal.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/unicode.h"
#include "base/suggest.h"

#define DEPTH_MAX 100 /* maximum depth of parentheses and `not`: each level needs stack */
#define SHOWN_BYTES 40 /* a message repeats at most so many of a word */
#define WORDS_SIZE 200

struct filter_parser {
	const char *text;
	struct filter_names *names; /* NULL: nothing is looked up */
	struct token token; /* the next token */
	struct filter *filter;
	struct filter_error *error;
	int depth;
	int err;
};

/* ---- mistakes */

/* The column of `at`, counted from 1. */
static unsigned int column_of(const char *text, const char *at)
{
	return 1 + text_characters(text, (int)(at - text));
}

static bool fail_at(struct filter_parser *parser, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Set the error. Returns false, so that parsing functions can return the result. */
static bool fail_at(struct filter_parser *parser, const char *at, const char *format, ...)
{
	struct filter_error *error = parser->error;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	error->column = column_of(parser->text, at);
	parser->err = -EINVAL;
	return false;
}

static void no_memory(struct filter_parser *parser)
{
	fail_at(parser, parser->text, "%s", reason_of(-ENOMEM).text);
	parser->err = -ENOMEM;
}

/* Append ", not 'foo'", or the description of another token. */
struct instead {
	char text[SHOWN_BYTES + 16];
};

static struct instead instead(const struct token *token)
{
	struct instead instead;
	size_t length = token->length;

	if (token->kind == TOKEN_END) {
		snprintf(instead.text, sizeof(instead.text), ", but the filter ends");
		return instead;
	}
	if (length > SHOWN_BYTES) /* do not split a character */
		for (length = SHOWN_BYTES; length && (token->at[length] & 0xc0) == 0x80;)
			length--;
	snprintf(instead.text, sizeof(instead.text), ", not '%.*s%s'", (int)length, token->at,
		 length < token->length ? "..." : "");
	return instead;
}

static bool fail_expected(struct filter_parser *parser, const char *expected)
{
	const struct token *token = &parser->token;

	if (token->kind == TOKEN_UNENDED)
		return fail_at(parser, token->at, "this quote has no end");
	return fail_at(parser, token->at, "expected %s%s", expected, instead(token).text);
}

/* Copy a word, for suggestions, in lower case or, with `upper`, in upper case. */
static void spell(char *text, size_t size, const struct token *token, bool upper)
{
	size_t length = token->length < size ? token->length : size - 1;

	for (size_t i = 0; i < length; i++) {
		char c = token->at[i];

		if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z')
			c ^= 0x20;
		text[i] = c == '-' ? '_' : c;
	}
	text[length] = '\0';
}

/* ---- steps */

static void next(struct filter_parser *parser)
{
	parser->token = token_next(token_end(&parser->token));
}

/* If the next token is this word, consume it and return true. */
static bool accept_word(struct filter_parser *parser, const char *word)
{
	if (!token_is(&parser->token, word))
		return false;
	next(parser);
	return true;
}

/* The same for a token of that kind, or this word. */
static bool accept(struct filter_parser *parser, enum token_kind sign, const char *word)
{
	if (parser->token.kind != sign)
		return accept_word(parser, word);
	next(parser);
	return true;
}

static struct filter_step *add_step(struct filter_parser *parser, enum step_kind kind)
{
	struct filter *filter = parser->filter;

	if (filter->steps == filter->room) {
		int room = filter->room ? 2 * filter->room : 8;
		struct filter_step *step = realloc(filter->step, room * sizeof(*step));

		if (!step) {
			no_memory(parser);
			return NULL;
		}
		filter->step = step;
		filter->room = room;
	}
	filter->step[filter->steps] = (struct filter_step){ .kind = kind };
	return &filter->step[filter->steps++];
}

/* STEP_AND and STEP_OR jump to the target if the right side does not matter. */
static bool begin_jump(struct filter_parser *parser, enum step_kind kind, int *at)
{
	*at = parser->filter->steps;
	return add_step(parser, kind);
}

/* ---- one term */

static bool unknown_field(struct filter_parser *parser)
{
	const struct token *token = &parser->token;
	const char *field = filter_field_of_value(token);
	struct suggestion suggestion;
	char word[SHOWN_BYTES];

	if (token->kind != TOKEN_WORD)
		return fail_expected(parser, "a field, such as state, port or latency");
	if (field)
		return fail_at(parser, token->at,
			       "expected a field, such as state, port or latency%s (did you mean '%s %.*s'?)",
			       instead(token).text, field, (int)token->length, token->at);
	spell(word, sizeof(word), token, false);
	suggestion_begin(&suggestion, word);
	for (const struct filter_field *known = filter_fields; known->name; known++)
		suggestion_try(&suggestion, known->name);
	if (!suggestion.best)
		return fail_expected(parser, "a field, such as state, port or latency");
	return fail_at(parser, token->at, "unknown field '%.*s' (did you mean '%s'?)", (int)token->length, token->at,
		       suggestion.best);
}

/* "closed, listen, … or time_wait": the words of a field, without their groups and other spellings. */
static void list_words(char *text, size_t size, enum filter_field_id field)
{
	int count = field == FIELD_STATE ? STATE_COUNT : 0;
	size_t used = 0;

	while (field != FIELD_STATE && filter_word(field, count))
		count++;
	for (int i = 0; i < count && used < size; i++)
		used += snprintf(text + used, size - used, "%s%s",
				 i == 0		 ? ""
				 : i + 1 < count ? ", "
						 : " or ",
				 filter_word(field, i));
}

static bool unknown_word(struct filter_parser *parser, const struct filter_field *field)
{
	const struct token *token = &parser->token;
	struct suggestion lower, upper;
	char word[SHOWN_BYTES], capitals[SHOWN_BYTES], words[WORDS_SIZE];
	const char *best;

	spell(word, sizeof(word), token, false);
	spell(capitals, sizeof(capitals), token, true);
	suggestion_begin(&lower, word);
	suggestion_begin(&upper, capitals);
	for (int i = 0; filter_word(field->id, i); i++) {
		suggestion_try(&lower, filter_word(field->id, i));
		suggestion_try(&upper, filter_word(field->id, i));
	}
	best = upper.best ? upper.best : lower.best;
	if (best && token->kind == TOKEN_WORD)
		return fail_at(parser, token->at, "expected %s after '%s'%s (did you mean '%s'?)", field->expected,
			       field->name, instead(token).text, best);
	list_words(words, sizeof(words), field->id);
	return fail_at(parser, token->at, "expected %s after '%s'%s: %s", field->expected, field->name,
		       instead(token).text, words);
}

static bool bad_value(struct filter_parser *parser, const struct filter_field *field)
{
	char expected[128];

	if (parser->token.kind != TOKEN_UNENDED && field->kind == KIND_WORD)
		return unknown_word(parser, field);
	snprintf(expected, sizeof(expected), "%s after '%s'", field->expected, field->name);
	return fail_expected(parser, expected);
}

static bool is_comparison(enum token_kind kind)
{
	return kind >= TOKEN_EQUAL && kind <= TOKEN_AT_LEAST;
}

/* `comparison`: the token of the comparison or, if there is none, of the value. */
static bool check_comparison(struct filter_parser *parser, const struct filter_field *field,
			     const struct token *comparison, const struct filter_test *test)
{
	bool number = field->kind <= KIND_WHEN;
	bool range = field->kind <= KIND_TIME && test->low != test->high;

	if (!is_comparison(comparison->kind)) {
		if ((field->kind != KIND_TIME && !test->ago) || range)
			return true;
		return fail_at(parser, comparison->at, "expected a comparison after '%s', such as > %.*s", field->name,
			       (int)comparison->length, comparison->at);
	}
	if (comparison->kind == TOKEN_EQUAL || comparison->kind == TOKEN_NOT_EQUAL || (number && !range))
		return true;
	return fail_at(parser, comparison->at, "expected == or != %s%s", range ? "before a range" : "with ",
		       range ? "" : field->name);
}

/* A word that may come before the value, or NULL. */
static const char *word_before(enum filter_field_id field)
{
	return field == FIELD_UNREACHABLE_BY ? "by" : field == FIELD_FLAGS ? "has" : NULL;
}

/* Find the value of the test; *host: of a host by its name, whose addresses are not in the test. */
static bool find_value(struct filter_parser *parser, const struct filter_field *field, struct filter_test *test,
		       const struct filter_host **host)
{
	char why[FILTER_WHY_SIZE];

	if (filter_value(field, &parser->token, test) || filter_service(parser->names, field, &parser->token, test))
		return true;
	if (!filter_is_host_name(parser->names, field, &parser->token))
		return bad_value(parser, field);
	*host = filter_host(parser->names, &parser->token, why, sizeof(why));
	return *host ? true : fail_at(parser, parser->token.at, "%s", why);
}

/* Parse the value that a field is compared with. `comparison`: as above; *host: as in find_value(). */
static bool parse_value(struct filter_parser *parser, const struct filter_field *field, const struct token *comparison,
			struct filter_test *test, const struct filter_host **host)
{
	test->negate = comparison->kind == TOKEN_NOT_EQUAL;
	if (is_comparison(comparison->kind) && filter_multiple_follows(test, &parser->token))
		return filter_multiple(&parser->token, comparison->kind, test) ||
		       fail_expected(parser, "rtt, rtt min or rtt last after 'rtt'");
	if (!find_value(parser, field, test, host))
		return false;
	if (!check_comparison(parser, field, comparison, test))
		return false;
	if (comparison->kind >= TOKEN_LESS && comparison->kind <= TOKEN_AT_LEAST)
		filter_bound(test, comparison->kind);
	next(parser);
	return true;
}

static bool add_test(struct filter_parser *parser, const struct filter_test *test)
{
	struct filter_step *step = add_step(parser, STEP_TEST);

	if (step)
		step->test = *test;
	return step;
}

/* Any of its addresses or, for a negated test, none. */
static bool add_host(struct filter_parser *parser, const struct filter_test *negated, const struct filter_host *host)
{
	int jump[FILTER_ADDRESSES_MAX];
	struct filter_test test = *negated;

	test.negate = false;
	for (int i = 0; i < host->addresses; i++) {
		if (i && !begin_jump(parser, STEP_OR, &jump[i]))
			return false;
		test.net = host->address[i];
		if (!add_test(parser, &test))
			return false;
	}
	for (int i = 1; i < host->addresses; i++)
		parser->filter->step[jump[i]].target = parser->filter->steps;
	return !negated->negate || add_step(parser, STEP_NOT);
}

/* Called after the token of the field. */
static bool parse_comparison(struct filter_parser *parser, const struct filter_field *known, enum flow_side side)
{
	struct filter_field own = *known, *field = &own;
	struct token comparison = parser->token = filter_rtt_figure(parser->token, &own);
	struct filter_test test = { .field = own.id, .kind = own.kind, .sides = own.sides, .side = side };
	const struct filter_host *host = NULL;

	if (field->kind != KIND_FLAG) {
		if (word_before(field->id) && accept_word(parser, word_before(field->id)))
			comparison = parser->token;
		if (is_comparison(comparison.kind))
			next(parser);
		if (!parse_value(parser, field, &comparison, &test, &host))
			return false;
	}
	return host ? add_host(parser, &test, host) : add_test(parser, &test);
}

/* Does a test follow? Then `tcp` before it, as in filters of tcpdump, says nothing more. */
static bool test_follows(const struct filter_parser *parser)
{
	const struct token *token = &parser->token;

	return token->kind == TOKEN_WORD && !token_is(token, "and") && !token_is(token, "or");
}

static bool parse_term(struct filter_parser *parser)
{
	enum flow_side side = SIDE_COUNT;
	const struct filter_field *field = NULL;
	struct token tcp = parser->token;

	if (accept_word(parser, "tcp") && !test_follows(parser))
		return parse_comparison(parser, filter_field_find(&tcp), side);
	if (filter_end(&parser->token, &side, &field))
		next(parser);
	if (field) /* sport, dport */
		return parse_comparison(parser, field, side);
	field = filter_field_find(&parser->token);
	if (!field) {
		field = filter_field_implied(parser->names, &parser->token, side != SIDE_COUNT);
		return field ? parse_comparison(parser, field, side) : unknown_field(parser);
	}
	if (side != SIDE_COUNT && field->sides == SIDES_FLOW)
		return fail_expected(parser, side == SIDE_CLIENT
						     ? "a field of an endpoint after 'client', such as port"
						     : "a field of an endpoint after 'server', such as port");
	next(parser);
	return parse_comparison(parser, field, side);
}

/* ---- and or not ( ) */

static bool parse_or(struct filter_parser *parser);

static bool parse_parenthesis(struct filter_parser *parser, const char *opened)
{
	if (!parse_or(parser))
		return false;
	if (parser->token.kind == TOKEN_CLOSE) {
		next(parser);
		return true;
	}
	return fail_at(parser, parser->token.at, "expected 'and', 'or' or the ')' of the '(' in column %u%s",
		       column_of(parser->text, opened), instead(&parser->token).text);
}

static bool parse_not(struct filter_parser *parser)
{
	const char *at = parser->token.at;
	bool negated = accept(parser, TOKEN_NOT, "not");
	bool parsed;

	if (!negated && parser->token.kind != TOKEN_OPEN)
		return parse_term(parser);
	if (parser->depth == DEPTH_MAX)
		return fail_at(parser, at, "more than %d '(' and 'not' within one another", DEPTH_MAX);
	parser->depth++;
	if (negated) {
		parsed = parse_not(parser) && add_step(parser, STEP_NOT);
	} else {
		next(parser);
		parsed = parse_parenthesis(parser, at);
	}
	parser->depth--;
	return parsed;
}

/*
 * Does a value follow that needs no field, as in `port 443 established`? Then 'and' may be left out; but not if that
 * field was compared already, because two of its values may well have meant 'or'.
 */
static bool value_follows(const struct filter_parser *parser)
{
	const struct filter_field *field = filter_field_implied(parser->names, &parser->token, false);

	for (int i = 0; field && i < parser->filter->steps; i++)
		if (parser->filter->step[i].kind == STEP_TEST && parser->filter->step[i].test.field == field->id)
			return false;
	return field;
}

static bool parse_and(struct filter_parser *parser)
{
	int jump;

	if (!parse_not(parser))
		return false;
	while (accept(parser, TOKEN_AND, "and") || value_follows(parser)) {
		if (!begin_jump(parser, STEP_AND, &jump) || !parse_not(parser))
			return false;
		parser->filter->step[jump].target = parser->filter->steps;
	}
	return true;
}

static bool parse_or(struct filter_parser *parser)
{
	int jump;

	if (!parse_and(parser))
		return false;
	while (accept(parser, TOKEN_OR, "or")) {
		if (!begin_jump(parser, STEP_OR, &jump) || !parse_and(parser))
			return false;
		parser->filter->step[jump].target = parser->filter->steps;
	}
	return true;
}

static bool parse_all(struct filter_parser *parser)
{
	if (parser->token.kind == TOKEN_END)
		return true;
	if (!parse_or(parser))
		return false;
	if (parser->token.kind == TOKEN_END)
		return true;
	if (parser->token.kind == TOKEN_CLOSE)
		return fail_at(parser, parser->token.at, "this ')' has no '('");
	return fail_expected(parser, "'and', 'or' or the end");
}

int filter_parse_text(const char *text, struct filter_names *names, struct filter *filter, struct filter_error *error)
{
	struct filter_parser parser = {
		.text = text, .names = names, .token = token_next(text), .filter = filter, .error = error
	};

	*filter = (struct filter){ 0 };
	if (parse_all(&parser))
		return 0;
	filter_free(filter);
	return parser.err;
}

void filter_free(struct filter *filter)
{
	free(filter->step);
	*filter = (struct filter){ 0 };
}
