/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How flow_cold.history packs the letters of Zeek's conn.log history: 5 bits each, the first letter lowest, 0 ends.
 * Each letter is kept once per direction.
 */
#ifndef SYNSCOPE_HISTORY_H
#define SYNSCOPE_HISTORY_H

#include <linux/types.h>

#define HISTORY_BITS 5
#define HISTORY_LETTERS 12
#define HISTORY_SERVER 0x10U /* sent by the server: printed in lower case */

/* Index + 1 into HISTORY_NAMES. */
#define HISTORY_NAMES "SHADFR"
#define HISTORY_SYN 1U
#define HISTORY_SYNACK 2U
#define HISTORY_ACK 3U
#define HISTORY_DATA 4U
#define HISTORY_FIN 5U
#define HISTORY_RST 6U

/* Letter number `at` (below HISTORY_LETTERS), 0 if there is none. */
static inline __u32 history_letter(__u64 history, __u32 at)
{
	return (history >> (at * HISTORY_BITS)) & 0x1f;
}

#endif
