// SPDX-License-Identifier: GPL-2.0-only
#include "replay/read_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int read_damaged(struct reason *reason, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason->text, sizeof(reason->text), format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

int read_failed(struct reason *reason, int err)
{
	*reason = reason_of(err);
	return err;
}

int read_make_room(struct reason *reason, __u8 **buffer, __u32 *room, __u32 bytes)
{
	__u8 *grown;

	if (bytes <= *room)
		return 0;
	grown = realloc(*buffer, bytes);
	if (!grown)
		return read_failed(reason, -ENOMEM);
	*buffer = grown;
	*room = bytes;
	return 0;
}
