/* SPDX-License-Identifier: GPL-2.0-only */
/* What must hold after every frame. A violation is printed on stderr and aborts, so that the fuzzer keeps the input. */
#ifndef SYNSCOPE_TESTS_FUZZ_INVARIANTS_H
#define SYNSCOPE_TESTS_FUZZ_INVARIANTS_H

#include "host.h"

struct watch;

/* Begins to check a host, and receives its events. */
struct watch *watch_open(struct host *host);
void watch_close(struct watch *watch);

/* To be called after a frame, and after a sweep. */
void watch_frame(struct watch *watch, const struct host_frame *frame, int verdict);
void watch_sweep(struct watch *watch);

#endif
