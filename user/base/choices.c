// SPDX-License-Identifier: GPL-2.0-only
#include "base/choices.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

bool choices_find(const char *const *choices, const char *word, void *number)
{
	for (unsigned int i = 0; choices[i]; i++) {
		if (!strcmp(choices[i], word)) {
			memcpy(number, &i, sizeof(i));
			return true;
		}
	}
	return false;
}

void choices_describe(char *text, size_t size, const char *const *choices)
{
	size_t used = 0;

	for (int i = 0; choices[i] && used < size; i++) {
		const char *separator = i == 0 ? "" : choices[i + 1] ? ", " : " or ";

		used += snprintf(text + used, size - used, "%s%s", separator, choices[i]);
	}
}

void choices_hint(char *text, size_t size, const char *const *choices, const char *word)
{
	struct suggestion suggestion;

	suggestion_begin(&suggestion, word);
	for (int i = 0; choices[i]; i++)
		suggestion_try(&suggestion, choices[i]);
	*text = '\0';
	if (suggestion.best)
		snprintf(text, size, " (did you mean '%s'?)", suggestion.best);
}
