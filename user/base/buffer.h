/* SPDX-License-Identifier: GPL-2.0-only */
/* Output: text is appended to a big buffer that is written to a file descriptor when it is full. */
#ifndef SYNSCOPE_BASE_BUFFER_H
#define SYNSCOPE_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <linux/types.h>

#include "base/foreign.h"

#define BUFFER_BYTES (256 * 1024)
#define BUFFER_MEMORY (-1) /* as fd: the buffer grows, and nothing is written */
#define BUFFER_RESERVE_MAX 4096

struct buffer {
	char *data;
	size_t used, size;
	int fd;
	bool utf8; /* the locale's text is UTF-8, so more than ASCII can be printed */
	bool terminal; /* fd is a terminal */
	int error; /* negative errno of the first failure; what is appended later is dropped */
};

/* Returns 0 or -ENOMEM (logged). The caller frees with buffer_free, which writes nothing. */
int buffer_init(struct buffer *buffer, int fd);
void buffer_free(struct buffer *buffer);

/*
 * Write what is buffered. Returns 0, or the negative errno of the first failure ever (logged, except for EPIPE: a
 * reader that has read enough is no failure, see buffer_finish).
 */
int buffer_flush(struct buffer *buffer);

/* Flush and free. Returns 0, also when the reader has gone away, or a negative errno (logged). */
int buffer_finish(struct buffer *buffer);

/* Has writing failed? Then there is no use in producing more. */
static inline bool buffer_failed(const struct buffer *buffer)
{
	return buffer->error;
}

/* Make the buffer fail because its content could not be produced. `error`: a negative errno (logged). */
void buffer_spoil(struct buffer *buffer, int error);

/* Make room by writing or growing; see buffer_reserve. */
void buffer_make_room(struct buffer *buffer, size_t bytes);

/* Returns room for `bytes` bytes, at most BUFFER_RESERVE_MAX. After writing there, call buffer_used with the end. */
static inline char *buffer_reserve(struct buffer *buffer, size_t bytes)
{
	if (buffer->size - buffer->used < bytes)
		buffer_make_room(buffer, bytes);
	return buffer->data + buffer->used;
}

static inline void buffer_used(struct buffer *buffer, const char *end)
{
	buffer->used = end - buffer->data;
}

/*
 * Append text of others, see foreign.h. JSON and CSV are in UTF-8 whatever the locale, unless they go to a terminal
 * without UTF-8.
 */
void buffer_foreign(struct buffer *buffer, const char *text, size_t bytes, enum foreign_form form);

/* Append more bytes than buffer_reserve can reserve. */
void buffer_many_bytes(struct buffer *buffer, const char *bytes, size_t count);

/* Append any number of bytes. This function and the next two are for text of ours only. */
static inline void buffer_bytes(struct buffer *buffer, const char *bytes, size_t count)
{
	char *p;

	if (count > BUFFER_RESERVE_MAX) {
		buffer_many_bytes(buffer, bytes, count);
		return;
	}
	p = buffer_reserve(buffer, count);
	memcpy(p, bytes, count);
	buffer->used += count;
}

static inline void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_bytes(buffer, text, strlen(text));
}

static inline void buffer_char(struct buffer *buffer, char c)
{
	char *p = buffer_reserve(buffer, 1);

	*p++ = c;
	buffer_used(buffer, p);
}

/* Append that many spaces; none if negative. */
void buffer_spaces(struct buffer *buffer, int count);

/*
 * For text that is not printed a million times. Text longer than BUFFER_RESERVE_MAX is cut. Everything but newlines
 * goes through put_foreign() as FOREIGN_TEXT, so the arguments may be text of others.
 */
void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
