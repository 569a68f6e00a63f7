// SPDX-License-Identifier: GPL-2.0-only
#include "cli/filtered.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/message.h"
#include "instance/open.h"

/* Does the filter begin with a word that it does not know, and that names an interface instead? */
static bool begins_with_interface(const struct arguments *given)
{
	struct filter_error error;
	struct filter filter;
	const char *first = given->count ? given->value[0] : "";
	int err = *first ? filter_parse_text(first, NULL, &filter, &error) : 0;

	if (*first && !err)
		filter_free(&filter);
	return err == -EINVAL && error.column == 1 && (if_nametoindex(first) || instances_have_interface(first));
}

/* interface NAME and ( WORD... ) */
static void prefix(const char **words, int *count, const char *interface, const struct arguments *rest)
{
	words[(*count)++] = "interface";
	words[(*count)++] = interface;
	if (!rest->count)
		return;
	words[(*count)++] = "and";
	words[(*count)++] = "(";
	for (int i = 0; i < rest->count; i++)
		words[(*count)++] = rest->value[i];
	words[(*count)++] = ")";
}

int filtered_words(const struct arguments *given, const char *interface, struct arguments *words)
{
	struct arguments rest = *given;

	*words = (struct arguments){ .value = array_new(given->count + 6, sizeof(*words->value), "the filter") };
	if (!words->value)
		return -ENOMEM;
	if (!interface && begins_with_interface(given)) {
		interface = given->value[0];
		rest.value++;
		rest.count--;
		if (rest.count > 1 && !strcasecmp(rest.value[0], "and")) {
			rest.value++;
			rest.count--;
		}
	}
	if (interface) {
		prefix(words->value, &words->count, interface, &rest);
		return 0;
	}
	memcpy(words->value, given->value, given->count * sizeof(*given->value));
	words->count = given->count;
	return 0;
}

int filtered_run(const struct command *self, int argc, char **argv, void *options, const char **interface,
		 struct filter *filter, int (*run)(const void *options))
{
	struct arguments arguments, words;
	int status;

	if (!options_parse(self, argc, argv, options, &arguments, &status))
		return status;
	status = filtered_words(&arguments, *interface, &words);
	if (status)
		return status;
	status = filter_parse(words.value, words.count, filter);
	free(words.value);
	if (status)
		return status;
	status = run(options);
	filter_free(filter);
	return status;
}

bool filtered_without_processes(const struct filter *filter, const char *command, const char *why)
{
	if (!filter_needs_processes(filter))
		return true;
	message_usage(command, FILTER_OF_PROCESSES ", %s", why);
	return false;
}
