// SPDX-License-Identifier: GPL-2.0-only
#include "export/curl.h"

#include <errno.h>

#include "base/library.h"
#include "base/message.h"

#define FUNCTION(name)                                     \
	{                                                  \
		"curl_" #name, offsetof(struct curl, name) \
	}

int curl_load(struct curl *curl)
{
	static const struct library_function functions[] = {
		FUNCTION(global_init),	       FUNCTION(easy_init),
		FUNCTION(easy_setopt),	       FUNCTION(easy_getinfo),
		FUNCTION(easy_strerror),       FUNCTION(easy_cleanup),
		FUNCTION(multi_init),	       FUNCTION(multi_add_handle),
		FUNCTION(multi_remove_handle), FUNCTION(multi_perform),
		FUNCTION(multi_poll),	       FUNCTION(multi_info_read),
		FUNCTION(multi_cleanup),       FUNCTION(slist_append),
		FUNCTION(slist_free_all),      { 0 },
	};
	static const struct library library = {
		.file = "libcurl-gnutls.so.4",
		.package = "libcurl3-gnutls or libcurl3t64-gnutls",
		.needed_by = "exporting over HTTP",
		.functions = functions,
	};
	int err = library_load(&library, curl);

	if (err || !curl->global_init(CURL_GLOBAL_DEFAULT))
		return err;
	message_error("cannot export over HTTP: %s cannot be used", library.file);
	return -ENOTSUP;
}
