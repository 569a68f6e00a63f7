// SPDX-License-Identifier: GPL-2.0-only
#include "format/sink.h"
#include "base/text.h"

static void put_name(struct sink *sink, const char *name, size_t length)
{
	char *p = buffer_reserve(sink->out, length + 4);

	if (sink->more)
		*p++ = ',';
	sink->more = true;
	if (length) {
		*p++ = '"';
		memcpy(p, name, length);
		p += length;
		*p++ = '"';
		*p++ = ':';
	}
	buffer_used(sink->out, p);
}

static void json_open(struct sink *sink, const char *name, size_t length)
{
	put_name(sink, name, length);
	buffer_char(sink->out, '{');
	sink->more = false;
}

static void json_close(struct sink *sink)
{
	buffer_char(sink->out, '}');
	sink->more = true;
}

static void json_open_list(struct sink *sink, const char *name, size_t length)
{
	put_name(sink, name, length);
	buffer_char(sink->out, '[');
	sink->more = false;
}

static void json_close_list(struct sink *sink)
{
	buffer_char(sink->out, ']');
	sink->more = true;
}

static void json_number(struct sink *sink, const char *name, size_t length, __u64 value)
{
	put_name(sink, name, length);
	buffer_used(sink->out, put_u64(buffer_reserve(sink->out, U64_SIZE), value));
}

static void json_boolean(struct sink *sink, const char *name, size_t length, bool value)
{
	put_name(sink, name, length);
	if (value)
		buffer_bytes(sink->out, "true", 4);
	else
		buffer_bytes(sink->out, "false", 5);
}

static void json_null(struct sink *sink, const char *name, size_t length)
{
	put_name(sink, name, length);
	buffer_bytes(sink->out, "null", 4);
}

static void json_numbers(struct sink *sink, const char *name, size_t length, const __u16 *values, int count)
{
	json_open_list(sink, name, length);
	for (int i = 0; i < count; i++)
		json_number(sink, "", 0, values[i]);
	json_close_list(sink);
}

static void json_text(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes)
{
	put_name(sink, name, length);
	buffer_char(sink->out, '"');
	buffer_foreign(sink->out, text, bytes, FOREIGN_JSON);
	buffer_char(sink->out, '"');
}

static void json_word(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes)
{
	char *p;

	put_name(sink, name, length);
	p = buffer_reserve(sink->out, bytes + 2);
	*p++ = '"';
	memcpy(p, text, bytes);
	p += bytes;
	*p++ = '"';
	buffer_used(sink->out, p);
}

static void json_words(struct sink *sink, const char *name, size_t length, const char *const *words, int count)
{
	json_open_list(sink, name, length);
	for (int i = 0; i < count; i++)
		json_word(sink, "", 0, words[i], strlen(words[i]));
	json_close_list(sink);
}

const struct sink_ops json_sink = {
	.open = json_open,
	.close = json_close,
	.number = json_number,
	.text = json_text,
	.word = json_word,
	.boolean = json_boolean,
	.null = json_null,
	.numbers = json_numbers,
	.words = json_words,
	.nests = true,
	.open_list = json_open_list,
	.close_list = json_close_list,
};
