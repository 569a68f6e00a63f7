// SPDX-License-Identifier: GPL-2.0-only
#include "serve/accept.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "serve/protobuf.h"

#define QUALITY_FULL 1000

/* A part of the field, not terminated. */
struct piece {
	const char *text;
	size_t bytes;
};

static struct piece trimmed(struct piece piece)
{
	while (piece.bytes && (*piece.text == ' ' || *piece.text == '\t')) {
		piece.text++;
		piece.bytes--;
	}
	while (piece.bytes && (piece.text[piece.bytes - 1] == ' ' || piece.text[piece.bytes - 1] == '\t'))
		piece.bytes--;
	return piece;
}

/* Take what is before the next separator that is not in quotes. False: nothing is left. */
static bool next_piece(struct piece *rest, char separator, struct piece *piece)
{
	bool quoted = false;
	size_t end = 0;

	if (!rest->text)
		return false;
	for (; end < rest->bytes && (quoted || rest->text[end] != separator); end++)
		quoted ^= rest->text[end] == '"';
	*piece = trimmed((struct piece){ rest->text, end });
	*rest = end < rest->bytes ? (struct piece){ rest->text + end + 1, rest->bytes - end - 1 } : (struct piece){ 0 };
	return true;
}

static bool is_word(struct piece piece, const char *word)
{
	return piece.bytes == strlen(word) && !strncasecmp(piece.text, word, piece.bytes);
}

/* 1, 0.8, .85, 0.123: thousandths. Anything else counts as 1, as if it were not there. */
static int quality_of(struct piece value)
{
	int quality = 0, unit = QUALITY_FULL;
	bool fraction = false;

	for (size_t i = 0; i < value.bytes; i++) {
		char c = value.text[i];

		if (c == '.' && !fraction)
			fraction = true;
		else if (c < '0' || c > '9')
			return QUALITY_FULL;
		else if (!fraction)
			quality = quality || c > '0' ? QUALITY_FULL : 0;
		else
			quality += (c - '0') * (unit /= 10);
	}
	return quality < QUALITY_FULL ? quality : QUALITY_FULL;
}

/* What can be served, and the parameters that a media range may have and still mean it. */
static const struct {
	const char *type, *all_of_type;
	const char *version, *proto, *encoding; /* NULL: any value */
	bool by_name_only;
} offers[METRICS_FORMATS] = {
	[METRICS_OPENMETRICS] = { "application/openmetrics-text", "application/*", "1.0.0", NULL, NULL, false },
	[METRICS_TEXT] = { "text/plain", "text/*", "0.0.4", NULL, NULL, false },
	[METRICS_PROTOBUF] = { "application/vnd.google.protobuf", NULL, NULL, PROTOBUF_NAME, "delimited", true },
};

static struct piece unquoted(struct piece value)
{
	if (value.bytes >= 2 && value.text[0] == '"' && value.text[value.bytes - 1] == '"')
		return (struct piece){ value.text + 1, value.bytes - 2 };
	return value;
}

struct media_range {
	struct piece type, version, proto, encoding;
	int quality;
};

static struct media_range parse_range(struct piece rest)
{
	struct media_range range = { .quality = QUALITY_FULL };
	struct piece parameter, name;

	if (!next_piece(&rest, ';', &range.type))
		return range;
	while (next_piece(&rest, ';', &parameter)) {
		if (!next_piece(&parameter, '=', &name))
			continue;
		parameter = unquoted(trimmed(parameter));
		if (is_word(name, "q"))
			range.quality = quality_of(parameter);
		else if (is_word(name, "version"))
			range.version = parameter;
		else if (is_word(name, "proto"))
			range.proto = parameter;
		else if (is_word(name, "encoding"))
			range.encoding = parameter;
	}
	return range;
}

/* How exactly a media range means the format, 0: it does not. */
static int exactness(const struct media_range *range, enum metrics_format format)
{
	const struct piece given[] = { range->version, range->proto, range->encoding };
	const char *const wanted[] = { offers[format].version, offers[format].proto, offers[format].encoding };
	int exact = 3;

	if (!offers[format].by_name_only && is_word(range->type, "*/*"))
		return 1;
	if (!offers[format].by_name_only && is_word(range->type, offers[format].all_of_type))
		return 2;
	if (!is_word(range->type, offers[format].type))
		return 0;
	for (int i = 0; i < 3; i++) {
		if (!given[i].text || !wanted[i])
			continue;
		if (!is_word(given[i], wanted[i]))
			return 0;
		exact++;
	}
	return exact;
}

enum metrics_format accept_format(const char *accept)
{
	static const enum metrics_format by_preference[] = { METRICS_PROTOBUF, METRICS_OPENMETRICS, METRICS_TEXT };
	struct {
		int exact, quality;
	} best[METRICS_FORMATS] = { 0 };
	struct piece rest = { accept, accept ? strlen(accept) : 0 }, piece;
	enum metrics_format chosen = METRICS_OPENMETRICS;
	int quality = 0, exact_most = 0;

	while (next_piece(&rest, ',', &piece)) {
		struct media_range range = parse_range(piece);

		for (enum metrics_format format = 0; format < METRICS_FORMATS; format++) {
			int exact = exactness(&range, format);

			if (exact > best[format].exact) {
				best[format].exact = exact;
				best[format].quality = range.quality;
			}
		}
	}
	for (size_t i = 0; i < METRICS_FORMATS; i++) {
		enum metrics_format format = by_preference[i];

		if (best[format].quality < quality || !best[format].quality ||
		    (best[format].quality == quality && best[format].exact <= exact_most))
			continue;
		chosen = format;
		quality = best[format].quality;
		exact_most = best[format].exact;
	}
	return chosen;
}
