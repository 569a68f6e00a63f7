/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames that the generator writes its packets into, and one that is not TCP. */
#ifndef SYNSCOPE_BENCH_FRAME_H
#define SYNSCOPE_BENCH_FRAME_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define BENCH_FRAME_SIZE 256

size_t frame_tcp(__u8 frame[BENCH_FRAME_SIZE], bool ipv6);
size_t frame_udp(__u8 frame[BENCH_FRAME_SIZE]);

#endif
