/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows of a history that never were. */
#ifndef SYNSCOPE_TESTS_UNIT_MADE_FLOW_H
#define SYNSCOPE_TESTS_UNIT_MADE_FLOW_H

#include "base/clock.h"
#include "export/destination.h"
#include "history/flow.h"

/*
 * A flow that has ended just before the time of the clock: the same for the same number. Clients are spread over
 * 10.0.0.0/8, without any order; there are 64 servers in 192.168.0.0/26, with six ports. The client sent `number`
 * bytes. One in 50 was refused; the others closed, after a handshake of 1 to 4096 µs, or in one of 1000 flows of a
 * second and more.
 */
struct history_flow made_flow(__u32 number, const struct flow_clock *clock);

/* Put that flow into the queue of a history. */
void made_flow_put(struct destination *destination, __u32 number, const struct flow_clock *clock);

#endif
