// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"

#include <stdint.h>

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
	buffer_used(sink->out, put_u64(buffer_reserve(sink->out, U64_ROOM), value));
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

/* Bytes of the well-formed UTF-8 character at `text`, 0 if there is none. */
static int utf8_length(const unsigned char *text, size_t left)
{
	int length = text[0] >= 0xf0 && text[0] <= 0xf4 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc2 ? 2 : 0;

	if (!length || text[0] > 0xf4 || (size_t)length > left)
		return 0;
	for (int i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

/* A name may hold any bytes: those that are not UTF-8 are taken for Latin-1, so that the output is JSON in any case. */
static void put_escaped(struct buffer *out, const unsigned char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes;) {
		unsigned char c = text[i];
		int length = c < 0x80 ? 1 : utf8_length(text + i, bytes - i);

		if (c == '"' || c == '\\') {
			buffer_char(out, '\\');
			buffer_char(out, (char)c);
		} else if (c < ' ' || c == 0x7f || !length) {
			buffer_printf(out, "\\u%04x", c);
			length = 1;
		} else {
			buffer_bytes(out, (const char *)text + i, length);
		}
		i += length;
	}
}

static bool is_plain(const char *text, size_t bytes)
{
	bool plain = true;

	for (size_t i = 0; i < bytes; i++)
		plain &= text[i] >= ' ' && text[i] < 0x7f && text[i] != '"' && text[i] != '\\';
	return plain;
}

static void json_text(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes)
{
	put_name(sink, name, length);
	buffer_char(sink->out, '"');
	if (is_plain(text, bytes))
		buffer_bytes(sink->out, text, bytes);
	else
		put_escaped(sink->out, (const unsigned char *)text, bytes);
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

const struct sink_ops json_sink = {
	.open = json_open,
	.close = json_close,
	.number = json_number,
	.text = json_text,
	.word = json_word,
	.boolean = json_boolean,
	.null = json_null,
	.numbers = json_numbers,
	.nests = true,
	.open_list = json_open_list,
	.close_list = json_close_list,
};
