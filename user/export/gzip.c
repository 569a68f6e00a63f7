// SPDX-License-Identifier: GPL-2.0-only
#include "export/gzip.h"

#include <stdlib.h>

#define GZIP_BITS (15 + 16) /* the largest window, and the frame of gzip instead of that of zlib */
#define GZIP_MEMORY 8 /* zlib's default */

static bool make_ready(struct gzip *gzip)
{
	if (gzip->ready)
		return deflateReset(&gzip->stream) == Z_OK;
	gzip->ready = deflateInit2(&gzip->stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_BITS, GZIP_MEMORY,
				   Z_DEFAULT_STRATEGY) == Z_OK;
	return gzip->ready;
}

static bool make_room(struct gzip *gzip, size_t bytes)
{
	size_t most = deflateBound(&gzip->stream, bytes);
	char *data;

	if (most <= gzip->size)
		return true;
	data = realloc(gzip->data, most);
	if (!data)
		return false;
	gzip->data = data;
	gzip->size = most;
	return true;
}

const char *gzip_pack(struct gzip *gzip, const char *message, size_t bytes, size_t *packed)
{
	if (!make_ready(gzip) || !make_room(gzip, bytes))
		return NULL;
	gzip->stream.next_in = (Bytef *)message;
	gzip->stream.avail_in = (uInt)bytes;
	gzip->stream.next_out = (Bytef *)gzip->data;
	gzip->stream.avail_out = (uInt)gzip->size;
	if (deflate(&gzip->stream, Z_FINISH) != Z_STREAM_END)
		return NULL;
	*packed = gzip->stream.total_out;
	return gzip->data;
}

void gzip_free(struct gzip *gzip)
{
	if (gzip->ready)
		deflateEnd(&gzip->stream);
	free(gzip->data);
	*gzip = (struct gzip){ 0 };
}
