/* SPDX-License-Identifier: GPL-2.0-only */
/* /api/v1/stats: as `synscope stats` prints. */
#ifndef SYNSCOPE_SERVE_STATS_API_H
#define SYNSCOPE_SERVE_STATS_API_H

#include "serve/ask.h"

extern const struct param stats_params[];

void answer_stats(const struct ask *ask, struct http_response *response);

#endif
