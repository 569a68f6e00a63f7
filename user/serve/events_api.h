/* SPDX-License-Identifier: GPL-2.0-only */
/* /api/v1/events: as `synscope watch` prints, as server-sent events. */
#ifndef SYNSCOPE_SERVE_EVENTS_API_H
#define SYNSCOPE_SERVE_EVENTS_API_H

#include "serve/ask.h"

extern const struct param events_params[];

void answer_events(const struct ask *ask, struct http_response *response);

#endif
