// SPDX-License-Identifier: GPL-2.0-only
/*
 * http_sink [--tls CERT KEY] PORT DIRECTORY ANSWER...: take what is posted to 127.0.0.1:PORT until killed. Request
 * number N, from 1, is in DIRECTORY/N.body and then in DIRECTORY/N.head. Answers by the script, see http_taker.h.
 * Prints "ready".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/http_taker.h"

#define FILE_MAX 65536

static void save(const char *directory, int number, const char *kind, const void *data, size_t bytes)
{
	char path[4096], whole[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/.new", directory);
	snprintf(whole, sizeof(whole), "%s/%d.%s", directory, number + 1, kind);
	file = fopen(path, "we");
	if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file) || rename(path, whole)) {
		perror(whole);
		exit(1);
	}
}

static void take(void *context, int number, const char *head, const char *body, size_t bytes)
{
	save(context, number, "body", body, bytes);
	save(context, number, "head", head, strlen(head));
}

static const char *load(const char *path)
{
	char *text = calloc(1, FILE_MAX);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (!text || fd < 0 || read(fd, text, FILE_MAX - 1) <= 0) {
		perror(path);
		exit(1);
	}
	close(fd);
	return text;
}

int main(int argc, char **argv)
{
	bool tls = argc > 1 && !strcmp(argv[1], "--tls");
	int first = tls ? 4 : 1;
	struct http_taker taker = { .take = take };

	if (argc < first + 3) {
		fprintf(stderr, "usage: http_sink [--tls CERT KEY] PORT DIRECTORY ANSWER...\n");
		return 2;
	}
	if (tls) {
		taker.cert = load(argv[2]);
		taker.key = load(argv[3]);
	}
	taker.context = argv[first + 1];
	taker.answers = (const char *const *)argv + first + 2;
	taker.answers_count = argc - first - 2;
	if (!http_taker_start(&taker, (unsigned short)atoi(argv[first]))) {
		fprintf(stderr, "http_sink: cannot listen at port %s\n", argv[first]);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
