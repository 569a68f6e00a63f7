// SPDX-License-Identifier: GPL-2.0-only
#include "replay/compressed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <zlib.h>
#include <zstd.h>

#define IN_BYTES (64 * 1024)
#define GZIP_ONLY (15 + 16) /* zlib's window bits: the largest window, in the form of gzip */
#define MAGIC_BYTES 4

struct compressed {
	FILE *file;
	/* Decompress from `in` to `out` until one of them is used up. Returns how many bytes came out. */
	size_t (*decompress)(struct compressed *compressed, char *out, size_t size);
	z_stream gzip;
	ZSTD_DCtx *zstd;
	ZSTD_inBuffer in;
	bool between; /* a member, as gzip names it, or a frame of zstd has ended, and no next one has begun */
	bool full; /* the last call filled its room: the library may hold more */
	const char *damage;
	int err; /* errno of a failed read */
	unsigned char bytes[IN_BYTES];
};

static size_t decompress_gzip(struct compressed *compressed, char *out, size_t size)
{
	z_stream *gzip = &compressed->gzip;
	int got;

	gzip->next_in = (unsigned char *)compressed->in.src + compressed->in.pos;
	gzip->avail_in = compressed->in.size - compressed->in.pos;
	gzip->next_out = (unsigned char *)out;
	gzip->avail_out = size;
	got = inflate(gzip, Z_NO_FLUSH);
	compressed->in.pos = compressed->in.size - gzip->avail_in;
	compressed->between = got == Z_STREAM_END;
	if (got == Z_STREAM_END)
		inflateReset(gzip); /* other members may follow, as `cat a.gz b.gz` makes them */
	else if (got != Z_OK && got != Z_BUF_ERROR)
		compressed->damage = gzip->msg ? gzip->msg : zError(got);
	return size - gzip->avail_out;
}

static size_t decompress_zstd(struct compressed *compressed, char *out, size_t size)
{
	ZSTD_outBuffer to = { .dst = out, .size = size };
	size_t left = ZSTD_decompressStream(compressed->zstd, &to, &compressed->in);

	compressed->between = left == 0;
	if (ZSTD_isError(left))
		compressed->damage = ZSTD_getErrorName(left);
	return to.pos;
}

/* Read the next compressed bytes, when there are none left. False: there are none, or reading failed. */
static bool refill(struct compressed *compressed)
{
	if (compressed->in.pos < compressed->in.size)
		return true;
	errno = 0;
	compressed->in.pos = 0;
	compressed->in.size = fread(compressed->bytes, 1, sizeof(compressed->bytes), compressed->file);
	if (compressed->in.size)
		return true;
	compressed->err = ferror(compressed->file) ? (errno ? errno : EIO) : 0;
	if (!compressed->err && !compressed->between)
		compressed->damage = "the compressed data end too early";
	return false;
}

/* cookie_read_function_t of fopencookie(). What was read before the damage is handed out first. */
static ssize_t read_plain(void *cookie, char *out, size_t size)
{
	struct compressed *compressed = cookie;
	size_t got = 0;

	while (!got && !compressed->damage && (compressed->full || refill(compressed))) {
		got = compressed->decompress(compressed, out, size);
		compressed->full = got == size;
	}
	if (!got && compressed->err) {
		errno = compressed->err;
		return -1;
	}
	return (ssize_t)got;
}

static int begin_gzip(struct compressed *compressed)
{
	compressed->decompress = decompress_gzip;
	return inflateInit2(&compressed->gzip, GZIP_ONLY) == Z_OK ? 0 : -ENOMEM;
}

static int begin_zstd(struct compressed *compressed)
{
	compressed->decompress = decompress_zstd;
	compressed->zstd = ZSTD_createDCtx();
	return compressed->zstd ? 0 : -ENOMEM;
}

/* How compressed files begin; no capture begins so. */
static const struct compression {
	const char *program;
	int (*begin)(struct compressed *compressed); /* NULL: not supported */
	size_t length;
	unsigned char magic[MAGIC_BYTES];
} compressions[] = {
	{ "gzip", begin_gzip, 2, { 0x1f, 0x8b } },	{ "zstd", begin_zstd, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ "bzip2", NULL, 3, { 'B', 'Z', 'h' } },	{ "xz", NULL, 4, { 0xfd, '7', 'z', 'X' } },
	{ "lz4", NULL, 4, { 0x04, 0x22, 0x4d, 0x18 } }, { "zip", NULL, 4, { 'P', 'K', 3, 4 } },
};

/* glibc and musl have room to put four bytes back. */
size_t stream_peek(FILE *file, unsigned char *first, size_t size)
{
	size_t got = fread(first, 1, size, file);

	for (size_t i = got; i > 0; i--)
		ungetc(first[i - 1], file);
	return got;
}

static const struct compression *compression_of(FILE *file)
{
	unsigned char first[MAGIC_BYTES];
	size_t got = stream_peek(file, first, sizeof(first));

	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++)
		if (got >= compressions[i].length && !memcmp(first, compressions[i].magic, compressions[i].length))
			return &compressions[i];
	return NULL;
}

int compressed_open(FILE *file, struct compressed **compressed, FILE **plain, const char **unsupported)
{
	const cookie_io_functions_t functions = { .read = read_plain };
	const struct compression *compression = compression_of(file);

	*compressed = NULL;
	*plain = NULL;
	if (!compression)
		return 0;
	if (!compression->begin) {
		*unsupported = compression->program;
		return -EPROTONOSUPPORT;
	}
	*compressed = calloc(1, sizeof(**compressed));
	if (!*compressed)
		return -ENOMEM;
	(*compressed)->file = file;
	(*compressed)->in.src = (*compressed)->bytes;
	if (!compression->begin(*compressed))
		*plain = fopencookie(*compressed, "r", functions);
	if (*plain)
		return 0;
	compressed_free(*compressed);
	*compressed = NULL;
	return -ENOMEM;
}

void compressed_free(struct compressed *compressed)
{
	if (!compressed)
		return;
	inflateEnd(&compressed->gzip); /* refuses what was not begun */
	ZSTD_freeDCtx(compressed->zstd);
	free(compressed);
}

const char *compressed_damage(const struct compressed *compressed)
{
	return compressed ? compressed->damage : NULL;
}
