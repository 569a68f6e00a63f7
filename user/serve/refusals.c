// SPDX-License-Identifier: GPL-2.0-only
#include "serve/refusals.h"

#include <stddef.h>

const char *const refusal_names[REFUSAL_COUNT] = {
	[REFUSAL_METHOD] = "method",   [REFUSAL_HOST] = "host",
	[REFUSAL_ORIGIN] = "origin",   [REFUSAL_TOKEN] = "token",
	[REFUSAL_HEADER] = "header",   [REFUSAL_QUERY] = "query",
	[REFUSAL_BUSY] = "busy",       [REFUSAL_CONNECTIONS] = "connections",
	[REFUSAL_STREAMS] = "streams", [REFUSAL_SLOW] = "slow",
};

void refusals_count(struct refusals *refusals, int status)
{
	static const struct {
		int status;
		enum refusal refusal;
	} of[] = {
		{ 400, REFUSAL_QUERY }, { 401, REFUSAL_TOKEN },	 { 403, REFUSAL_ORIGIN },
		{ 404, REFUSAL_QUERY }, { 405, REFUSAL_METHOD }, { 413, REFUSAL_METHOD },
		{ 421, REFUSAL_HOST },	{ 429, REFUSAL_BUSY },	 { 431, REFUSAL_HEADER },
	};

	refusals->requests++;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (of[i].status == status)
			refusals->count[of[i].refusal]++;
}
