// SPDX-License-Identifier: GPL-2.0-only
#include "filter/internal.h"
#include "base/local_time.h"
#include "flow/names.h"
#include "base/text.h"
#include "flow/tunnel.h"

#include <arpa/inet.h>
#include <string.h>

#define VALUE_BYTES 64
#define FRACTION_DIGITS 9

/* ---- numbers */

struct unit {
	const char *name;
	__u64 size;
};

static const struct unit number_units[] = {
	{ "", 1 }, { "k", 1000 }, { "m", 1000000 }, { "g", 1000000000 }, { "t", 1000000000000 }, { 0 },
};

static const struct unit byte_units[] = {
	{ "", 1 }, { "k", 1ULL << 10 }, { "m", 1ULL << 20 }, { "g", 1ULL << 30 }, { "t", 1ULL << 40 }, { 0 },
};

/* µ is U+00B5 or U+03BC. */
static const struct unit time_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "µs", 1000 },
	{ "μs", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", 60000000000 },
	{ "min", 60000000000 },
	{ "h", 3600000000000 },
	{ "d", 86400000000000 },
	{ 0 },
};

static const struct unit *units_of(enum filter_kind kind)
{
	return kind == KIND_TIME ? time_units : kind == KIND_BYTES ? byte_units : number_units;
}

/* Read the digits at the start of *text, and advance it. Returns false if there are none or too many. */
static bool take_digits(const char **text, __u64 *value, int *digits)
{
	*value = 0;
	for (*digits = 0; **text >= '0' && **text <= '9'; ++*digits, ++*text)
		if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, **text - '0', value))
			return false;
	return *digits > 0;
}

/* Parse the whole text as a number: 10, 1.5M, 100ms. Fractions of the smallest unit are dropped. */
static bool parse_quantity(const char *text, enum filter_kind kind, __u64 *value)
{
	__u64 whole, fraction = 0, scale = 1;
	const struct unit *unit = units_of(kind);
	int digits, fraction_digits = 0;

	if (!take_digits(&text, &whole, &digits))
		return false;
	if (*text == '.') {
		text++;
		if (!take_digits(&text, &fraction, &fraction_digits) || fraction_digits > FRACTION_DIGITS)
			return false;
	}
	if (kind == KIND_TIME && !*text && !whole && !fraction) { /* 0 needs no unit */
		*value = 0;
		return true;
	}
	while (unit->name && strcasecmp(unit->name, text))
		unit++;
	if (!unit->name || (fraction_digits && unit->size == 1))
		return false;
	for (int i = 0; i < fraction_digits; i++)
		scale *= 10;
	fraction = (__u64)((unsigned __int128)fraction * unit->size / scale);
	return !__builtin_mul_overflow(whole, unit->size, &whole) && !__builtin_add_overflow(whole, fraction, value) &&
	       *value <= NUMBER_MAX;
}

/* Parse a number, or two with a - between them. Modifies the text. */
static bool parse_range(char *text, const struct filter_field *field, struct filter_test *test)
{
	char *dash = strchr(text, '-');

	if (dash)
		*dash = '\0';
	if (!parse_quantity(text, field->kind, &test->low))
		return false;
	test->high = test->low;
	if (dash && !parse_quantity(dash + 1, field->kind, &test->high))
		return false;
	return test->low <= test->high && (!field->most || test->high <= field->most);
}

/* -2h: two hours ago; anything else is a date of the calendar. */
static bool parse_when(const char *text, struct filter_test *test)
{
	test->ago = *text == '-';
	if (!test->ago)
		return parse_local_time(text, &test->low, &test->high);
	if (!parse_quantity(text + 1, KIND_TIME, &test->low))
		return false;
	test->high = test->low;
	return true;
}

/* ---- addresses */

/* Set the mask for a prefix of that many bits. */
static void set_prefix(struct filter_net *net, int bits)
{
	for (int i = 0; i < 4; i++, bits -= 32) {
		net->mask[i] = bits >= 32 ? ~0U : bits > 0 ? htonl(~0U << (32 - bits)) : 0;
		net->word[i] &= net->mask[i];
	}
}

void filter_net_of(struct filter_net *net, const __u32 *word, bool ipv6)
{
	*net = (struct filter_net){ .ipv6 = ipv6 };
	memcpy(net->word, word, ipv6 ? sizeof(net->word) : sizeof(net->word[0]));
	set_prefix(net, ipv6 ? 128 : 32);
}

