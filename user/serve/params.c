// SPDX-License-Identifier: GPL-2.0-only
#include "serve/params.h"

#include <stdio.h>
#include <string.h>

#include "base/choices.h"
#include "base/suggest.h"
#include "base/text.h"

static bool unknown(const struct param *params, const char *name, struct http_response *response)
{
	struct suggestion suggestion;

	suggestion_begin(&suggestion, name);
	for (const struct param *param = params; param && param->name; param++)
		suggestion_try(&suggestion, param->name);
	if (suggestion.best)
		http_respond_error(response, 400, "unknown parameter '%s' (did you mean '%s'?)", name, suggestion.best);
	else
		http_respond_error(response, 400, "unknown parameter '%s'", name);
	return false;
}

static bool set_flag(const char *value, bool *flag)
{
	*flag = !*value || !strcmp(value, "1") || !strcmp(value, "true");
	return *flag || !strcmp(value, "0") || !strcmp(value, "false");
}

static bool set_number(const struct param *param, const char *value, __u32 *number)
{
	__u64 read;

	if (!parse_number(value, param->most, &read) || read < param->least)
		return false;
	*number = (__u32)read;
	return true;
}

static bool bad_value(const struct param *param, const char *value, struct http_response *response)
{
	char expected[512], hint[64] = "";

	if (param->kind == PARAM_CHOICE) {
		choices_describe(expected, sizeof(expected), param->choices);
		choices_hint(hint, sizeof(hint), param->choices, value);
	} else if (param->kind == PARAM_NUMBER) {
		snprintf(expected, sizeof(expected), NUMBER_EXPECTED, (__u64)param->least, (__u64)param->most);
	} else {
		snprintf(expected, sizeof(expected), "1 or 0");
	}
	http_respond_error(response, 400, "%s '%s': expected %s%s", param->name, value, expected, hint);
	return false;
}

static bool set(const struct param *param, const char *value, void *fields, struct http_response *response)
{
	char *field = (char *)fields + param->offset;
	bool good = false;

	switch (param->kind) {
	case PARAM_FLAG:
		good = set_flag(value, (bool *)field);
		break;
	case PARAM_NUMBER:
		good = set_number(param, value, (__u32 *)field);
		break;
	case PARAM_CHOICE:
		good = choices_find(param->choices, value, field);
		break;
	case PARAM_TEXT:
		memcpy(field, value, strlen(value) + 1);
		return true;
	}
	return good || bad_value(param, value, response);
}

/* One NAME=VALUE, or NAME alone. */
static bool parse_one(const struct param *params, const char *text, size_t bytes, __u32 *seen, void *fields,
		      struct http_response *response)
{
	const char *equals = memchr(text, '=', bytes);
	size_t name_bytes = equals ? (size_t)(equals - text) : bytes;
	char name[64], value[PARAM_TEXT_MAX + 1] = "";
	const struct param *param = params;

	if (http_decode(text, name_bytes, true, name, sizeof(name)) < 0) {
		http_respond_error(response, 400, "the query has a parameter whose name is too long or badly encoded");
		return false;
	}
	while (param && param->name && strcmp(param->name, name) != 0)
		param++;
	if (!param || !param->name)
		return unknown(params, name, response);
	if (*seen & 1U << (param - params)) {
		http_respond_error(response, 400, "parameter '%s' is given twice", name);
		return false;
	}
	*seen |= 1U << (param - params);
	if (!equals)
		return set(param, value, fields, response);
	if (http_decode(equals + 1, bytes - name_bytes - 1, true, value, sizeof(value)) >= 0)
		return set(param, value, fields, response);
	if (bytes - name_bytes - 1 > PARAM_TEXT_MAX)
		http_respond_error(response, 431, "%s: longer than %d bytes", name, PARAM_TEXT_MAX);
	else
		http_respond_error(response, 400, "%s: badly encoded", name);
	return false;
}

bool params_parse(const struct param *params, const char *query, void *fields, struct http_response *response)
{
	__u32 seen = 0;

	while (query && *query) {
		size_t bytes = strcspn(query, "&");

		if (bytes && !parse_one(params, query, bytes, &seen, fields, response))
			return false;
		query += bytes + (query[bytes] == '&');
	}
	return true;
}
