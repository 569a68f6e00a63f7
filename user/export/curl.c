// SPDX-License-Identifier: GPL-2.0-only
#include "export/curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/message.h"

#define LIBRARY "libcurl-gnutls.so.4"

#define FUNCTION(name)                                      \
	{                                                   \
		"curl_" #name, offsetof(struct curl, name), \
	}

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
	FUNCTION(global_init),	       FUNCTION(easy_init),	FUNCTION(easy_setopt),	  FUNCTION(easy_getinfo),
	FUNCTION(easy_strerror),       FUNCTION(easy_cleanup),	FUNCTION(multi_init),	  FUNCTION(multi_add_handle),
	FUNCTION(multi_remove_handle), FUNCTION(multi_perform), FUNCTION(multi_poll),	  FUNCTION(multi_info_read),
	FUNCTION(multi_cleanup),       FUNCTION(slist_append),	FUNCTION(slist_free_all),
};

/* Returns whether all were found. */
static int find_functions(struct curl *curl, void *library)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			return 0;
		memcpy((char *)curl + functions[i].offset, &function, sizeof(function));
	}
	return 1;
}

int curl_load(struct curl *curl)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (library && find_functions(curl, library) && !curl->global_init(CURL_GLOBAL_DEFAULT)) {
		dlclose(library);
		return 0;
	}
	message_error("cannot export over HTTP without " LIBRARY ": %s; install the package libcurl3-gnutls, or "
		      "libcurl3t64-gnutls",
		      library ? "it is too old" : dlerror());
	return -ENOENT;
}
