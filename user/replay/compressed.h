/* SPDX-License-Identifier: GPL-2.0-only */
/* Compressed captures: gzip (RFC 1952) and zstd (RFC 8878), as a stream of what was compressed. */
#ifndef SYNSCOPE_REPLAY_COMPRESSED_H
#define SYNSCOPE_REPLAY_COMPRESSED_H

#include <stdio.h>

struct compressed;

/* Look at the first bytes of a stream, at most 4. Returns how many there are. They are read again afterwards. */
size_t stream_peek(FILE *file, unsigned char *first, size_t size);

/*
 * If the file begins as compressed data do, *plain becomes a stream that reads what they hold, and *compressed its
 * state; otherwise both become NULL, and nothing has been read from the file. The caller closes *plain, then frees
 * *compressed, then closes the file. Returns 0, -ENOMEM, or -EPROTONOSUPPORT for a compression that is known but not
 * supported: *unsupported is the name of the program that decompresses it. Nothing is logged.
 */
int compressed_open(FILE *file, struct compressed **compressed, FILE **plain, const char **unsupported);
void compressed_free(struct compressed *compressed);

/* Why the stream ended before the data did; NULL: it did not. Bytes before that place were read. */
const char *compressed_damage(const struct compressed *compressed);

#endif
