/* SPDX-License-Identifier: GPL-2.0-only */
/* The JSON API: what the commands print with -o json. */
#ifndef SYNSCOPE_SERVE_API_H
#define SYNSCOPE_SERVE_API_H

#include "serve/routes.h"

extern const struct param flows_params[];

void answer_status(const struct route *route, const struct ask *ask, struct http_response *response);
void answer_flows(const struct route *route, const struct ask *ask, struct http_response *response);

#endif
