/* SPDX-License-Identifier: GPL-2.0-only */
/* A program on the XDP hook of an interface of the present network namespace. */
#ifndef SYNSCOPE_KERNEL_ATTACH_XDP_H
#define SYNSCOPE_KERNEL_ATTACH_XDP_H

#include <stdbool.h>

#include "kernel/iface.h"

/* How to attach, as the user wants it. */
enum attach_mode {
	ATTACH_AUTO, /* native XDP, or generic where the driver refuses it */
	ATTACH_NATIVE,
	ATTACH_GENERIC,
	ATTACH_TC, /* no XDP at all: tc on ingress too */
};

/* A program of somebody else that --force removed from an interface; zeros and fd -1 if there was none. */
struct xdp_replaced {
	int program_fd; /* kept until the attach has succeeded */
	__u32 ifindex;
	__u32 flags; /* XDP_FLAGS_*_MODE it was attached with */
};

/* One attach: what is wanted, and the result. */
struct xdp_attachment {
	enum attach_mode mode; /* wanted; not ATTACH_TC */
	bool force; /* replace a program that netlink attached, never one behind a link */
	enum xdp_mode attached;
	struct xdp_replaced replaced;
};

/*
 * Attach a program to `iface`. Returns the fd of the link, or a negative errno (logged); prints a warning when native
 * mode is refused and generic mode is used instead.
 */
int xdp_attach(const struct iface *iface, int program_fd, struct xdp_attachment *attachment);

/* Attach the program again that --force removed, because attaching ours failed later. */
void xdp_restore(const struct xdp_replaced *replaced);

#endif
