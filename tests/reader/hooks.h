/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before user/flow/reader.c, which is so compiled a second time: every word that it reads of the shared table
 * goes through the test, which may let a writer take any number of steps first. Nothing of the reader itself differs.
 */
#ifndef SYNSCOPE_TESTS_READER_HOOKS_H
#define SYNSCOPE_TESTS_READER_HOOKS_H

#include <stddef.h>
#include <string.h>

/* Copies that many bytes, a multiple of 4, each aligned word as a load of its own. */
void stepped_copy(void *to, const void *from, size_t bytes);

#define memcpy(to, from, bytes) stepped_copy(to, from, bytes)
#define __atomic_load_n(from, order)                            \
	({                                                      \
		__typeof__(*(from) + 0) loaded;                 \
		stepped_copy(&loaded, (from), sizeof(*(from))); \
		loaded;                                         \
	})

#endif
