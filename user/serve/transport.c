// SPDX-License-Identifier: GPL-2.0-only
#include "serve/transport.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "serve/reply.h"
#include "serve/routes.h"

#define CONNECTION_MEMORY 40960 /* for the header of a request, and what is made of it */
#define ACCEPT_AT_ONCE 64 /* before those that are connected have their turn */
#define STREAM_BLOCK 16384
#define IDLE_S 60 /* nothing is received or sent */
#define HEADER_NS (10 * NS_PER_S) /* for a client to send its next request */
#define RESPONSE_NS (120 * NS_PER_S) /* for a client to receive a response */

/* A connection. */
struct client {
	struct transport *transport;
	struct client *next, **link;
	int fd;
	__u64 since_ns; /* it began, its last response was sent, or its request was received */
	bool busy; /* a request was received, and its response not yet sent */
	bool streams; /* its response has no end */
	bool answered; /* its last request was, and no other one is known to have begun */
	__u64 received; /* bytes, when the header of that request was complete; 0: not over TCP */
	bool closing;
};

/* A request and its response. */
struct exchange {
	struct transport *transport;
	char *target;
	struct http_request request;
	struct http_response response;
	struct MHD_Connection *connection;
	bool seen; /* its header was received */
	bool ended; /* the client has gone: a stream ends */
	struct exchange *next, **link; /* among those that wait; link NULL: it does not */
};

static struct client *client_of(const struct transport *transport, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		transport->http.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* How many bytes were received over TCP, those that libmicrohttpd has not parsed included; otherwise 0. */
static __u64 bytes_received(int fd)
{
	struct tcp_info info = { 0 };

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &(socklen_t){ sizeof(info) });
	return info.tcpi_bytes_received;
}

/* ---- a response */

/* Suspend a request until transport_wake() finds that it can go on. */
static void suspend(struct exchange *exchange)
{
	struct transport *transport = exchange->transport;

	exchange->next = transport->waiting;
	if (exchange->next)
		exchange->next->link = &exchange->next;
	exchange->link = &transport->waiting;
	transport->waiting = exchange;
	transport->http.MHD_suspend_connection(exchange->connection);
}

/* Give libmicrohttpd more of a stream. */
static ssize_t read_more(void *context, uint64_t at, char *to, size_t size)
{
	struct exchange *exchange = context;
	long bytes;

	(void)at;
	if (exchange->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	bytes = stream_read(exchange->response.stream, to, size);
	if (bytes < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!bytes)
		suspend(exchange);
	return bytes;
}

static enum MHD_Result send_stream(struct exchange *exchange)
{
	const struct http_library *http = &exchange->transport->http;
	struct MHD_Response *made =
		http->MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_more, exchange, NULL);
	enum MHD_Result result;

	if (!made)
		return MHD_NO;
	http->MHD_add_response_header(made, "Content-Type", "text/event-stream");
	reply_add_security(http, made);
	client_of(exchange->transport, exchange->connection)->streams = true;
	result = http->MHD_queue_response(exchange->connection, 200, made);
	http->MHD_destroy_response(made);
	return result;
}

static enum MHD_Result send_response(struct exchange *exchange)
{
	const struct http_library *http = &exchange->transport->http;
	struct http_response *response = &exchange->response;
	struct MHD_Response *made;
	enum MHD_Result result;

	if (response->kind == HTTP_STREAM)
		return send_stream(exchange);
	if (!response->body)
		http_respond_error(response, 500, "out of memory");
	if (!response->body)
		return MHD_NO;
	made = reply_make(http, response);
	if (!made)
		return MHD_NO;
	result = http->MHD_queue_response(exchange->connection, (unsigned int)response->status, made);
	http->MHD_destroy_response(made);
	return result;
}

/* ---- a request */

/* One field of the header. */
static enum MHD_Result take_field(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct http_request *request = context;
	const struct {
		const char *name;
		const char **value;
	} fields[] = {
		{ "Host", &request->host },
		{ "Origin", &request->origin },
		{ "Authorization", &request->authorization },
		{ "If-None-Match", &request->if_none_match },
		{ "Accept", &request->accept },
		{ "Accept-Encoding", &request->accept_encoding },
	};

	(void)kind;
	value = value ? value : "";
	request->header_bytes += strlen(name) + strlen(value) + 4;
	if (!strcasecmp(name, "Transfer-Encoding") || (!strcasecmp(name, "Content-Length") && strcmp(value, "0") != 0))
		request->has_body = true;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcasecmp(name, fields[i].name) != 0)
			continue;
		request->repeats |= *fields[i].value != NULL;
		*fields[i].value = value;
	}
	return MHD_YES;
}

static void take_request(struct exchange *exchange, const struct service_of *of, const char *method)
{
	struct client *client = client_of(exchange->transport, exchange->connection);
	struct http_request *request = &exchange->request;

	exchange->seen = true;
	client->busy = true;
	client->since_ns = monotonic_ns();
	client->received = bytes_received(client->fd);
	request->method = method;
	request->target = exchange->target;
	request->metrics_only = of->service == SERVICE_METRICS;
	request->header_bytes = strlen(method) + strlen(exchange->target);
	listen_local(client->fd, request->local);
	exchange->transport->http.MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, take_field, request);
}

