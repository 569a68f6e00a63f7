/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold after every frame, whatever it was. A breach is printed on stderr and aborts, so that the fuzzer keeps
 * the input.
 */
#ifndef SYNSCOPE_TESTS_FUZZ_INVARIANTS_H
#define SYNSCOPE_TESTS_FUZZ_INVARIANTS_H

#include "host.h"

struct watch;

/* Begins to watch a host, and takes its events. */
struct watch *watch_open(struct host *host);
void watch_close(struct watch *watch);

/* After a frame, and after a sweep. */
void watch_frame(struct watch *watch, const struct host_frame *frame, int verdict);
void watch_sweep(struct watch *watch);

#endif
