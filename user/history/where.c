// SPDX-License-Identifier: GPL-2.0-only
#include "history/where.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/internal.h"
#include "flow/names.h"
#include "history/schema.h"

#define STEPS_MAX 100 /* of a filter that is translated; the depth of an expression of SQL is limited */
#define TEXT_MAX 1024 /* of one test */

/* When rows begin and end, in ns since 1970, that both ends of the range may be. */
struct times {
	__s64 started_min, started_max, last_seen_min, last_seen_max;
};

static const struct times any_time = { INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX };

/* A part of a filter: what is true of all rows that match it, and of all that do not. */
struct part {
	char *is, *is_not;
	struct times times; /* of those that match */
	int target; /* of the jump before this part, at which it ends */
	enum step_kind jump; /* STEP_AND, STEP_OR */
};

struct translation {
	struct part part[STEPS_MAX + 1];
	int parts;
	__u64 now_ns;
	bool failed; /* no memory */
};

/* ---- one test */

struct test_text {
	char text[TEXT_MAX];
	size_t used;
	struct times times;
};

static void put(struct test_text *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct test_text *to, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	to->used += vsnprintf(to->text + to->used, sizeof(to->text) - to->used, format, arguments);
	va_end(arguments);
	if (to->used >= sizeof(to->text)) /* cannot be: names have at most 63 characters */
		to->used = sizeof(to->text) - 1;
}

static __s64 clamp(__u64 number)
{
	return number > INT64_MAX ? INT64_MAX : (__s64)number;
}

/* Numbers of a row are at most INT64_MAX, and what is larger counts as that. */
static bool has_exact_range(const struct filter_test *test)
{
	return test->low < INT64_MAX && (test->high < INT64_MAX || test->high == NUMBER_MAX);
}

static void put_range(struct test_text *to, const struct filter_test *test, const char *value)
{
	__s64 low = clamp(test->low), high = clamp(test->high);

	if (low == high) /* so that the planner knows how few rows it finds */
		put(to, "%s %s %lld", value, test->negate ? "<>" : "=", low);
	else
		put(to, "%s %sBETWEEN %lld AND %lld", value, test->negate ? "NOT " : "", low, high);
}

/* Does the column of either or both endpoints, "client_" or "server_" before it, meet the test? */
static void put_sides(struct test_text *to, const struct filter_test *test, const char *column,
		      void (*put_side)(struct test_text *to, const struct filter_test *test, const char *column))
{
	char name[64];

	put(to, "(");
	for (int i = 0; i < SIDE_COUNT; i++) {
		if (test->side != SIDE_COUNT && test->side != (enum flow_side)i)
			continue;
		if (test->side == SIDE_COUNT && i)
			put(to, test->negate ? " AND " : " OR ");
		snprintf(name, sizeof(name), "%s_%s", side_names[i], column);
		put_side(to, test, name);
	}
	put(to, ")");
}

/* Ports of servers have an index. */
static void put_port(struct test_text *to, const struct filter_test *test, const char *column)
{
	put_range(to, test, column);
	if (!test->negate && !strcmp(column, "server_port"))
		put(to, " AND segment IN wanted");
}

static void put_words(struct test_text *to, const struct filter_test *test, const char *column)
{
	const char *word, *comma = "";

	put(to, "%s %sIN (", column, test->negate ? "NOT " : "");
	for (int i = 0; i < 32 && (word = filter_word(test->field, i)); i++) {
		if (!(test->mask >> i & 1))
			continue;
		put(to, "%s'%s'", comma, word);
		comma = ", ";
	}
	put(to, ")");
}

/* Are these outcomes among those of TROUBLE, which have an index? */
static bool is_trouble(const struct filter_test *test)
{
	const __u32 trouble = 1U << OUTCOME_REFUSED | 1U << OUTCOME_UNANSWERED | 1U << OUTCOME_HALF_OPEN |
			      1U << OUTCOME_UNREACHABLE | 1U << OUTCOME_RESET_BY_CLIENT | 1U << OUTCOME_RESET_BY_SERVER;

	return !test->negate && !(test->mask & ~trouble);
}

static void put_hex(struct test_text *to, const __u32 *word, const __u32 *others, int bytes)
{
	put(to, "x'");
	for (int i = 0; i < bytes / 4; i++)
		put(to, "%08x", ntohl(word[i] | others[i]));
	put(to, "'");
}

static void put_address(struct test_text *to, const struct filter_test *test, const char *column)
{
	const __u32 none[4] = { 0 };
	const __u32 rest[4] = { ~test->net.mask[0], ~test->net.mask[1], ~test->net.mask[2], ~test->net.mask[3] };
	int bytes = test->net.ipv6 ? 16 : 4;

	put(to, "%s(%s ", test->negate ? "NOT " : "", column);
	if (memcmp(rest, none, bytes) == 0) { /* as above */
		put(to, "= ");
		put_hex(to, test->net.word, none, bytes);
	} else {
		put(to, "BETWEEN ");
		put_hex(to, test->net.word, none, bytes);
		put(to, " AND ");
		put_hex(to, test->net.word, rest, bytes);
		put(to, " AND length(%s) = %d", column, bytes);
	}
	put(to, "%s)", test->negate ? "" : " AND segment IN wanted");
}

