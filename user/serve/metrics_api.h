/* SPDX-License-Identifier: GPL-2.0-only */
/* /metrics. */
#ifndef SYNSCOPE_SERVE_METRICS_API_H
#define SYNSCOPE_SERVE_METRICS_API_H

#include "serve/ask.h"

void answer_metrics(const struct ask *ask, struct http_response *response);

#endif