/* Parse an address or a prefix (ADDRESS/BITS); an IPv6 address may be in brackets. Modifies the text. */
static bool parse_net(char *text, struct filter_net *net)
{
	char *slash = strchr(text, '/');
	size_t length;
	__u64 bits;

	if (slash)
		*slash = '\0';
	length = strlen(text);
	*net = (struct filter_net){ .ipv6 = strchr(text, ':') };
	if (net->ipv6 && text[0] == '[' && text[length - 1] == ']') {
		text[length - 1] = '\0';
		text++;
	}
	bits = net->ipv6 ? 128 : 32;
	if (slash && !parse_number(slash + 1, bits, &bits))
		return false;
	if (inet_pton(net->ipv6 ? AF_INET6 : AF_INET, text, net->word) != 1)
		return false;
	set_prefix(net, (int)bits);
	return true;
}

/* ---- words */

#define BIT(n) (1U << (n))
#define ALL_STATES (BIT(STATE_COUNT) - 1)
#define CONNECTED (ALL_STATES & ~(BIT(STATE_CLOSED) | BIT(STATE_LISTEN)))
#define BUCKET (BIT(STATE_SYN_RECEIVED) | BIT(STATE_TIME_WAIT))

/* Aliases, and the groups of states that ss has. */
static const struct {
	const char *name;
	__u32 mask;
} state_words[] = {
	{ "estab", BIT(STATE_ESTABLISHED) },
	{ "syn_recv", BIT(STATE_SYN_RECEIVED) },
	{ "listening", BIT(STATE_LISTEN) },
	{ "connected", CONNECTED },
	{ "synchronized", CONNECTED & ~BIT(STATE_SYN_SENT) },
	{ "bucket", BUCKET },
	{ "big", ALL_STATES & ~BUCKET },
};

#define STATE_WORDS ((int)(sizeof(state_words) / sizeof(state_words[0])))

const char *filter_word(enum filter_field_id field, int index)
{
	switch (field) {
	case FIELD_STATE:
		if (index < STATE_COUNT)
			return state_name(index);
		return index < STATE_COUNT + STATE_WORDS ? state_words[index - STATE_COUNT].name : NULL;
	case FIELD_OUTCOME:
		return index < OUTCOME_COUNT ? outcome_name(index) : NULL;
	case FIELD_REASON:
		return index < UNREACHABLE_COUNT ? unreachable_reason_name(index) : NULL;
	case FIELD_ORIGIN:
		return index <= ORIGIN_MIDSTREAM ? origin_name(index) : NULL;
	case FIELD_FLAGS:
		return index < TCP_FLAGS_COUNT ? tcp_flag_names[index] : NULL;
	case FIELD_TUNNEL:
		return index < TUNNEL_KINDS ? tunnel_kind_name(index) : NULL;
	case FIELD_CONN_STATE:
		return index < CONN_COUNT ? conn_state_name(index) : NULL;
	default:
		return NULL;
	}
}

static bool parse_word(enum filter_field_id field, const struct token *value, __u32 *mask)
{
	const char *word;

	for (int i = 0; (word = filter_word(field, i)); i++) {
		if (!token_is(value, word))
			continue;
		*mask = field == FIELD_STATE && i >= STATE_COUNT ? state_words[i - STATE_COUNT].mask : BIT(i);
		return true;
	}
	return false;
}

/* ---- any value */

bool filter_value(const struct filter_field *field, const struct token *value, struct filter_test *test)
{
	char text[VALUE_BYTES];

	_Static_assert(sizeof(text) <= sizeof(test->name), "a value fits");
	if ((value->kind != TOKEN_WORD && value->kind != TOKEN_QUOTED) || !value->length ||
	    value->length >= sizeof(text))
		return false;
	memcpy(text, value->at, value->length);
	text[value->length] = '\0';
	switch (field->kind) {
	case KIND_WORD:
		return parse_word(field->id, value, &test->mask);
	case KIND_ADDRESS:
		return parse_net(text, &test->net);
	case KIND_WHEN:
		return parse_when(text, test);
	case KIND_NAME:
		memcpy(test->name, text, sizeof(text));
		return true;
	default: /* ss writes a port as :443 */
		return parse_range(text + (field->id == FIELD_PORT && *text == ':'), field, test);
	}
}

/* The comparison that holds for how long ago something was if `comparison` holds for when it was. */
static enum token_kind mirrored(enum token_kind comparison)
{
	switch (comparison) {
	case TOKEN_LESS:
		return TOKEN_MORE;
	case TOKEN_AT_MOST:
		return TOKEN_AT_LEAST;
	case TOKEN_MORE:
		return TOKEN_LESS;
	default:
		return TOKEN_AT_MOST;
	}
}

void filter_bound(struct filter_test *test, enum token_kind comparison)
{
	__u64 low = test->low;

	switch (test->ago ? mirrored(comparison) : comparison) {
	case TOKEN_LESS:
		test->low = !low; /* no number is below 0 */
		test->high = low ? low - 1 : 0;
		return;
	case TOKEN_AT_MOST:
		test->low = 0;
		return;
	case TOKEN_MORE:
		test->low = test->high + 1;
		test->high = NUMBER_MAX;
		return;
	default:
		test->high = NUMBER_MAX;
	}
}
