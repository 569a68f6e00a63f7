/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory. All of it is allocated through these, so that a failure is always logged, with the limit that caused it.
 * `purpose` is what it is for, in the plural: "no room for PURPOSE: out of memory". What they return is to be given to
 * free().
 */
#ifndef SYNSCOPE_BASE_ARRAY_H
#define SYNSCOPE_BASE_ARRAY_H

#include <stddef.h>

/* `count` elements of `size` bytes, all zero; count may be 0. NULL without memory (logged). */
void *array_new(size_t count, size_t size, const char *purpose);

/*
 * Another size for an array, which may move, or be NULL. NULL without memory (logged): then the old one is as it was.
 */
void *array_resize(void *array, size_t count, size_t size, const char *purpose);

/*
 * Make room for one more in an array with `count` elements of `size` bytes, and room for *room. Returns the array,
 * which may have moved, or NULL without memory (logged): then the old one is as it was.
 */
void *array_grow(void *array, size_t count, size_t *room, size_t size, const char *purpose);

/* A copy of a text. NULL without memory (logged). */
char *text_copy(const char *text, const char *purpose);

#endif
