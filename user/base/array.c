// SPDX-License-Identifier: GPL-2.0-only
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/reason.h"

#define ROOM_FIRST 256

static void *logged(void *memory, const char *purpose)
{
	if (!memory)
		message_error("no room for %s: %s", purpose, reason_of(-ENOMEM).text);
	return memory;
}

void *array_new(size_t count, size_t size, const char *purpose)
{
	return logged(calloc(count ? count : 1, size), purpose);
}

void *array_resize(void *array, size_t count, size_t size, const char *purpose)
{
	return logged(reallocarray(array, count ? count : 1, size), purpose);
}

void *array_grow(void *array, size_t count, size_t *room, size_t size, const char *purpose)
{
	size_t more = *room ? 2 * *room : ROOM_FIRST;

	if (count < *room)
		return array;
	array = array_resize(array, more, size, purpose);
	if (array)
		*room = more;
	return array;
}

char *text_copy(const char *text, const char *purpose)
{
	return logged(strdup(text), purpose);
}
