// SPDX-License-Identifier: GPL-2.0-only
#include "base/buffer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/signals.h"
#include "base/unicode.h"

#define SIGNAL_CHECK_MS 50

int buffer_init(struct buffer *buffer, int fd)
{
	*buffer = (struct buffer){ .fd = fd, .size = BUFFER_BYTES, .utf8 = locale_is_utf8() };
	if (fd == BUFFER_MEMORY)
		buffer->size = 2 * BUFFER_RESERVE_MAX;
	buffer->terminal = fd != BUFFER_MEMORY && isatty(fd);
	buffer->data = array_new(1, buffer->size, "the output");
	return buffer->data ? 0 : -ENOMEM;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	buffer->data = NULL;
}

void buffer_spoil(struct buffer *buffer, int error)
{
	buffer->error = error;
	buffer->used = 0;
}

static void fail(struct buffer *buffer, int error)
{
	buffer_spoil(buffer, error);
	if (error != -EPIPE)
		message_error("cannot write the output: %s", reason_of(error).text);
}

/*
 * Where signals are held back, a blocking write() to a reader that never reads could not be interrupted. So this waits
 * until writing is possible. Returns how much can be written at once, 0 if a signal asks the command to end.
 */
static size_t wait_for_room(int fd, size_t wanted)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	if (!signals_held())
		return wanted;
	while (!poll(&room, 1, SIGNAL_CHECK_MS))
		if (signals_pending())
			return 0;
	return wanted < PIPE_BUF ? wanted : PIPE_BUF;
}

int buffer_flush(struct buffer *buffer)
{
	size_t done = 0, most;

	if (buffer->error || buffer->fd == BUFFER_MEMORY)
		return buffer->error;
	while (done < buffer->used) {
		ssize_t n;

		most = wait_for_room(buffer->fd, buffer->used - done);
		if (!most) {
			fail(buffer, -EPIPE);
			return buffer->error;
		}
		n = write(buffer->fd, buffer->data + done, most);

		if (n >= 0) {
			done += n;
		} else if (errno == EAGAIN) {
			struct pollfd wait = { .fd = buffer->fd, .events = POLLOUT };

			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			fail(buffer, -errno);
			return buffer->error;
		}
	}
	buffer->used = 0;
	return 0;
}

int buffer_finish(struct buffer *buffer)
{
	int err = buffer_flush(buffer);

	buffer_free(buffer);
	return err == -EPIPE ? 0 : err;
}

void buffer_make_room(struct buffer *buffer, size_t bytes)
{
	char *data;

	if (buffer->fd != BUFFER_MEMORY || buffer->error) {
		buffer_flush(buffer);
		buffer->used = 0;
		return;
	}
	data = array_resize(buffer->data, 1, 2 * buffer->size + bytes, "the output");
	if (!data) {
		buffer_spoil(buffer, -ENOMEM);
		return;
	}
	buffer->data = data;
	buffer->size = 2 * buffer->size + bytes;
}

void buffer_many_bytes(struct buffer *buffer, const char *bytes, size_t count)
{
	while (count) {
		size_t part = count < BUFFER_RESERVE_MAX ? count : BUFFER_RESERVE_MAX;

		buffer_bytes(buffer, bytes, part);
		bytes += part;
		count -= part;
	}
}

void buffer_spaces(struct buffer *buffer, int count)
{
	while (count-- > 0)
		buffer_char(buffer, ' ');
}

/* The largest number of bytes, at most `most`, that does not cut a character in two. */
static size_t whole_characters(const char *text, size_t bytes, size_t most)
{
	if (bytes <= most)
		return bytes;
	for (int i = 0; i <= 3; i++) /* a character has at most that many bytes after its first */
		if ((text[most - i] & 0xc0) != 0x80)
			return most - i;
	return most;
}

void buffer_foreign(struct buffer *buffer, const char *text, size_t bytes, enum foreign_form form)
{
	bool ascii = !buffer->utf8 && (form == FOREIGN_TEXT || buffer->terminal);

	if (foreign_is_harmless(text, bytes)) {
		buffer_bytes(buffer, text, bytes);
		return;
	}
	while (bytes) {
		size_t part = whole_characters(text, bytes, BUFFER_RESERVE_MAX / FOREIGN_SIZE);
		char *p = buffer_reserve(buffer, BUFFER_RESERVE_MAX);

		buffer_used(buffer, put_foreign(p, p + BUFFER_RESERVE_MAX, text, part, form, ascii));
		text += part;
		bytes -= part;
	}
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	char text[BUFFER_RESERVE_MAX];
	va_list arguments;
	size_t line;

	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		*text = '\0';
	va_end(arguments);
	for (const char *p = text; *p; p += line) {
		line = strcspn(p, "\n");
		buffer_foreign(buffer, p, line, FOREIGN_TEXT);
		for (; p[line] == '\n'; line++)
			buffer_char(buffer, '\n');
	}
}
