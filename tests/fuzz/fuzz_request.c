// SPDX-License-Identifier: GPL-2.0-only
/*
 * The libFuzzer target for requests to `serve`: each line of the input is a part of a request. What is answered is
 * well-formed, bounded, and leaves nothing behind. Run it with -close_fd_mask=2, because of messages.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/serve_site.h"
#include "serve/protobuf.h"

#define LINES 9

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Split a text into lines; a line that is missing is NULL, and so is one that is "-". */
static void split(char *text, char *line[LINES])
{
	for (int i = 0; i < LINES; i++) {
		line[i] = text && strcmp(text, "-") != 0 && strncmp(text, "-\n", 2) != 0 ? text : NULL;
		text = text ? strchr(text, '\n') : NULL;
		if (text)
			*text++ = '\0';
	}
}

/* Only text is looked at: no control characters but line feeds, and tabs in files of the page. */
static void check_text(const struct body *body)
{
	for (size_t i = 0; strcmp(body->type, PROTOBUF_TYPE) != 0 && i < body->size; i++)
		assert((unsigned char)body->data[i] >= ' ' || body->data[i] == '\n' ||
		       (body->is_constant && body->data[i] == '\t'));
}

static void check_body(const struct http_response *response)
{
	const struct body *body = response->body;
	static const char beginning[] = "{\"error\":\"";

	assert(body && body->references >= 1);
	if (!body->data) { /* a file of the page is unpacked only for clients that cannot */
		assert(body->is_constant && body->zipped && (response->gzip || response->status == 304));
		return;
	}
	check_text(body);
	if (response->status < 400)
		return;
	assert(body->size > sizeof(beginning) && !memcmp(body->data, beginning, sizeof(beginning) - 1));
	assert(!strcmp(body->type, BODY_JSON) && body->data[body->size - 1] == '\n');
}

static void check(const struct http_request *request, const struct http_response *response)
{
	assert(*http_status_text(response->status));
	if (response->kind == HTTP_STREAM) {
		char text[256];

		while (stream_read(response->stream, text, sizeof(text)) > 0)
			;
	} else {
		check_body(response);
	}
	if (response->status < 400) {
		assert(!strcmp(request->method, "GET") || !strcmp(request->method, "HEAD"));
		assert(request->host &&
		       (!strncasecmp(request->host, "127.0.0.1", 9) || !strncasecmp(request->host, "localhost", 9)));
		assert(!request->origin || strcasestr(request->origin, request->host));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *line[LINES];
	struct site *site = site_begin();
	struct http_request request = site_request("/");
	struct http_response response;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	split(text, line);
	request.target = line[0] ? line[0] : "";
	request.method = line[1] && *line[1] ? line[1] : "GET";
	request.host = line[2] && *line[2] ? line[2] : request.host;
	request.origin = line[3];
	request.authorization = line[4];
	request.if_none_match = line[5];
	request.accept_encoding = line[6];
	request.accept = line[7];
	request.header_bytes = size;
	if (line[8])
		strcpy(site->gate.token, "0123456789abcdef");
	response = site_answer(site, &request);
	check(&request, &response);
	site_release(&response);
	site_end(site);
	assert(!site->bodies.bytes && !site->events.stream_count);
	free(text);
	return 0;
}
