/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets that are listened on. */
#ifndef SYNSCOPE_SERVE_LISTEN_H
#define SYNSCOPE_SERVE_LISTEN_H

#include <stdbool.h>

#include "serve/http.h"

#define LISTEN_DEFAULT "127.0.0.1:9293"
#define LISTEN_EXPECTED "ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH"
#define LISTEN_METRICS_EXPECTED "ADDRESS:PORT or [ADDRESS]:PORT"
#define LISTENERS_MAX 32

struct listener {
	int fd;
	bool metrics_only;
	bool loopback; /* only processes of this host can connect */
	char name[128]; /* as it was given, for messages */
	char *path; /* of a unix socket of ours, which is removed at the end; NULL: none */
};

struct listeners {
	struct listener listener[LISTENERS_MAX];
	int count;
	bool keeps_paths; /* another process removes them */
};

/* Is that the text of an address to listen on? `inet`: unix:PATH is none. */
bool listen_is_valid(const char *text, bool inet);

/* Listen on one more address. Returns 0 or a negative errno (logged). */
int listen_on(struct listeners *listeners, const char *text, bool metrics_only);

/*
 * Take the sockets that systemd passes (LISTEN_FDS); one that is named "metrics" is for metrics only. Returns 0 or a
 * negative errno (logged).
 */
int listen_inherit(struct listeners *listeners);

/*
 * After a fork, in the process that is not to listen: close the sockets, and keep the paths, which listeners_close()
 * removes.
 */
void listeners_leave(struct listeners *listeners);

void listeners_close(struct listeners *listeners);

/* The address that a connection has on our side, as in the field Host, without its port; "" for a unix socket. */
void listen_local(int fd, char local[HTTP_LOCAL_MAX]);

#endif
