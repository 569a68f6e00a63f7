/* SPDX-License-Identifier: GPL-2.0-only */
/* /api/v1/transitions: how many ends have passed from state to state, for the arrows between them. */
#ifndef SYNSCOPE_SERVE_TRANSITIONS_API_H
#define SYNSCOPE_SERVE_TRANSITIONS_API_H

#include "serve/ask.h"

void answer_transitions(const struct ask *ask, struct http_response *response);

#endif
