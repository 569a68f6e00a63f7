/* SPDX-License-Identifier: GPL-2.0-only */
/* The server: the page, the JSON API and metrics over HTTP, in one thread. */
#ifndef SYNSCOPE_SERVE_SERVE_H
#define SYNSCOPE_SERVE_SERVE_H

#include <stdbool.h>

#include <linux/types.h>

#include "export/exporter.h"

#define SERVE_TEXTS_MAX 32

/* Values of an option that may be given several times. */
struct serve_texts {
	const char *text[SERVE_TEXTS_MAX];
	int count;
};

struct serve_options {
	struct serve_texts listen, host, name;
	const char *metrics_listen; /* NULL: none, like the next three */
	const char *tls_cert, *tls_key, *token_file;
	bool insecure_listen, no_jail;
	unsigned int metrics_buckets; /* 2^this to each power of two */
	__u32 metrics_ports;
	struct export_options exports; /* without an address: none */
};

/* Serve until a signal ends it. Returns 0 or a negative errno (logged). */
int serve(const struct serve_options *options);

#endif
