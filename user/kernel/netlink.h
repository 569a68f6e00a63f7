/* SPDX-License-Identifier: GPL-2.0-only */
/* Just enough rtnetlink and sock_diag: one request and its answer, with the kernel's explanation of an error. */
#ifndef SYNSCOPE_KERNEL_NETLINK_H
#define SYNSCOPE_KERNEL_NETLINK_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stddef.h>

#define RTNL_REASON_MAX 256

/*
 * A request about an interface (link), its traffic control (tc), routes (route), sockets of the Internet (diag) or of
 * this host (local), and up to 512 bytes of attributes.
 */
struct rtnl_request {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct tcmsg tc;
		struct rtmsg route;
		struct inet_diag_req_v2 diag;
		struct unix_diag_req local;
	};
	char attributes[512];
	int protocol; /* NETLINK_ROUTE, unless it is changed after rtnl_begin() */
};

/* Begin a request. `body`: the size of the union's member in use. */
void rtnl_begin(struct rtnl_request *request, __u16 type, __u16 flags, size_t body);

/* Append an attribute of at most 300 bytes. */
void rtnl_put(struct rtnl_request *request, __u16 type, const void *data, size_t length);
void rtnl_put_u32(struct rtnl_request *request, __u16 type, __u32 value);
void rtnl_put_string(struct rtnl_request *request, __u16 type, const char *value);

/* Attributes put between these two are nested in one of `type`. */
struct rtattr *rtnl_nest(struct rtnl_request *request, __u16 type);
void rtnl_nest_end(struct rtnl_request *request, struct rtattr *nest);

/* The attribute of `type` in a block of them, or NULL. */
const struct rtattr *rtnl_find(const struct rtattr *attributes, int length, __u16 type);

/*
 * Send a request and wait for the answer: 0 or a negative errno. `reason` (RTNL_REASON_MAX bytes, or NULL) gets the
 * kernel's explanation, or "". Prints nothing.
 */
int rtnl_ask(struct rtnl_request *request, char *reason);

/* Send a dump request and call `visit` with every message of the answer. 0 or a negative errno; prints nothing. */
int rtnl_dump(struct rtnl_request *request, void (*visit)(const struct nlmsghdr *message, void *context),
	      void *context);

#endif
