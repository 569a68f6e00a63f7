/* SPDX-License-Identifier: GPL-2.0-only */
/* /api/v1/flows: as `synscope list` prints. */
#ifndef SYNSCOPE_SERVE_FLOWS_API_H
#define SYNSCOPE_SERVE_FLOWS_API_H

#include "serve/ask.h"

extern const struct param flows_params[];

void answer_flows(const struct ask *ask, struct http_response *response);

#endif
