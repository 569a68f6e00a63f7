/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may ask for what: the checks that every request passes before anything is looked up for it. They keep out pages
 * of other sites (DNS rebinding, requests across origins) and clients without the token.
 */
#ifndef SYNSCOPE_SERVE_GATE_H
#define SYNSCOPE_SERVE_GATE_H

#include "serve/http.h"

#define TOKEN_MAX 512

struct gate {
	const char *const
		*hosts; /* names that Host may have, besides localhost and the address that was connected to */
	int host_count;
	char token[TOKEN_MAX + 1]; /* "": none is needed */
};

/* May the request be answered? False: *response says why not. `open`: the token is not needed. */
bool gate_passes(const struct gate *gate, const struct http_request *request, bool open,
		 struct http_response *response);

/*
 * Read the token from the first line of a file, which nobody but its owner, we or root, may read or write. Returns 0 or
 * a negative errno (logged).
 */
int gate_read_token(struct gate *gate, const char *file);

#endif
