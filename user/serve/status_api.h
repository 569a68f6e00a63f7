/* SPDX-License-Identifier: GPL-2.0-only */
/* /api/v1/status: as `synscope status` prints. */
#ifndef SYNSCOPE_SERVE_STATUS_API_H
#define SYNSCOPE_SERVE_STATUS_API_H

#include "serve/ask.h"

void answer_status(const struct ask *ask, struct http_response *response);

#endif
