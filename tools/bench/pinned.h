/* SPDX-License-Identifier: GPL-2.0-only */
/* An instance as `synscope attach` makes it, in the sandbox, where commands can find it. */
#ifndef SYNSCOPE_BENCH_PINNED_H
#define SYNSCOPE_BENCH_PINNED_H

#include "instance/instance.h"

struct pinned {
	struct instance *instance;
	int xdp_fd; /* an fd of its XDP program */
};

/* Creates an interface of this name and attaches to it. Returns 0 or a negative errno (logged). */
int pinned_open(struct pinned *pinned, const char *ifname, __u32 max_flows);
void pinned_close(struct pinned *pinned);

#endif
