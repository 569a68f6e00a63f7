/* SPDX-License-Identifier: GPL-2.0-only */
/* An instance as `synscope attach` makes it, in the sandbox, for the commands to find. */
#ifndef SYNSCOPE_BENCH_PINNED_H
#define SYNSCOPE_BENCH_PINNED_H

#include "instance/instance.h"

struct pinned {
	struct instance *instance;
	int xdp_fd; /* of its program */
};

/* Attaches to an interface of this name, which is made. Returns 0 or a negative errno (logged). */
int pinned_open(struct pinned *pinned, const char *ifname, __u32 max_flows);
void pinned_close(struct pinned *pinned);

#endif
