// SPDX-License-Identifier: GPL-2.0-only
#include "serve/http_library.h"

#include "base/library.h"

#define FUNCTION(name) { #name, offsetof(struct http_library, name) },

int http_library_load(struct http_library *http)
{
	static const struct library_function functions[] = { HTTP_LIBRARY_FUNCTIONS(FUNCTION){ 0 } };
	static const struct library library = {
		.file = "libmicrohttpd.so.12",
		.package = "libmicrohttpd12 or libmicrohttpd12t64",
		.needed_by = "serving HTTP",
		.functions = functions,
	};

	return library_load(&library, http);
}
