/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics by server port. */
#ifndef SYNSCOPE_SERVE_METRICS_PORTS_H
#define SYNSCOPE_SERVE_METRICS_PORTS_H

#include "serve/metrics.h"

/*
 * Write all samples of a family, whose labels are "tracker, server_port"; of round trips also "side", the end to which
 * they go, and only those of trackers with --rtt.
 */
void metrics_put_histograms(struct exposition *to, const struct metrics_input *input, enum flow_latency which);
void metrics_put_round_trips(struct exposition *to, const struct metrics_input *input);
bool metrics_any_round_trips(const struct metrics_input *input);
void metrics_put_refused(struct exposition *to, const struct metrics_input *input);

#endif
