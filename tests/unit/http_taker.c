// SPDX-License-Identifier: GPL-2.0-only
#include "http_taker.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"

#define ANSWER "Code: 60, no such table\nand more\n"

#define HANG_US 10000

struct request {
	bool begun;
	struct buffer head, body;
};

static enum MHD_Result note_field(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *request = context;

	(void)kind;
	buffer_printf(&request->head, "%s: %s\n", name, value ? value : "");
	return MHD_YES;
}

/* Called when the first line of a request is there. */
static void *begin(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct request *request = calloc(1, sizeof(*request));

	(void)context;
	(void)connection;
	if (!request || buffer_init(&request->head, BUFFER_MEMORY) || buffer_init(&request->body, BUFFER_MEMORY))
		abort();
	buffer_printf(&request->head, "%s\n", uri);
	return request;
}

static void end(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;

	(void)context;
	(void)connection;
	(void)code;
	if (!request)
		return;
	buffer_free(&request->head);
	buffer_free(&request->body);
	free(request);
}

static enum MHD_Result answer(struct MHD_Connection *connection, const char *script)
{
	struct MHD_Response *response;
	const char *field = strchr(script, ' '), *colon = field ? strstr(field, ": ") : NULL;
	unsigned int status = (unsigned int)atoi(script);
	enum MHD_Result result;
	char name[64];

	if (!strcmp(script, "close"))
		return MHD_NO;
	response = MHD_create_response_from_buffer(status < 300 ? 0 : strlen(ANSWER), (void *)ANSWER,
						   MHD_RESPMEM_PERSISTENT);
	if (colon) {
		snprintf(name, sizeof(name), "%.*s", (int)(colon - field - 1), field + 1);
		MHD_add_response_header(response, name, colon + 2);
	}
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* One request after the other: they are numbered, and the script tells their answers in this order. */
static enum MHD_Result take(struct http_taker *taker, struct MHD_Connection *connection, struct request *request)
{
	int number = taker->requests, last = taker->answers_count - 1;
	const char *script = taker->answers[number < last ? number : last];

	buffer_char(&request->head, '\0');
	taker->take(taker->context, number, request->head.data, request->body.data, request->body.used);
	__atomic_store_n(&taker->requests, number + 1, __ATOMIC_RELEASE);
	while (!strcmp(script, "hang") && !__atomic_load_n(&taker->stopping, __ATOMIC_RELAXED))
		usleep(HANG_US);
	return answer(connection, script);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_bytes, void **state)
{
	struct request *request = *state;

	(void)url;
	(void)version;
	if (!request->begun) {
		request->begun = true;
		buffer_printf(&request->head, "method: %s\n", method);
		MHD_get_connection_values(connection, MHD_HEADER_KIND, note_field, request);
		return MHD_YES;
	}
	if (!*upload_bytes)
		return take(context, connection, request);
	buffer_bytes(&request->body, upload, *upload_bytes);
	*upload_bytes = 0;
	return MHD_YES;
}

bool http_taker_start(struct http_taker *taker, unsigned short port)
{
	const struct sockaddr_in here = { .sin_family = AF_INET,
					  .sin_port = htons(port),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_OptionItem tls[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)taker->cert },
					{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)taker->key },
					{ MHD_OPTION_END, 0, NULL } };

	taker->requests = 0;
	taker->stopping = false;
	taker->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | (taker->cert ? MHD_USE_TLS : 0), 0, NULL,
					 NULL, handle, taker, MHD_OPTION_SOCK_ADDR, &here, MHD_OPTION_URI_LOG_CALLBACK,
					 begin, taker, MHD_OPTION_NOTIFY_COMPLETED, end, taker, MHD_OPTION_ARRAY,
					 taker->cert ? tls : tls + 2, MHD_OPTION_END);
	if (!taker->daemon)
		return false;
	taker->port = MHD_get_daemon_info(taker->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	return true;
}

void http_taker_stop(struct http_taker *taker)
{
	__atomic_store_n(&taker->stopping, true, __ATOMIC_RELAXED);
	MHD_stop_daemon(taker->daemon);
}
