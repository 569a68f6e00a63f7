/* SPDX-License-Identifier: GPL-2.0-only */
/* The transports that are sockets: UDP, TCP, and streams of the Unix domain. See transport.h for what they return. */
#ifndef SYNSCOPE_EXPORT_SOCKET_H
#define SYNSCOPE_EXPORT_SOCKET_H

#include "export/transport.h"

int socket_open(struct transport *transport);
int socket_send_datagram(struct transport *transport, const void *message, size_t bytes);
int socket_send_stream(struct transport *transport, const char *message, size_t bytes);
int socket_await_refusal(struct transport *transport, __u64 wait_ns);

#endif