/*
 * Called when the header of a request is complete; once more when it was resumed; and before that, for a GET, a second
 * time to say that it has no body.
 */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *upload, size_t *upload_size, void **request_context)
{
	const struct service_of *of = context;
	struct exchange *exchange = *request_context;

	(void)url;
	(void)version;
	(void)upload;
	if (!exchange || *upload_size)
		return MHD_NO;
	if (!exchange->seen) {
		exchange->connection = connection;
		take_request(exchange, of, method);
		respond(of->transport->site, &exchange->request, &exchange->response);
		return exchange->response.status >= 400 ? send_response(exchange) : MHD_YES;
	}
	if (exchange->response.kind == HTTP_WAIT && !exchange->response.query->done) {
		suspend(exchange);
		return MHD_YES;
	}
	if (exchange->response.kind == HTTP_WAIT) {
		struct scan_query *query = exchange->response.query;

		respond_done(&exchange->request, query, &exchange->response);
		scan_query_release(query);
	}
	return send_response(exchange);
}

/* The first thing that is known of a request: its target, as it was sent. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	const struct service_of *of = context;
	struct client *client = client_of(of->transport, connection);
	struct exchange *exchange = client ? calloc(1, sizeof(*exchange)) : NULL;

	if (!exchange) /* without memory for either, the connection ends */
		return NULL;
	client->answered = false;
	exchange->transport = of->transport;
	exchange->connection = connection;
	exchange->response.bodies = &of->transport->site->bodies;
	exchange->target = strdup(target);
	if (exchange->target)
		return exchange;
	free(exchange);
	return NULL;
}

static void leave_waiting(struct exchange *exchange)
{
	if (!exchange->link)
		return;
	*exchange->link = exchange->next;
	if (exchange->next)
		exchange->next->link = exchange->link;
	exchange->link = NULL;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
			 enum MHD_RequestTerminationCode why)
{
	const struct service_of *of = context;
	struct exchange *exchange = *request_context;
	struct client *client = client_of(of->transport, connection);

	(void)why;
	*request_context = NULL;
	if (client) {
		client->busy = client->streams = false;
		client->answered = exchange && exchange->seen;
		client->since_ns = monotonic_ns();
	}
	if (!exchange)
		return;
	if (!exchange->seen) /* libmicrohttpd refused it */
		of->transport->site->refusals.count[REFUSAL_HEADER]++;
	leave_waiting(exchange);
	if (exchange->response.kind == HTTP_WAIT)
		scan_query_release(exchange->response.query);
	stream_close(exchange->response.stream);
	body_release(exchange->response.body);
	free(exchange->target);
	free(exchange);
}

/* Can a request that waits go on? */
static bool is_ready(const struct exchange *exchange)
{
	if (exchange->response.kind == HTTP_STREAM)
		return exchange->ended || stream_is_ready(exchange->response.stream);
	return exchange->response.query->done;
}

void transport_wake(struct transport *transport)
{
	struct exchange *next;

	for (struct exchange *exchange = transport->waiting; exchange; exchange = next) {
		next = exchange->next;
		if (!is_ready(exchange))
			continue;
		leave_waiting(exchange);
		transport->http.MHD_resume_connection(exchange->connection);
	}
}

/* ---- connections */

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
			  enum MHD_ConnectionNotificationCode what)
{
	const struct service_of *of = context;
	struct transport *transport = of->transport;
	struct client *client = *socket_context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			transport->http.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

		*socket_context = client = calloc(1, sizeof(*client));
		if (!client)
			return;
		*client = (struct client){ .transport = transport, .fd = info->connect_fd, .next = transport->clients };
		client->since_ns = monotonic_ns();
		client->link = &transport->clients;
		if (client->next)
			client->next->link = &client->next;
		transport->clients = client;
	} else if (client) {
		*client->link = client->next;
		if (client->next)
			client->next->link = client->link;
		free(client);
		*socket_context = NULL;
	}
	transport->client_count += what == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1;
}

