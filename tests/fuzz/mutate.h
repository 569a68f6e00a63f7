/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes to a sequence of frames at the places of the TCP header: random changes of bytes hardly ever hit a number. */
#ifndef SYNSCOPE_TESTS_FUZZ_MUTATE_H
#define SYNSCOPE_TESTS_FUZZ_MUTATE_H

#include <stddef.h>

#include <linux/types.h>

/* Makes one change to `size` bytes, within `room`; returns the new size. `seed` determines the change. */
size_t mutate(__u8 *sequence, size_t size, size_t room, unsigned int seed);

#endif
