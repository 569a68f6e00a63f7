/* SPDX-License-Identifier: GPL-2.0-only */
/* The content of a response. One that several clients get is kept once, and counted. */
#ifndef SYNSCOPE_SERVE_BODY_H
#define SYNSCOPE_SERVE_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

#define BODY_ETAG_SIZE 24
#define BODIES_MAX (64U << 20) /* bytes of all bodies that are kept or being sent */

/* All bodies of a server. */
struct bodies {
	size_t bytes;
};

struct body {
	struct bodies *all;
	int references;
	int status;
	const char *type; /* of its content */
	long total; /* records that there would be without a limit; -1: it has no records */
	char *data;
	size_t size;
	bool is_constant; /* data is not ours to free */
	char *zipped; /* NULL: not made yet, or larger than data; a constant body may have only this */
	size_t zipped_size;
	char etag[BODY_ETAG_SIZE]; /* with its quotes */
};

#define BODY_JSON "application/json"

/*
 * A body with the content of a buffer in memory, which is freed in any case. NULL without memory, if the buffer has
 * failed, or if all bodies together would take more than BODIES_MAX.
 */
struct body *body_new(struct bodies *all, int status, const char *type, struct buffer *content);

/* A body of a constant, compressed by gzip. */
struct body *body_new_constant(struct bodies *all, const char *type, const void *zipped, size_t zipped_size);

struct body *body_take(struct body *body);
void body_release(struct body *body); /* NULL is allowed */

/* Make the compressed form, if it is smaller than the plain one. Returns whether there is one. */
bool body_zip(struct body *body);

/* Make the plain form of a constant body. Returns 0 or -ENOMEM. */
int body_unzip(struct body *body);

#endif
