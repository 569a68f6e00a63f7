/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that grow as they are filled. */
#ifndef SYNSCOPE_ARRAY_H
#define SYNSCOPE_ARRAY_H

#include <stddef.h>

/*
 * Make room for one more in an array with `count` elements of `size` bytes, and room for *room. Returns the array, which
 * may have moved, or NULL without memory (told by nobody): then the old one is as it was.
 */
void *array_grow(void *array, size_t count, size_t *room, size_t size);

#endif
