/* SPDX-License-Identifier: GPL-2.0-only */
/* The interface of the programs for host.c: bpf/synscope.bpf.c, whose maps have types without names. */
#ifndef SYNSCOPE_TESTS_FUZZ_PROGRAMS_H
#define SYNSCOPE_TESTS_FUZZ_PROGRAMS_H

#include <linux/bpf.h>

#include "host.h"
#include "synscope/sweep.h"

/* The value of an array map for a host, or NULL beyond its end; aborts if the map is unknown. */
void *programs_value(struct host *host, const void *map, __u32 index);

/* Sets the configuration and the clock of the programs. */
void programs_use(const struct host *host);

int xdp_ether(struct xdp_md *ctx);
int xdp_raw(struct xdp_md *ctx);
int tc_ether(struct __sk_buff *ctx);
int tc_raw(struct __sk_buff *ctx);
int sweep(struct sweep_request *request);
int flush(struct flush_request *request);

/* From bpf/record/emit.h: what readers should know about the record in its present state. */
__u32 announceable(__u32 slot, __u32 was);

#endif
