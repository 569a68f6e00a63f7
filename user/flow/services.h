/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of TCP ports from /etc/services. getservent(3) is not used, because it ends the process if there is no memory.
 */
#ifndef SYNSCOPE_FLOW_SERVICES_H
#define SYNSCOPE_FLOW_SERVICES_H

#include <linux/types.h>

#define SERVICE_SIZE 24 /* longer names are not used */

struct services;

/* Read all names. The caller frees with services_free(). NULL on failure (logged). */
struct services *services_read(void);
void services_free(struct services *services);

/*
 * Write the name of a port, at most SERVICE_SIZE bytes, or its number if it has none or `services` is NULL. Returns the
 * end.
 */
char *put_service(char *p, const struct services *services, __u16 port);

#endif
