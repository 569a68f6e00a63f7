/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of addresses, as getnameinfo(3) tells them. Threads ask for them, and wait for name servers that may never
 * answer; whoever prints takes what is known by then. The names are those of whoever owns the addresses: any bytes.
 */
#ifndef SYNSCOPE_FLOW_HOST_NAMES_H
#define SYNSCOPE_FLOW_HOST_NAMES_H

#include <stdbool.h>

#include "flow/view.h"

#define HOST_NAMES_MOST 4096 /* that are kept */
#define HOST_NAME_SIZE 256 /* with the NUL; longer ones are not used */

struct host_names;

/* Start the threads. Returns 0 or a negative errno (logged). */
int host_names_open(struct host_names **names);

/* Does not wait for the threads: they end by themselves. */
void host_names_close(struct host_names *names);

/*
 * The name of an address. False: it has none, or it is not known yet; then it is asked for. `names` may be NULL, and
 * knows none then. Never waits.
 */
bool host_name_of(struct host_names *names, const struct ip_address *ip, char name[HOST_NAME_SIZE]);

/* Wait until all that was asked for is known, but at most so long. */
void host_names_wait(struct host_names *names, __u64 ns);

#endif
