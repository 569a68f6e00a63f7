/* SPDX-License-Identifier: GPL-2.0-only */
/* What was refused, and why. */
#ifndef SYNSCOPE_SERVE_REFUSALS_H
#define SYNSCOPE_SERVE_REFUSALS_H

#include <linux/types.h>

/* Why a request or a connection was refused; each is counted. */
enum refusal {
	REFUSAL_METHOD,
	REFUSAL_HOST,
	REFUSAL_ORIGIN,
	REFUSAL_TOKEN,
	REFUSAL_HEADER, /* malformed or too large */
	REFUSAL_QUERY, /* unknown path or parameter, a bad value, a bad filter */
	REFUSAL_BUSY, /* too much is asked for at once */
	REFUSAL_CONNECTIONS, /* too many */
	REFUSAL_STREAMS, /* too many */
	REFUSAL_SLOW, /* a connection whose client took too long */
	REFUSAL_COUNT,
};

extern const char *const refusal_names[REFUSAL_COUNT];

struct refusals {
	__u64 requests; /* with a complete header, of which some were refused */
	__u64 count[REFUSAL_COUNT];
};

/* Count a request that was answered with this status. */
void refusals_count(struct refusals *refusals, int status);

#endif
