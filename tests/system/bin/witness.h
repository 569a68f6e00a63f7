/* SPDX-License-Identifier: GPL-2.0-only */
/* What the witness in the kernel passes to the one in user space. */
#ifndef SYNSCOPE_WITNESS_H
#define SYNSCOPE_WITNESS_H

#include <linux/types.h>

#define WITNESS_ENDS_MAX 65536

/* One end of a connection: a socket. Addresses and ports are in network order; an IPv4 address is in the first word. */
struct witness_end {
	__u32 local[4];
	__u32 remote[4];
	__be16 local_port;
	__be16 remote_port;
	__u32 family;
};

/* The states of a socket, numbered as in the kernel (TCP_ESTABLISHED and so on). */
struct witness_path {
	__u32 passed; /* a bit for each state that the socket was in */
	__u32 before; /* the state before the last one */
	__u32 last;
};

#endif
