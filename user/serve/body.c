// SPDX-License-Identifier: GPL-2.0-only
#include "serve/body.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define ZIP_LEVEL 1 /* made while clients wait */
#define ZIP_LEAST 256 /* smaller bodies stay as they are */
#define GZIP_WINDOW (15 + 16) /* for zlib: the largest window, in gzip's format */

static struct body *body_make(struct bodies *all, int status, const char *type)
{
	struct body *body = calloc(1, sizeof(*body));

	if (body)
		*body = (struct body){ .all = all, .references = 1, .status = status, .type = type, .total = -1 };
	return body;
}

/* FNV-1a, which is enough to tell versions of a page apart. */
static void set_etag(struct body *body, const char *data, size_t size)
{
	__u64 hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)data[i]) * 0x100000001b3;
	snprintf(body->etag, sizeof(body->etag), "\"%016llx\"", hash);
}

struct body *body_new(struct bodies *all, int status, const char *type, struct buffer *content)
{
	struct body *body = NULL;
	char *data;

	if (!content->data)
		return NULL;
	if (!buffer_failed(content) && all->bytes + content->used <= BODIES_MAX)
		body = body_make(all, status, type);
	if (!body) {
		buffer_free(content);
		return NULL;
	}
	data = realloc(content->data, content->used + 1); /* a smaller block */
	if (data)
		content->data = data;
	body->data = content->data;
	body->size = content->used;
	content->data = NULL;
	all->bytes += body->size;
	set_etag(body, body->data, body->size);
	return body;
}

struct body *body_new_constant(struct bodies *all, const char *type, const void *zipped, size_t zipped_size)
{
	struct body *body = body_make(all, 200, type);

	if (!body)
		return NULL;
	body->is_constant = true;
	body->zipped = (char *)zipped;
	body->zipped_size = zipped_size;
	set_etag(body, body->zipped, body->zipped_size);
	return body;
}

struct body *body_take(struct body *body)
{
	body->references++;
	return body;
}

void body_release(struct body *body)
{
	if (!body || --body->references)
		return;
	body->all->bytes -= body->size + (body->is_constant ? 0 : body->zipped_size);
	free(body->data);
	if (!body->is_constant)
		free(body->zipped);
	free(body);
}

bool body_zip(struct body *body)
{
	z_stream zip = { .next_in = (Bytef *)body->data, .avail_in = body->size };
	char *zipped;
	int result;

	if (body->zipped || body->size < ZIP_LEAST)
		return body->zipped;
	zipped = malloc(body->size);
	if (!zipped || deflateInit2(&zip, ZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(zipped);
		return false;
	}
	zip.next_out = (Bytef *)zipped;
	zip.avail_out = body->size;
	result = deflate(&zip, Z_FINISH);
	deflateEnd(&zip);
	if (result != Z_STREAM_END) {
		free(zipped);
		return false;
	}
	body->zipped = zipped;
	body->zipped_size = zip.total_out;
	body->all->bytes += body->zipped_size;
	return true;
}

/* The size of the plain form is in the last four bytes of the compressed one. */
int body_unzip(struct body *body)
{
	const unsigned char *end = (unsigned char *)body->zipped + body->zipped_size;
	z_stream zip = { .next_in = (Bytef *)body->zipped, .avail_in = body->zipped_size };
	size_t size;
	int result;

	if (body->data)
		return 0;
	size = end[-4] | end[-3] << 8 | end[-2] << 16 | (size_t)end[-1] << 24;
	body->data = malloc(size + 1);
	if (!body->data || inflateInit2(&zip, GZIP_WINDOW) != Z_OK)
		return -ENOMEM;
	zip.next_out = (Bytef *)body->data;
	zip.avail_out = size;
	result = inflate(&zip, Z_FINISH);
	inflateEnd(&zip);
	if (result != Z_STREAM_END)
		return -ENOMEM;
	body->size = size;
	body->all->bytes += size;
	return 0;
}
