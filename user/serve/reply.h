/* SPDX-License-Identifier: GPL-2.0-only */
/* A response as libmicrohttpd wants it: its fields and its content. */
#ifndef SYNSCOPE_SERVE_REPLY_H
#define SYNSCOPE_SERVE_REPLY_H

#include "serve/http.h"
#include "serve/http_library.h"

/* Make a response with a body, to which it takes a reference of its own. NULL without memory. */
struct MHD_Response *reply_make(const struct http_library *http, const struct http_response *response);

/* Add the fields that keep a browser from keeping, framing, guessing or passing on what it gets. */
void reply_add_security(const struct http_library *http, struct MHD_Response *made);

#endif
