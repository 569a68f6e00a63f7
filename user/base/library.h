/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A shared library that only one command needs. It is loaded when that command begins, so that all others start as
 * quickly as if there were no such library, and work where it is not installed.
 */
#ifndef SYNSCOPE_BASE_LIBRARY_H
#define SYNSCOPE_BASE_LIBRARY_H

#include <stddef.h>

/* One of its functions, and where in a struct of pointers to functions it belongs. */
struct library_function {
	const char *name;
	size_t offset;
};

struct library {
	const char *file; /* its soname: "libcurl-gnutls.so.4" */
	const char *package; /* of Debian, for the message */
	const char *needed_by; /* "serving HTTP" */
	const struct library_function *functions; /* ends with a NULL name */
};

/*
 * Load the library, and store its functions in a struct of pointers. It stays loaded until the process ends. Returns 0
 * or a negative errno (logged).
 */
int library_load(const struct library *library, void *functions);

#endif
