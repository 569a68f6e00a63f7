// SPDX-License-Identifier: GPL-2.0-only
#include "serve/page.h"

#include <string.h>

/* One file of user/serve/page, compressed by gzip. */
struct page_file {
	const char *path;
	const unsigned char *zipped;
	size_t zipped_size;
};

#include "synscope_page.h" /* page_files[], made by tools/embed-page.sh */

static const char *type_of(const char *path)
{
	static const char *const types[][2] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".json", BODY_JSON },
		{ ".svg", "image/svg+xml" },
		{ ".txt", "text/plain; charset=utf-8" },
	};
	const char *end = strrchr(path, '.');

	for (size_t i = 0; end && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(end, types[i][0]))
			return types[i][1];
	return "application/octet-stream";
}

struct body *page_file(struct bodies *bodies, const char *path)
{
	const char *wanted = strcmp(path, "/") != 0 ? path : "/index.html";

	for (size_t i = 0; i < sizeof(page_files) / sizeof(page_files[0]); i++)
		if (!strcmp(page_files[i].path, wanted))
			return body_new_constant(bodies, type_of(wanted), page_files[i].zipped,
						 page_files[i].zipped_size);
	return NULL;
}
