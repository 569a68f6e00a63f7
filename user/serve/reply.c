// SPDX-License-Identifier: GPL-2.0-only
#include "serve/reply.h"

#include <stdio.h>

static void release_body(void *body)
{
	body_release(body);
}

static struct MHD_Response *make(const struct http_library *http, const struct http_response *response)
{
	struct body *body = response->body;
	const char *data = response->gzip ? body->zipped : body->data;
	size_t size = response->gzip ? body->zipped_size : body->size;
	struct MHD_Response *made;

	if (response->status == 304)
		return http->MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
	made = http->MHD_create_response_from_buffer_with_free_callback_cls(size, (void *)data, release_body, body);
	if (made)
		body_take(body);
	return made;
}

static void add_fields(const struct http_library *http, struct MHD_Response *made, const struct http_response *response)
{
	const struct body *body = response->body;
	char total[24];

	if (response->status != 304)
		http->MHD_add_response_header(made, "Content-Type", body->type);
	if (response->gzip)
		http->MHD_add_response_header(made, "Content-Encoding", "gzip");
	if (body->status == 200) {
		http->MHD_add_response_header(made, "ETag", body->etag);
		http->MHD_add_response_header(made, "Vary", "Accept-Encoding");
	}
	if (body->total >= 0) {
		snprintf(total, sizeof(total), "%ld", body->total);
		http->MHD_add_response_header(made, "X-Total-Count", total);
	}
	if (response->allow)
		http->MHD_add_response_header(made, "Allow", response->allow);
	if (response->authenticate)
		http->MHD_add_response_header(made, "WWW-Authenticate", response->authenticate);
	if (response->retry)
		http->MHD_add_response_header(made, "Retry-After", "1");
}

void reply_add_security(const struct http_library *http, struct MHD_Response *made)
{
	http->MHD_add_response_header(made, "Cache-Control", "no-store");
	http->MHD_add_response_header(made, "Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
	http->MHD_add_response_header(made, "X-Content-Type-Options", "nosniff");
	http->MHD_add_response_header(made, "Referrer-Policy", "no-referrer");
	http->MHD_add_response_header(made, "Cross-Origin-Resource-Policy", "same-origin");
}

struct MHD_Response *reply_make(const struct http_library *http, const struct http_response *response)
{
	struct MHD_Response *made = make(http, response);

	if (!made)
		return NULL;
	add_fields(http, made, response);
	reply_add_security(http, made);
	return made;
}
