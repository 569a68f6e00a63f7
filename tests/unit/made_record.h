/* SPDX-License-Identifier: GPL-2.0-only */
/* Records for export that were never a flow. */
#ifndef SYNSCOPE_TESTS_UNIT_MADE_RECORD_H
#define SYNSCOPE_TESTS_UNIT_MADE_RECORD_H

#include "base/clock.h"
#include "export/record.h"

/*
 * A connection to 10.0.0.1:443 that has ended: each number has another client. Both ends sent 5 packets, and that
 * number of bytes. SYN to SYN/ACK took 40 ms, SYN/ACK to ACK 25 ms; it
 * ended just before the time of the clock.
 */
struct export_record made_record(__u32 number, const struct flow_clock *clock);

#endif
