// SPDX-License-Identifier: GPL-2.0-only
#include "base/translate.h"

#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/unicode.h"

#define CATALOGUE "synscope"

/* The locale that the environment asks for, as setlocale(CATEGORY, "") sees it. */
static const char *wanted(const char *category)
{
	const char *const names[] = { "LC_ALL", category, "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

/*
 * A locale that is not installed leaves C, in which gettext translates nothing. But C.UTF-8 is always there, and has
 * the encoding; the language is asked for by LANGUAGE then.
 */
static void use_without_locale(void)
{
	const char *codeset = strchr(wanted("LC_CTYPE"), '.'), *language = wanted("LC_MESSAGES");

	if (!strcmp(setlocale(LC_CTYPE, NULL), "C") && codeset &&
	    (!strcasecmp(codeset, ".UTF-8") || !strcasecmp(codeset, ".utf8")))
		setlocale(LC_CTYPE, "C.UTF-8");
	if (!setlocale(LC_MESSAGES, "") && locale_is_utf8() && setlocale(LC_MESSAGES, "C.UTF-8"))
		setenv("LANGUAGE", language, 0);
}

/* The catalogues, seen from the program: in the directory of the build, and where `make install` puts them. */
static bool find_catalogues(char directory[PATH_MAX])
{
	static const char *const places[] = { "/locale", "/../share/locale" };
	ssize_t length = readlink("/proc/self/exe", directory, PATH_MAX - 32);
	char *name;

	if (length <= 0)
		return false;
	directory[length] = '\0';
	name = strrchr(directory, '/');
	for (size_t i = 0; name && i < sizeof(places) / sizeof(places[0]); i++) {
		strcpy(name, places[i]);
		if (!access(directory, R_OK))
			return true;
	}
	return false;
}

void translate_begin(void)
{
	char directory[PATH_MAX];

	use_without_locale();
	if (!locale_is_utf8() || !find_catalogues(directory))
		return;
	bindtextdomain(CATALOGUE, directory);
	bind_textdomain_codeset(CATALOGUE, "UTF-8");
	textdomain(CATALOGUE);
}
