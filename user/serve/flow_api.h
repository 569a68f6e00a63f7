/* SPDX-License-Identifier: GPL-2.0-only */
/* /api/v1/flows/ID: as `synscope show` prints, with the ladder. */
#ifndef SYNSCOPE_SERVE_FLOW_API_H
#define SYNSCOPE_SERVE_FLOW_API_H

#include "serve/ask.h"

extern const struct param flow_params[];

void answer_flow(const struct ask *ask, struct http_response *response);

#endif
