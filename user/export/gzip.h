/* SPDX-License-Identifier: GPL-2.0-only */
/* Compression of whole messages in memory. */
#ifndef SYNSCOPE_EXPORT_GZIP_H
#define SYNSCOPE_EXPORT_GZIP_H

#include <stdbool.h>
#include <zlib.h>

struct gzip {
	z_stream stream;
	bool ready;
	char *data;
	size_t size;
};

/*
 * Compress a message, each time to the same bytes. Returns them, which stay there until the next call, and their
 * number; NULL without memory. A zeroed struct is empty.
 */
const char *gzip_pack(struct gzip *gzip, const char *message, size_t bytes, size_t *packed);

void gzip_free(struct gzip *gzip);

#endif
