// SPDX-License-Identifier: GPL-2.0-only
/* A filter as the words of a command line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/message.h"
#include "filter/filter.h"

static char *join(const char **words, int count)
{
	size_t bytes = 1;
	char *text, *p;

	for (int i = 0; i < count; i++)
		bytes += strlen(words[i]) + 1;
	p = text = array_new(1, bytes, "the filter");
	for (int i = 0; text && i < count; i++)
		p = stpcpy(stpcpy(p, i ? " " : ""), words[i]);
	if (text)
		*p = '\0';
	return text;
}

int filter_parse_named(const char **words, int count, struct filter_names *names, struct filter *filter)
{
	char *text = join(words, count);
	struct filter_error error;
	int err = -ENOMEM;

	*filter = (struct filter){ 0 };
	if (text)
		err = filter_parse_text(text, names, filter, &error);
	if (text && err == -ENOMEM)
		message_error("no room for the filter: %s", error.text);
	else if (err == -EINVAL)
		message_at("filter", error.text, text, error.column);
	free(text);
	return err == -EINVAL ? EXIT_USAGE : err;
}

int filter_parse(const char **words, int count, struct filter *filter)
{
	struct filter_names names = { .look_up = true };

	return filter_parse_named(words, count, &names, filter);
}
