/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of TCP ports, as /etc/services has them. It is read here and not by getservent(3), which ends the process where
 * memory is short.
 */
#ifndef SYNSCOPE_FLOW_SERVICES_H
#define SYNSCOPE_FLOW_SERVICES_H

#include <linux/types.h>

#define SERVICE_ROOM 24 /* longer names are not used */

struct services;

/* Read them all at once. The caller frees. NULL on failure (logged). */
struct services *services_read(void);
void services_free(struct services *services);

/*
 * The name of a port, at most SERVICE_ROOM bytes, or its number if it has none or `services` is NULL. Returns its end.
 */
char *put_service(char *p, const struct services *services, __u16 port);

#endif
