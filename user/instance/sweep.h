/* SPDX-License-Identifier: GPL-2.0-only */
/* Timeouts that become events: see synscope/sweep.h. */
#ifndef SYNSCOPE_INSTANCE_SWEEP_H
#define SYNSCOPE_INSTANCE_SWEEP_H

#include "instance/instance.h"

/*
 * Run the sweep program on the whole table of an instance, if it has one. Failures are not logged, because only events
 * depend on it.
 */
void sweep_instance(const struct instance *instance);

#endif
