// SPDX-License-Identifier: GPL-2.0-only
#include "serve/reply.h"

#include <microhttpd.h>
#include <stdio.h>

static void release_body(void *body)
{
	body_release(body);
}

static struct MHD_Response *make(const struct http_response *response)
{
	struct body *body = response->body;
	const char *data = response->gzip ? body->zipped : body->data;
	size_t size = response->gzip ? body->zipped_size : body->size;
	struct MHD_Response *made;

	if (response->status == 304)
		return MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
	made = MHD_create_response_from_buffer_with_free_callback_cls(size, (void *)data, release_body, body);
	if (made)
		body_take(body);
	return made;
}

static void add_fields(struct MHD_Response *made, const struct http_response *response)
{
	const struct body *body = response->body;
	char total[24];

	if (response->status != 304)
		MHD_add_response_header(made, "Content-Type", body->type);
	if (response->gzip)
		MHD_add_response_header(made, "Content-Encoding", "gzip");
	if (body->status == 200) {
		MHD_add_response_header(made, "ETag", body->etag);
		MHD_add_response_header(made, "Vary", "Accept-Encoding");
	}
	if (body->total >= 0) {
		snprintf(total, sizeof(total), "%ld", body->total);
		MHD_add_response_header(made, "X-Total-Count", total);
	}
	if (response->allow)
		MHD_add_response_header(made, "Allow", response->allow);
	if (response->authenticate)
		MHD_add_response_header(made, "WWW-Authenticate", response->authenticate);
	if (response->retry)
		MHD_add_response_header(made, "Retry-After", "1");
}

void reply_add_security(struct MHD_Response *made, bool revalidate)
{
	MHD_add_response_header(made, "Cache-Control", revalidate ? "no-cache" : "no-store");
	MHD_add_response_header(made, "Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
	MHD_add_response_header(made, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(made, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(made, "Cross-Origin-Resource-Policy", "same-origin");
}

struct MHD_Response *reply_make(const struct http_response *response)
{
	struct MHD_Response *made = make(response);

	if (!made)
		return NULL;
	add_fields(made, response);
	reply_add_security(made, response->revalidate);
	return made;
}
