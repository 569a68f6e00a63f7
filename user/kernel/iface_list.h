/* SPDX-License-Identifier: GPL-2.0-only */
/* All network interfaces of the present network namespace. */
#ifndef SYNSCOPE_KERNEL_IFACE_LIST_H
#define SYNSCOPE_KERNEL_IFACE_LIST_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "synscope/config.h"

#define IFACE_KIND_MAX 16

struct iface_entry {
	__u32 ifindex;
	bool loopback;
	char name[IFNAME_MAX];
	char kind[IFACE_KIND_MAX]; /* such as "veth" or "bridge"; "": hardware, or loopback */
	__u32 below; /* ifindex of the interface of this namespace that it stands on, as a VLAN does; 0: none */
};

struct iface_list {
	struct iface_entry *item;
	size_t count, room;
};

/* Read the list, which iface_list_free() frees. Returns 0 or a negative errno (not logged). */
int iface_list_read(struct iface_list *list);
void iface_list_free(struct iface_list *list);

/* The names of all that are no loopback, as far as there is room, for a message: "eth0, eth1 …", or "none". */
void iface_list_names(char *text, size_t size);

/* The interface with this ifindex, or NULL. */
const struct iface_entry *iface_list_find(const struct iface_list *list, __u32 ifindex);

/*
 * Open a socket that becomes readable when an interface of the present namespace appears or changes. Returns an fd or a
 * negative errno (not logged).
 */
int iface_events_open(void);

/*
 * Read and drop what has arrived. It does not matter what has happened, because the caller reads the whole list again.
 */
void iface_events_drain(int fd);

#endif
