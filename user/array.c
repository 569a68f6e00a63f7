// SPDX-License-Identifier: GPL-2.0-only
#include "array.h"

#include <stdlib.h>

#define ROOM_FIRST 256

void *array_grow(void *array, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : ROOM_FIRST;

	if (count < *room)
		return array;
	array = realloc(array, more * size);
	if (array)
		*room = more;
	return array;
}
