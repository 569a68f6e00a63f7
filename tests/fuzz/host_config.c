// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#define SEC_NS 1000000000ULL

struct synscope_config host_config(__u32 buckets)
{
	struct synscope_config config = {
		.timeout_ns = {
			[TIMEOUT_SYN_SENT] = 120 * SEC_NS,	 [TIMEOUT_SYN_RECEIVED] = 60 * SEC_NS,
			[TIMEOUT_ESTABLISHED] = 432000 * SEC_NS, [TIMEOUT_FIN_WAIT] = 120 * SEC_NS,
			[TIMEOUT_CLOSE_WAIT] = 3600 * SEC_NS,	 [TIMEOUT_LAST_ACK] = 30 * SEC_NS,
			[TIMEOUT_TIME_WAIT] = 60 * SEC_NS,	 [TIMEOUT_CLOSED] = 10 * SEC_NS,
		},
		.buckets = buckets,
		.manual_clock = 1,
	};

	for (__u32 i = 0; i < HASH_KEY_WORDS; i++)
		config.hash_key[i] = 0x9e3779b9U * (i + 1) ^ 0x5bd1e995U;
	return config;
}
