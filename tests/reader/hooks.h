/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before user/flow/reader.c, to compile it a second time: every word that the reader loads from the shared
 * table goes through the test, which may first let a writer do any number of stores. The reader itself is unchanged.
 */
#ifndef SYNSCOPE_TESTS_READER_HOOKS_H
#define SYNSCOPE_TESTS_READER_HOOKS_H

#include <stddef.h>
#include <string.h>

/* Copies that many bytes, a multiple of 4, with one load for each aligned word. */
void stepped_copy(void *to, const void *from, size_t bytes);

#define memcpy(to, from, bytes) stepped_copy(to, from, bytes)
#define __atomic_load_n(from, order)                            \
	({                                                      \
		__typeof__(*(from) + 0) loaded;                 \
		stepped_copy(&loaded, (from), sizeof(*(from))); \
		loaded;                                         \
	})

#endif