static void put_name(struct test_text *to, const struct filter_test *test)
{
	put(to, "source IN (SELECT id FROM sources WHERE %s %s '",
	    test->field == FIELD_INTERFACE ? "ifname" : "instance", test->negate ? "<>" : "=");
	for (const char *c = test->name; *c; c++)
		put(to, *c == '\'' ? "''" : "%c", *c);
	put(to, "')");
}

/* The time since 1970 that is so long ago; -1: before that. */
static __s64 before(__u64 now_ns, __u64 ago_ns)
{
	return ago_ns <= now_ns ? clamp(now_ns - ago_ns) : -1;
}

static void put_when(struct test_text *to, const struct filter_test *test, __u64 now_ns)
{
	bool started = test->field == FIELD_STARTED;
	__s64 from = test->ago ? before(now_ns, test->high) : clamp(test->low);
	__s64 until = test->ago ? before(now_ns, test->low) : clamp(test->high);

	put(to, "(%s %sBETWEEN %lld AND %lld%s)", started ? "started" : "last_seen", test->negate ? "NOT " : "", from,
	    until, started ? "" : " AND outcome NOT IN ('opening', 'open', 'closing')");
	if (test->negate)
		return;
	*(started ? &to->times.started_min : &to->times.last_seen_min) = from;
	*(started ? &to->times.started_max : &to->times.last_seen_max) = until;
}

/* How long ago, by the time since 1970 at which it was; a row without a time counts as of 1970. */
static void put_ago(struct test_text *to, const struct filter_test *test, const char *when, __u64 now_ns)
{
	put(to, "%s %sBETWEEN %lld AND %lld", when, test->negate ? "NOT " : "", before(now_ns, test->high),
	    before(now_ns, test->low));
}

static void put_sum(struct test_text *to, const struct filter_test *test, const char *column)
{
	char both[128];

	snprintf(both, sizeof(both), "client_%s + server_%s", column, column);
	if (test->side == SIDE_COUNT)
		put_range(to, test, both);
	else
		put_sides(to, test, column, put_range);
}

static void put_handshake(struct test_text *to, const struct filter_test *test)
{
	put_range(to, test, "handshake_ns");
	if (!test->negate && test->low >= strtoull(SLOW_HANDSHAKE_NS, NULL, 10))
		put(to, " AND handshake_ns >= " SLOW_HANDSHAKE_NS " AND segment IN wanted");
}

/* A number of an endpoint or of a flow. False: no column has it. */
static bool put_number(struct test_text *to, const struct filter_test *test)
{
	static const struct {
		enum filter_field_id field;
		const char *column;
	} sums[] = { { FIELD_PACKETS, "packets" },
		     { FIELD_BYTES, "bytes" },
		     { FIELD_PAYLOAD, "payload" },
		     { FIELD_RETRANSMITS, "retransmits" } },
	  numbers[] = { { FIELD_SYN_TO_SYNACK, "syn_to_synack_ns" },
			{ FIELD_SYNACK_TO_ACK, "synack_to_ack_ns" },
			{ FIELD_DURATION, "duration_ns" },
			{ FIELD_ANOMALIES, "anomalies" },
			{ FIELD_INCARNATION, "incarnation" } };

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		if (sums[i].field == test->field)
			put_sum(to, test, sums[i].column);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].field == test->field)
			put_range(to, test, numbers[i].column);
	return to->used;
}

/* False: no column has what the test asks for. */
static bool put_test(struct test_text *to, const struct filter_test *test, __u64 now_ns)
{
	switch (test->field) {
	case FIELD_PORT:
		put_sides(to, test, "port", put_port);
		return true;
	case FIELD_HANDSHAKE:
		put_handshake(to, test);
		return has_exact_range(test);
	case FIELD_IDLE:
		put_ago(to, test, "coalesce(last_seen, 0)", now_ns);
		return true;
	case FIELD_AGE:
		put_ago(to, test, "coalesce(started, last_seen, 0)", now_ns);
		return true;
	case FIELD_STARTED:
	case FIELD_ENDED:
		put_when(to, test, now_ns);
		return true;
	case FIELD_STATE:
		put_sides(to, test, "state", put_words);
		return true;
	case FIELD_OUTCOME:
		put_words(to, test, "outcome");
		put(to, "%s", is_trouble(test) ? " AND " TROUBLE : "");
		return true;
	case FIELD_ORIGIN:
	case FIELD_CONN_STATE:
		put_words(to, test, test->field == FIELD_ORIGIN ? "origin" : "conn_state");
		return true;
	case FIELD_ADDRESS:
		put_sides(to, test, "ip", put_address);
		return true;
	case FIELD_INTERFACE:
	case FIELD_INSTANCE:
		put_name(to, test);
		return true;
	case FIELD_FAILED:
		put(to, "failed = 1 AND " TROUBLE);
		return true;
	case FIELD_TCP:
		put(to, "1");
		return true;
	case FIELD_IPV4:
	case FIELD_IPV6:
		put(to, "length(client_ip) = %d", test->field == FIELD_IPV4 ? 4 : 16);
		return true;
	default:
		return has_exact_range(test) && put_number(to, test);
	}
}

