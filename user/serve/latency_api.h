/* SPDX-License-Identifier: GPL-2.0-only */
/* /api/v1/latency: the latencies of the last minutes, for a heat map. */
#ifndef SYNSCOPE_SERVE_LATENCY_API_H
#define SYNSCOPE_SERVE_LATENCY_API_H

#include "serve/ask.h"

void answer_latency(const struct ask *ask, struct http_response *response);

#endif