/* Say in a word that there are too many connections. */
static void turn_away(struct transport *transport, int fd)
{
	static const char body[] = "{\"error\":\"too many connections\"}\n";
	char text[1024];
	int bytes = snprintf(text, sizeof(text),
			     "HTTP/1.1 503 Service Unavailable\r\nContent-Type: " BODY_JSON
			     "\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
			     sizeof(body) - 1, body);

	transport->site->refusals.count[REFUSAL_CONNECTIONS]++;
	if (send(fd, text, bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
		shutdown(fd, SHUT_WR);
		while (recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0)
			; /* what is left unread would reset the connection before the answer is read */
	}
	close(fd);
}

static enum service service_for(const struct transport *transport, const struct listener *listener)
{
	if (listener->metrics_only)
		return SERVICE_METRICS;
	return transport->service[SERVICE_TLS].daemon && !listener->path ? SERVICE_TLS : SERVICE_PLAIN;
}

void transport_accept(struct transport *transport, const struct listener *listener)
{
	struct MHD_Daemon *daemon = transport->service[service_for(transport, listener)].daemon;
	struct sockaddr_storage address;
	socklen_t bytes;
	int fd;

	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		bytes = sizeof(address);
		fd = accept4(listener->fd, (struct sockaddr *)&address, &bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		if (transport->client_count >= CONNECTIONS_MAX)
			turn_away(transport, fd);
		else
			transport->http.MHD_add_connection(daemon, fd, (struct sockaddr *)&address, bytes);
	}
}

/* Does the client just keep its connection, for a request that it may make later? */
static bool is_kept(const struct client *client)
{
	return client->answered && bytes_received(client->fd) == client->received;
}

void transport_tidy(struct transport *transport, __u64 now_ns)
{
	char byte;

	for (struct exchange *exchange = transport->waiting; exchange; exchange = exchange->next)
		if (exchange->response.kind == HTTP_STREAM)
			exchange->ended |= !recv(client_of(exchange->transport, exchange->connection)->fd, &byte, 1,
						 MSG_PEEK | MSG_DONTWAIT);

	for (struct client *client = transport->clients; client; client = client->next) {
		if (client->closing || client->streams ||
		    now_ns < client->since_ns + (client->busy ? RESPONSE_NS : HEADER_NS))
			continue;
		client->closing = true;
		transport->site->refusals.count[REFUSAL_SLOW] += !is_kept(client);
		shutdown(client->fd, SHUT_RDWR);
	}
}

/* ---- all of it */

__attribute__((format(printf, 2, 0))) static void on_problem(void *context, const char *format, va_list arguments)
{
	struct transport *transport = context;

	vsnprintf(transport->problem, sizeof(transport->problem), format, arguments);
	transport->problem[strcspn(transport->problem, "\n")] = '\0';
}

static int start(struct transport *transport, enum service service, const struct tls_files *tls)
{
	struct service_of *of = &transport->service[service];
	unsigned int flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem with_tls[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, tls->certificate },
					     { MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key },
					     { MHD_OPTION_END, 0, NULL } };
	struct MHD_OptionItem without[] = { { MHD_OPTION_END, 0, NULL } };

	*of = (struct service_of){ .transport = transport, .service = service };
	of->daemon = transport->http.MHD_start_daemon(
		flags | (service == SERVICE_TLS ? MHD_USE_TLS : 0), 0, NULL, NULL, on_request, of,
		MHD_OPTION_EXTERNAL_LOGGER, on_problem, transport, MHD_OPTION_NOTIFY_COMPLETED, on_completed, of,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, of, MHD_OPTION_URI_LOG_CALLBACK, on_target, of,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX + 1, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned int)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, service == SERVICE_TLS ? with_tls : without,
		MHD_OPTION_END);
	if (of->daemon)
		return 0;
	if (service == SERVICE_TLS)
		message_error("cannot use the certificate and the key of --tls-cert and --tls-key: %s",
			      transport->problem);
	else
		message_error("cannot serve HTTP: %s", transport->problem);
	return -EINVAL;
}

int transport_open(struct transport *transport, struct site *site, const struct tls_files *tls)
{
	int err;

	*transport = (struct transport){ .site = site };
	err = http_library_load(&transport->http);
	if (!err)
		err = start(transport, SERVICE_PLAIN, tls);
	if (!err)
		err = start(transport, SERVICE_METRICS, tls);
	if (!err && tls->certificate)
		err = start(transport, SERVICE_TLS, tls);
	if (err)
		transport_close(transport);
	return err;
}

void transport_close(struct transport *transport)
{
	while (transport->waiting) {
		struct exchange *exchange = transport->waiting;

		exchange->ended = true;
		leave_waiting(exchange);
		transport->http.MHD_resume_connection(exchange->connection);
	}
	for (enum service service = 0; service < SERVICE_COUNT; service++)
		if (transport->service[service].daemon)
			transport->http.MHD_stop_daemon(transport->service[service].daemon);
}

int transport_fd(const struct transport *transport, enum service service)
{
	struct MHD_Daemon *daemon = transport->service[service].daemon;
	const union MHD_DaemonInfo *info =
		daemon ? transport->http.MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;

	return info ? info->epoll_fd : -1;
}

void transport_run(struct transport *transport)
{
	for (enum service service = 0; service < SERVICE_COUNT; service++)
		if (transport->service[service].daemon)
			transport->http.MHD_run(transport->service[service].daemon);
}

int transport_timeout(const struct transport *transport)
{
	int least = -1;

	for (enum service service = 0; service < SERVICE_COUNT; service++) {
		struct MHD_Daemon *daemon = transport->service[service].daemon;
		MHD_UNSIGNED_LONG_LONG ms;

		if (daemon && transport->http.MHD_get_timeout(daemon, &ms) == MHD_YES &&
		    (least < 0 || ms < (unsigned int)least))
			least = ms > 1000 ? 1000 : (int)ms;
	}
	return least;
}
