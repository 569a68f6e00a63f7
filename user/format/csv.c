// SPDX-License-Identifier: GPL-2.0-only
/* RFC 4180, except that a record ends with a newline alone, as tools that read lines expect. */
#include "format/sink.h"

#include "base/text.h"

#include "base/unicode.h"

static void separate(struct sink *sink)
{
	if (sink->more)
		buffer_char(sink->out, ',');
	sink->more = true;
}

static void csv_open(struct sink *sink, const char *name, size_t length)
{
	(void)name;
	(void)length;
	sink->depth++;
}

static void csv_close(struct sink *sink)
{
	if (--sink->depth > 0)
		return;
	buffer_char(sink->out, '\n');
	sink->more = false;
}

static void csv_number(struct sink *sink, const char *name, size_t length, __u64 value)
{
	(void)name;
	(void)length;
	separate(sink);
	buffer_used(sink->out, put_u64(buffer_reserve(sink->out, U64_SIZE), value));
}

static void csv_boolean(struct sink *sink, const char *name, size_t length, bool value)
{
	(void)name;
	(void)length;
	separate(sink);
	buffer_text(sink->out, value ? "true" : "false");
}

static void csv_null(struct sink *sink, const char *name, size_t length)
{
	(void)name;
	(void)length;
	separate(sink);
}

/* Would a spreadsheet take the text for a formula? A list of "-", which stands for null, is harmless. */
static bool looks_like_formula(const char *text, size_t bytes)
{
	static const __u32 signs[] = { '=', '+', '-', '@', 0xff1d, 0xff0b, 0xff0d, 0xff20 }; /* and their wide forms */
	size_t blanks = 0, nulls = 0;
	__u32 first;

	while (nulls < bytes && (text[nulls] == '-' || text[nulls] == ' '))
		nulls++;
	while (blanks < bytes && text[blanks] == ' ')
		blanks++;
	if (nulls == bytes)
		return false;
	first = character_at(text + blanks, bytes - blanks).code;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (first == signs[i])
			return true;
	return false;
}

static void csv_text(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes)
{
	bool quoted;

	(void)name;
	(void)length;
	separate(sink);
	quoted = memchr(text, ',', bytes) || memchr(text, '"', bytes);
	if (quoted)
		buffer_char(sink->out, '"');
	if (looks_like_formula(text, bytes))
		buffer_char(sink->out, '\'');
	buffer_foreign(sink->out, text, bytes, FOREIGN_CSV);
	if (quoted)
		buffer_char(sink->out, '"');
}

static void csv_word(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes)
{
	(void)name;
	(void)length;
	separate(sink);
	buffer_bytes(sink->out, text, bytes);
}

static void csv_numbers(struct sink *sink, const char *name, size_t length, const __u16 *values, int count)
{
	(void)name;
	(void)length;
	separate(sink);
	for (int i = 0; i < count; i++) {
		if (i)
			buffer_char(sink->out, ' ');
		buffer_used(sink->out, put_u64(buffer_reserve(sink->out, U64_SIZE), values[i]));
	}
}

static void csv_words(struct sink *sink, const char *name, size_t length, const char *const *words, int count)
{
	(void)name;
	(void)length;
	separate(sink);
	for (int i = 0; i < count; i++) {
		if (i)
			buffer_char(sink->out, ' ');
		buffer_bytes(sink->out, words[i], strlen(words[i]));
	}
}

const struct sink_ops csv_sink = {
	.open = csv_open,
	.close = csv_close,
	.number = csv_number,
	.text = csv_text,
	.word = csv_word,
	.boolean = csv_boolean,
	.null = csv_null,
	.numbers = csv_numbers,
	.words = csv_words,
};

/* ---- the header: the same walk, but only names are printed ---- */

static void header_open(struct sink *sink, const char *name, size_t length)
{
	size_t used = sink->depth ? sink->path_length[sink->depth - 1] : 0;

	if (length) {
		memcpy(sink->path + used, name, length);
		used += length;
		sink->path[used++] = '.';
	}
	sink->path_length[sink->depth++] = used;
}

static void header_name(struct sink *sink, const char *name, size_t length)
{
	separate(sink);
	buffer_bytes(sink->out, sink->path, sink->path_length[sink->depth - 1]);
	buffer_bytes(sink->out, name, length);
}

static void header_number(struct sink *sink, const char *name, size_t length, __u64 value)
{
	(void)value;
	header_name(sink, name, length);
}

static void header_text(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes)
{
	(void)text;
	(void)bytes;
	header_name(sink, name, length);
}

static void header_boolean(struct sink *sink, const char *name, size_t length, bool value)
{
	(void)value;
	header_name(sink, name, length);
}

static void header_numbers(struct sink *sink, const char *name, size_t length, const __u16 *values, int count)
{
	(void)values;
	(void)count;
	header_name(sink, name, length);
}

static void header_words(struct sink *sink, const char *name, size_t length, const char *const *words, int count)
{
	(void)words;
	(void)count;
	header_name(sink, name, length);
}

const struct sink_ops csv_header_sink = {
	.open = header_open,
	.close = csv_close,
	.number = header_number,
	.text = header_text,
	.word = header_text,
	.boolean = header_boolean,
	.null = header_name,
	.numbers = header_numbers,
	.words = header_words,
};
