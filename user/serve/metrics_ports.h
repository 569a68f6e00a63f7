/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics by server port. */
#ifndef SYNSCOPE_SERVE_METRICS_PORTS_H
#define SYNSCOPE_SERVE_METRICS_PORTS_H

#include "serve/metrics.h"

/* Write all samples of a family, whose labels are "tracker, server_port". */
void metrics_put_histograms(struct exposition *to, const struct metrics_input *input, enum flow_latency which);
void metrics_put_refused(struct exposition *to, const struct metrics_input *input);

#endif
