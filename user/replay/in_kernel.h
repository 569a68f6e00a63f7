/* SPDX-License-Identifier: GPL-2.0-only */
/* A replay in the kernel, by BPF_PROG_TEST_RUN. Programs and maps are private, neither attached nor pinned. */
#ifndef SYNSCOPE_REPLAY_IN_KERNEL_H
#define SYNSCOPE_REPLAY_IN_KERNEL_H

#include "replay/engine.h"

extern const struct replay_engine in_kernel_engine;

#endif
