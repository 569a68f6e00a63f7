/* SPDX-License-Identifier: GPL-2.0-only */
/* Expiry that is announced: see synscope/sweep.h. */
#ifndef SYNSCOPE_INSTANCE_SWEEP_H
#define SYNSCOPE_INSTANCE_SWEEP_H

#include "instance/instance.h"

/*
 * Run the program on the whole table of an instance, if it has one. What goes wrong is not logged: nothing but events
 * depends on it.
 */
void sweep_instance(const struct instance *instance);

#endif
