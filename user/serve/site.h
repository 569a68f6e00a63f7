/* SPDX-License-Identifier: GPL-2.0-only */
/* All that requests are answered from. */
#ifndef SYNSCOPE_SERVE_SITE_H
#define SYNSCOPE_SERVE_SITE_H

#include "serve/body.h"
#include "serve/events.h"
#include "serve/gate.h"
#include "serve/metrics.h"
#include "serve/scan.h"
#include "serve/trackers.h"

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

struct site {
	struct gate gate;
	struct bodies bodies;
	struct trackers trackers;
	struct scanner scanner;
	struct events events;
	struct metrics_setup metrics;
	__u64 requests, refused[REFUSAL_COUNT];
};

/* Count a response with that status if it is a refusal. */
void site_count(struct site *site, int status);

#endif
