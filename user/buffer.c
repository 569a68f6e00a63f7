// SPDX-License-Identifier: GPL-2.0-only
#include "buffer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "message.h"
#include "signals.h"

#define LOOK_FOR_SIGNALS_MS 50

int buffer_init(struct buffer *buffer, int fd)
{
	*buffer = (struct buffer){ .fd = fd, .size = BUFFER_BYTES };
	buffer->data = malloc(buffer->size);
	if (!buffer->data) {
		message_error("out of memory");
		return -ENOMEM;
	}
	return 0;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	buffer->data = NULL;
}

static void fail(struct buffer *buffer, int error)
{
	buffer->error = error;
	buffer->used = 0;
	if (error != -EPIPE)
		message_error("cannot write the output: %s", strerror(-error));
}

/*
 * Where signals are held back, write() would be waited for in vain: nobody may ever read. Returns how much can be written
 * at once, 0 if a signal wants the command to end.
 */
static size_t wait_for_room(int fd, size_t wanted)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	if (!signals_held())
		return wanted;
	while (!poll(&room, 1, LOOK_FOR_SIGNALS_MS))
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
	data = realloc(buffer->data, 2 * buffer->size + bytes);
	if (!data) {
		fail(buffer, -ENOMEM);
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

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	char *p = buffer_reserve(buffer, BUFFER_RESERVE_MAX);
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(p, BUFFER_RESERVE_MAX, format, arguments);
	va_end(arguments);
	if (length >= BUFFER_RESERVE_MAX)
		length = BUFFER_RESERVE_MAX - 1;
	if (length > 0)
		buffer_used(buffer, p + length);
}
