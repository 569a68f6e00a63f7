/* SPDX-License-Identifier: GPL-2.0-only */
/* The senders that are sockets: UDP, TCP, and streams of the Unix domain. See sender.h for what they return. */
#ifndef SYNSCOPE_EXPORT_SOCKET_H
#define SYNSCOPE_EXPORT_SOCKET_H

#include "export/sender.h"

int socket_open(struct sender *sender);
int socket_send_datagram(struct sender *sender, const void *message, size_t bytes);
int socket_send_stream(struct sender *sender, const char *message, size_t bytes);
int socket_await_refusal(struct sender *sender, __u64 wait_ns);

/* Have the kernel notice a peer of a TCP socket that is dead. */
void socket_limit_stall(int fd);

#endif
