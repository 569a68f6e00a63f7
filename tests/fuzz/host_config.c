// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"
#include "synscope/lifetime.h"

struct synscope_config host_config(__u32 buckets)
{
	struct synscope_config config = {
		.timeout_ns = DEFAULT_TIMEOUTS_NS,
		.buckets = buckets,
		.manual_clock = 1,
	};

	for (__u32 i = 0; i < HASH_KEY_WORDS; i++)
		config.hash_key[i] = 0x9e3779b9U * (i + 1) ^ 0x5bd1e995U;
	return config;
}
