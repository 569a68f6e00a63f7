/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections: libmicrohttpd parses and sends in the thread of the caller, who polls. Sockets are accepted here, so
 * that the limits hold for all addresses together.
 */
#ifndef SYNSCOPE_SERVE_TRANSPORT_H
#define SYNSCOPE_SERVE_TRANSPORT_H

#include "serve/http_library.h"
#include "serve/listen.h"
#include "serve/site.h"

#define CONNECTIONS_MAX 256

struct client;
struct exchange;

/* How the clients of a listener are served. */
enum service { SERVICE_PLAIN, SERVICE_TLS, SERVICE_METRICS, SERVICE_COUNT };

/* One of them. */
struct service_of {
	struct transport *transport;
	enum service service;
	struct MHD_Daemon *daemon; /* NULL: not used */
};

struct transport {
	struct site *site;
	struct http_library http;
	struct service_of service[SERVICE_COUNT];
	struct client *clients; /* a list */
	int client_count;
	struct exchange *waiting; /* a list of those that wait for a scan */
	char problem[256]; /* what libmicrohttpd said last */
};

/* PEM texts; both NULL without TLS. */
struct tls_files {
	char *certificate, *key;
};

/* The struct must not be moved. Returns 0 or a negative errno (logged). */
int transport_open(struct transport *transport, struct site *site, const struct tls_files *tls);
void transport_close(struct transport *transport);

/* The descriptor to poll for a service, or -1 if it is not used. */
int transport_fd(const struct transport *transport, enum service service);

/* Accept some of the connections of a listener that wait. */
void transport_accept(struct transport *transport, const struct listener *listener);

/* Receive, answer and send what is possible without waiting. */
void transport_run(struct transport *transport);

/* For how long the caller may sleep before the next transport_run(), in ms; -1: without limit. */
int transport_timeout(const struct transport *transport);

/* A scan has ended, or there are events: go on with those that waited for that. */
void transport_wake(struct transport *transport);

/*
 * Close connections whose clients are too slow, and those on which no other request comes; once a second. `now_ns` is
 * monotonic.
 */
void transport_tidy(struct transport *transport, __u64 now_ns);

#endif
