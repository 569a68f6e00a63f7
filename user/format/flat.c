// SPDX-License-Identifier: GPL-2.0-only
/* JSON of one level, which columnar stores take: the member `ip` of the object `client` is `client_ip`. */
#include "format/sink.h"

/* Lists of numbers and of words stay lists. */
static void flat_open(struct sink *sink, const char *name, size_t length)
{
	size_t used = sink->depth ? sink->path_length[sink->depth - 1] : 0;

	if (!sink->depth)
		json_sink.open(sink, "", 0);
	if (length) {
		memcpy(sink->path + used, name, length);
		used += length;
		sink->path[used++] = '_';
	}
	sink->path_length[sink->depth++] = used;
}

static void flat_close(struct sink *sink)
{
	if (!--sink->depth)
		json_sink.close(sink);
}

/* Puts the name behind the path of its object. Returns the length of both; they are at sink->path. */
static size_t whole_name(struct sink *sink, const char *name, size_t length)
{
	size_t used = sink->path_length[sink->depth - 1];

	memcpy(sink->path + used, name, length);
	return used + length;
}

static void flat_number(struct sink *sink, const char *name, size_t length, __u64 value)
{
	json_sink.number(sink, sink->path, whole_name(sink, name, length), value);
}

static void flat_text(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes)
{
	json_sink.text(sink, sink->path, whole_name(sink, name, length), text, bytes);
}

static void flat_word(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes)
{
	json_sink.word(sink, sink->path, whole_name(sink, name, length), text, bytes);
}

static void flat_boolean(struct sink *sink, const char *name, size_t length, bool value)
{
	json_sink.boolean(sink, sink->path, whole_name(sink, name, length), value);
}

static void flat_null(struct sink *sink, const char *name, size_t length)
{
	json_sink.null(sink, sink->path, whole_name(sink, name, length));
}

static void flat_numbers(struct sink *sink, const char *name, size_t length, const __u16 *values, int count)
{
	json_sink.numbers(sink, sink->path, whole_name(sink, name, length), values, count);
}

static void flat_words(struct sink *sink, const char *name, size_t length, const char *const *words, int count)
{
	json_sink.words(sink, sink->path, whole_name(sink, name, length), words, count);
}

const struct sink_ops flat_sink = {
	.open = flat_open,
	.close = flat_close,
	.number = flat_number,
	.text = flat_text,
	.word = flat_word,
	.boolean = flat_boolean,
	.null = flat_null,
	.numbers = flat_numbers,
	.words = flat_words,
};
