/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory. These functions log a failure together with the limit that caused it: "no room for PURPOSE: out of memory".
 * `purpose` says what the memory is for, in the plural. The caller frees it with free(). Code that must not log uses
 * malloc() and returns -ENOMEM; reason_of() has the text for it.
 */
#ifndef SYNSCOPE_BASE_ARRAY_H
#define SYNSCOPE_BASE_ARRAY_H

#include <stddef.h>

/* `count` elements of `size` bytes, all zero; count may be 0. NULL without memory (logged). */
void *array_new(size_t count, size_t size, const char *purpose);

/*
 * Change the size of an array, which may be NULL, and may move. NULL without memory (logged), and then the old array is
 * unchanged.
 */
void *array_resize(void *array, size_t count, size_t size, const char *purpose);

/*
 * Make room for one more element in an array with `count` elements of `size` bytes, and room for *room. Returns the
 * array, which may have moved, or NULL without memory (logged), and then the old array is unchanged.
 */
void *array_grow(void *array, size_t count, size_t *room, size_t size, const char *purpose);

/* A copy of a text. NULL without memory (logged). */
char *text_copy(const char *text, const char *purpose);

#endif