/* ---- the whole */

static char *text_of(struct translation *translation, const char *format, ...) __attribute__((format(printf, 2, 3)));

static char *text_of(struct translation *translation, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0) {
		translation->failed = true;
		text = NULL;
	}
	va_end(arguments);
	return text;
}

static void part_free(struct part *part)
{
	free(part->is);
	free(part->is_not);
}

static void add_test(struct translation *translation, const struct filter_test *test)
{
	struct part *part = &translation->part[translation->parts++];
	struct test_text text = { .times = any_time };
	bool known = put_test(&text, test, translation->now_ns);

	part->times = known ? text.times : any_time;
	part->is = text_of(translation, "(%s)", known ? text.text : "1");
	part->is_not = known ? text_of(translation, "((%s) IS NOT TRUE)", text.text) : text_of(translation, "1");
}

static __s64 larger(__s64 a, __s64 b)
{
	return a > b ? a : b;
}

static __s64 smaller(__s64 a, __s64 b)
{
	return a < b ? a : b;
}

/* The times of rows that match both. */
static struct times both(const struct times *a, const struct times *b)
{
	return (struct times){
		.started_min = larger(a->started_min, b->started_min),
		.started_max = smaller(a->started_max, b->started_max),
		.last_seen_min = larger(a->last_seen_min, b->last_seen_min),
		.last_seen_max = smaller(a->last_seen_max, b->last_seen_max),
	};
}

/* Make one part of the last two, between which the jump was. */
static void join(struct translation *translation)
{
	struct part right = translation->part[--translation->parts];
	struct part *left = &translation->part[translation->parts - 1], joined = *left;
	bool is_and = right.jump == STEP_AND;

	if (!translation->failed) {
		joined.is = text_of(translation, "(%s %s %s)", left->is, is_and ? "AND" : "OR", right.is);
		joined.is_not = text_of(translation, "(%s %s %s)", left->is_not, is_and ? "OR" : "AND", right.is_not);
		joined.times = is_and ? both(&left->times, &right.times) : any_time;
		part_free(left);
	}
	part_free(&right);
	*left = joined;
}

static void negate(struct part *part)
{
	char *is = part->is;

	part->is = part->is_not;
	part->is_not = is;
	part->times = any_time;
}

/* The steps are those of an expression whose right operands end where the jump before them goes to. */
static void translate(struct translation *translation, const struct filter *filter)
{
	struct part *part = translation->part;
	int target = 0; /* that the next part gets; 0: it has no left side */
	enum step_kind jump = STEP_AND;

	for (int i = 0; i <= filter->steps && !translation->failed; i++) {
		const struct filter_step *step = &filter->step[i];

		while (translation->parts > 1 && part[translation->parts - 1].target == i)
			join(translation);
		if (i == filter->steps)
			return;
		switch (step->kind) {
		case STEP_TEST:
			part[translation->parts].target = target;
			part[translation->parts].jump = jump;
			add_test(translation, &step->test);
			break;
		case STEP_NOT:
			negate(&part[translation->parts - 1]);
			break;
		default:
			target = step->target;
			jump = step->kind;
		}
	}
}

static char *segments_with(struct translation *translation, const struct times *times)
{
	return text_of(translation,
		       "WITH wanted(n) AS (SELECT segment FROM segments WHERE started_max >= %lld AND "
		       "started_min <= %lld AND last_seen_max >= %lld AND last_seen_min <= %lld) ",
		       times->started_min, times->started_max, times->last_seen_min, times->last_seen_max);
}

int history_where(struct history_where *where, const struct filter *filter, __u64 now_ns)
{
	struct translation translation = { .now_ns = now_ns };
	bool any = filter->steps && filter->steps <= STEPS_MAX;

	if (any)
		translate(&translation, filter);
	where->with = segments_with(&translation, any ? &translation.part[0].times : &any_time);
	where->condition = text_of(&translation, "%s", any && translation.part[0].is ? translation.part[0].is : "1");
	for (int i = 0; i < translation.parts; i++)
		part_free(&translation.part[i]);
	if (!translation.failed)
		return 0;
	history_where_free(where);
	return -ENOMEM;
}

void history_where_free(struct history_where *where)
{
	free(where->with);
	free(where->condition);
	*where = (struct history_where){ 0 };
}
