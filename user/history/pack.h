/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a record, of which half are 0, without these. */
#ifndef SYNSCOPE_HISTORY_PACK_H
#define SYNSCOPE_HISTORY_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define PACK_GROUP 8 /* bytes of a record that one byte of the packed form describes */
#define PACKED_MAX(bytes) ((bytes) + (bytes) / PACK_GROUP)

/*
 * For each 8 bytes of the record, write a byte that says by its bits which of them are not 0, and then these. `bytes`
 * is a multiple of 8; `packed` has room for PACKED_MAX(bytes). Returns how many bytes it takes.
 */
size_t pack_bytes(const void *record, size_t bytes, __u8 *packed);

/* The reverse. False: the packed form is not that of so many bytes. */
bool unpack_bytes(const __u8 *packed, size_t packed_bytes, void *record, size_t bytes);

#endif
