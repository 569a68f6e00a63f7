/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames for the seed corpus that no test of tests/bpf sends through the harness. */
#ifndef SYNSCOPE_TESTS_FUZZ_HOST_SEEDS_H
#define SYNSCOPE_TESTS_FUZZ_HOST_SEEDS_H

#include <check.h>

#include "../bpf/harness.h"

Suite *seed_suite(struct harness *shared);

#endif
