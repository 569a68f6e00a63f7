// SPDX-License-Identifier: GPL-2.0-only
/* For LD_PRELOAD: the process stops, until SIGCONT, when it begins to read a directory that is named by STOPPING_AT. */
#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the names of libc are reserved ones */
DIR *opendir(const char *name)
{
	DIR *(*real_opendir)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
	const char *at = getenv("STOPPING_AT");

	if (at && !strcmp(at, name))
		raise(SIGSTOP);
	return real_opendir(name);
}
