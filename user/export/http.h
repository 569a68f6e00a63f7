/* SPDX-License-Identifier: GPL-2.0-only */
/* The sender that posts messages over HTTP or HTTPS. See sender.h for what these return. */
#ifndef SYNSCOPE_EXPORT_HTTP_H
#define SYNSCOPE_EXPORT_HTTP_H

#include "export/http_fields.h"
#include "export/sender.h"

#define HTTP_ROOM (4U << 20) /* bytes of lines in one request, more or less */
#define RETRY_AFTER_MAX_S 300

/* For all destinations of the kind. */
struct http_options {
	struct http_fields fields; /* to add */
	const char *ca_cert; /* file of the only authorities that are believed; NULL: those of the system */
	const char *credentials; /* file, or NULL */
	bool several; /* servers: so it must be told for which one credentials are */
	bool plain; /* do not compress */
};

/* Load libcurl, and read the credentials. Connects to nobody. Returns 0 or a negative errno (logged). */
int http_open(struct sender *sender, const struct http_options *options);

/* Does nothing for another kind of sender. */
void http_close(struct sender *sender);

/* The body of a request with these lines, which stays until the next call. NULL without memory; `why` says so. */
const char *http_body(struct sender *sender, const char *lines, size_t bytes, size_t *body_bytes);

/* Post a body, and wait for the answer. `retry_after_ns` is then what the server asked for. */
int http_send(struct sender *sender, const char *body, size_t bytes);

/* What an answer with that status means: 0 or a negative errno, see sender_send(). */
int http_meaning(long status);

/* How long to wait if the server asked for so many seconds; it may be wrong. */
__u64 http_retry_after_ns(long long seconds);

#endif
