// SPDX-License-Identifier: GPL-2.0-only
/* What tcpdump, ss and conntrack call the ends and fields of a flow, and values that need no field. */
#include <string.h>

#include "filter/internal.h"
#include "flow/names.h"

/* Who opened the connection is the source: the first segment is from there. */
static const struct {
	const char *word;
	enum flow_side side;
	const char *field; /* NULL: the word is only about the end */
} ends[] = {
	{ "src", SIDE_CLIENT, NULL },
	{ "dst", SIDE_SERVER, NULL },
	{ "sport", SIDE_CLIENT, "port" },
	{ "dport", SIDE_SERVER, "port" },
};

static const struct filter_field *field_named(const char *name)
{
	const struct token token = { TOKEN_WORD, name, strlen(name) };

	return filter_field_find(&token);
}

bool filter_end(const struct token *word, enum flow_side *side, const struct filter_field **field)
{
	*field = NULL;
	for (int i = 0; i < SIDE_COUNT; i++) {
		if (!token_is(word, side_names[i]))
			continue;
		*side = i;
		return true;
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (!token_is(word, ends[i].word))
			continue;
		*side = ends[i].side;
		*field = ends[i].field ? field_named(ends[i].field) : NULL;
		return true;
	}
	return false;
}

const char *filter_field_of_value(const struct token *value)
{
	static const char *const fields[] = { "port", "host", "state", "outcome", "origin", "conn_state" };
	struct filter_test test;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (filter_value(field_named(fields[i]), value, &test))
			return fields[i];
	return NULL;
}

static bool takes(const char *field, const struct token *value)
{
	struct filter_test test;

	return filter_value(field_named(field), value, &test);
}

const struct filter_field *filter_field_implied(const struct filter_names *names, const struct token *value,
						bool after_end)
{
	bool state = takes("state", value), outcome = takes("outcome", value);

	if (value->kind != TOKEN_WORD)
		return NULL;
	if (*value->at == ':' && value->length > 1)
		return field_named("port");
	if (after_end && takes("host", value))
		return field_named("host");
	if (after_end && memchr(value->at, '.', value->length) &&
	    filter_is_host_name(names, field_named("host"), value))
		return field_named("host");
	return state && !outcome ? field_named("state") : NULL;
}
