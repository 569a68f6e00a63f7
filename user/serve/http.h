/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests and responses, apart from any connection: what a request means, and what is answered, is decided here and in
 * routes.h, on texts; transport.h moves them over sockets.
 */
#ifndef SYNSCOPE_SERVE_HTTP_H
#define SYNSCOPE_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "serve/body.h"

#define HTTP_HEADER_MAX 16384 /* bytes of a request's target and fields together */
#define HTTP_LOCAL_MAX 64

/* A request; texts are the client's, and NULL if there is none. */
struct http_request {
	const char *method;
	const char *target; /* path and query, as they were sent */
	const char *host, *origin, *authorization, *if_none_match, *accept, *accept_encoding;
	size_t header_bytes; /* of the target and all fields */
	bool repeats; /* has one of the fields above twice */
	bool has_body;
	bool metrics_only; /* came through --metrics-listen */
	char local
		[HTTP_LOCAL_MAX]; /* the address that the client has connected to, as in a URL; "" for a unix socket */
};

struct scan_query;
struct stream;

/* What a response is made of. */
enum http_kind {
	HTTP_BODY,
	HTTP_WAIT, /* for the next scan of the tables: scan.h */
	HTTP_STREAM, /* of events: stream.h */
};

struct http_response {
	struct bodies *bodies; /* where bodies are counted */
	enum http_kind kind;
	int status;
	struct body *body; /* HTTP_BODY: a reference that the receiver has to give back */
	bool gzip; /* send the compressed form of the body */
	const char *allow; /* the field Allow, or NULL; the same for the next ones */
	const char *authenticate;
	bool retry; /* the client may try again in a second */
	struct scan_query *query; /* HTTP_WAIT */
	struct stream *stream; /* HTTP_STREAM */
};

/* The words of a status. */
const char *http_status_text(int status);

/* A response with a body of ours, a reference to which passes to it. NULL stands for 500, out of memory. */
void http_respond_body(struct http_response *response, struct body *body);

/* A response with {"error": "..."}; the text may have parts of others. */
void http_respond_error(struct http_response *response, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Decode %XX, and with `plus` also + for a space, as in a query. Returns the number of bytes, or -1 if the text does
 * not fit with a NUL behind it, or has a broken %XX or a NUL. The result may be any other bytes.
 */
long http_decode(const char *text, size_t bytes, bool plus, char *decoded, size_t size);

#endif
