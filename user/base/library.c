// SPDX-License-Identifier: GPL-2.0-only
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "base/reason.h"

static int tell_missing(const struct library *library, int err)
{
	/* The loader tells why only as text, but leaves the errno of a system call that failed. */
	if (is_limit(err))
		message_error("cannot load %s for %s: %s", library->file, library->needed_by, reason_of(err).text);
	else
		message_error("cannot load %s, which %s needs; it is in the package %s: %s", library->file,
			      library->needed_by, library->package, dlerror());
	return err ? err : -ELIBACC;
}

int library_load(const struct library *library, void *functions)
{
	void *handle;

	errno = 0;
	handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return tell_missing(library, -errno);
	for (const struct library_function *function = library->functions; function->name; function++) {
		void *found = dlsym(handle, function->name);

		if (!found) {
			message_error("%s has no function %s, which %s needs: it is of another version", library->file,
				      function->name, library->needed_by);
			return -ELIBBAD;
		}
		memcpy((char *)functions + function->offset, &found, sizeof(found));
	}
	return 0;
}
