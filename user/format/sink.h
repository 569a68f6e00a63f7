/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How records are printed. JSON, JSON lines and CSV come from the same walk over the named values of a record (struct
 * sink), so that they have the same content; the table is for people.
 */
#ifndef SYNSCOPE_FORMAT_SINK_H
#define SYNSCOPE_FORMAT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <linux/types.h>

#include "base/buffer.h"
#include "base/text.h"

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_CSV };

/* ---- named values ---- */

#define SINK_PATH_MAX 128
#define SINK_DEPTH_MAX 8

struct sink;

/* Where the values of a record go. Names come with their length; they need no quoting. */
struct sink_ops {
	void (*open)(struct sink *sink, const char *name, size_t length); /* an object; "": the record itself */
	void (*close)(struct sink *sink);
	void (*number)(struct sink *sink, const char *name, size_t length, __u64 value);
	void (*text)(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes);
	/* Text of ours that needs no quoting in any format. */
	void (*word)(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes);
	void (*boolean)(struct sink *sink, const char *name, size_t length, bool value);
	void (*null)(struct sink *sink, const char *name, size_t length);
	void (*numbers)(struct sink *sink, const char *name, size_t length, const __u16 *values, int count);
	void (*words)(struct sink *sink, const char *name, size_t length, const char *const *words,
		      int count); /* ours */
	bool nests; /* open_list and list items are supported; otherwise pass a list as a text */
	void (*open_list)(struct sink *sink, const char *name, size_t length);
	void (*close_list)(struct sink *sink);
};

struct sink {
	const struct sink_ops *ops;
	struct buffer *out;
	bool more; /* the object has a value already */
	int depth;
	size_t path_length[SINK_DEPTH_MAX]; /* csv header, flat: of the path at each depth */
	char path[SINK_PATH_MAX];
};

/* A literal name and its length. */
#define NAME(literal) ("" literal), (sizeof(literal) - 1)

extern const struct sink_ops json_sink, flat_sink, csv_sink, csv_header_sink;

/* A number, or null if not known. */
static inline void sink_number_or_null(struct sink *sink, const char *name, size_t length, bool known, __u64 value)
{
	if (known)
		sink->ops->number(sink, name, length, value);
	else
		sink->ops->null(sink, name, length);
}

/* A word of ours, see sink_ops.word. */
static inline void sink_word(struct sink *sink, const char *name, size_t length, const char *word)
{
	sink->ops->word(sink, name, length, word, strlen(word));
}

/* Any text, null for NULL. */
static inline void sink_string(struct sink *sink, const char *name, size_t length, const char *text)
{
	if (text)
		sink->ops->text(sink, name, length, text, strlen(text));
	else
		sink->ops->null(sink, name, length);
}

/* A time since 1970, in ns; null for 0, as of a capture without times. */
static inline void sink_time(struct sink *sink, const char *name, size_t length, __u64 wall_ns)
{
	char text[TIME_SIZE];

	if (wall_ns)
		sink->ops->word(sink, name, length, text, put_time(text, wall_ns) - text);
	else
		sink->ops->null(sink, name, length);
}

#endif
