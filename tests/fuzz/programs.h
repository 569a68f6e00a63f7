/* SPDX-License-Identifier: GPL-2.0-only */
/* The interface of the programs for host.c: bpf/synscope.bpf.c, whose maps have types without names. */
#ifndef SYNSCOPE_TESTS_FUZZ_PROGRAMS_H
#define SYNSCOPE_TESTS_FUZZ_PROGRAMS_H

#include <linux/bpf.h>

#include "host.h"
#include "synscope/sweep.h"

/* The value of an array map for a host, or NULL beyond its end; aborts for a map that is not known here. */
void *programs_value(struct host *host, const void *map, __u32 index);

/* Configuration and clock of the programs. */
void programs_use(const struct host *host);

int xdp_ether(struct xdp_md *ctx);
int xdp_raw(struct xdp_md *ctx);
int tc_ether(struct __sk_buff *ctx);
int tc_raw(struct __sk_buff *ctx);
int sweep(struct sweep_request *request);
int flush(struct flush_request *request);

/* Of bpf/record/emit.h: what readers should have been told of a record as it is. */
__u32 announceable(__u32 slot, __u32 was);

#endif
