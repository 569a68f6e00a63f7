// SPDX-License-Identifier: GPL-2.0-only
#include "serve/http.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format/sink.h"

#define ERROR_BYTES 2048

static const struct {
	int status;
	const char *text;
} status_texts[] = {
	{ 200, "OK" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 413, "Content Too Large" },
	{ 421, "Misdirected Request" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
};

const char *http_status_text(int status)
{
	for (size_t i = 0; i < sizeof(status_texts) / sizeof(status_texts[0]); i++)
		if (status_texts[i].status == status)
			return status_texts[i].text;
	return "";
}

void http_respond_body(struct http_response *response, struct body *body)
{
	response->kind = HTTP_BODY;
	response->status = body ? body->status : 500;
	response->body = body;
}

void http_respond_error(struct http_response *response, int status, const char *format, ...)
{
	struct sink sink = { .ops = &json_sink };
	char text[ERROR_BYTES];
	struct buffer content;
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		*text = '\0';
	va_end(arguments);
	response->kind = HTTP_BODY;
	response->status = status;
	response->body = NULL;
	if (buffer_init(&content, BUFFER_MEMORY))
		return;
	sink.out = &content;
	sink.ops->open(&sink, "", 0);
	sink_string(&sink, NAME("error"), text);
	sink.ops->close(&sink);
	buffer_char(&content, '\n');
	response->body = body_new(response->bodies, status, BODY_JSON, &content);
}

/* The value of a hexadecimal digit, or -1. */
static int digit_value(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

	return at && (c >= 'A' || c <= '9') ? (int)(at - digits) : -1;
}

long http_decode(const char *text, size_t bytes, bool plus, char *decoded, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < bytes ? digit_value(text[i + 1]) : -1;
			int low = i + 2 < bytes ? digit_value(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (used + 1 >= size || !c)
			return -1;
		decoded[used++] = c;
	}
	decoded[used] = '\0';
	return (long)used;
}
