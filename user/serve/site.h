/* SPDX-License-Identifier: GPL-2.0-only */
/* All that requests are answered from. */
#ifndef SYNSCOPE_SERVE_SITE_H
#define SYNSCOPE_SERVE_SITE_H

#include "serve/body.h"
#include "serve/events.h"
#include "serve/gate.h"
#include "serve/metrics.h"
#include "serve/refusals.h"
#include "serve/scan.h"
#include "serve/trackers.h"

struct site {
	struct gate gate;
	struct bodies bodies;
	struct trackers trackers;
	struct scanner scanner;
	struct events events;
	struct metrics_setup metrics;
	struct refusals refusals;
};

#endif
