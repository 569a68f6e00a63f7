// SPDX-License-Identifier: GPL-2.0-only
/* Prints every text of the helps of commands as a template of translations, as xgettext prints those in the sources. */
#include <stdio.h>

#include "cli/commands.h"

static void put(const char *text)
{
	printf("msgid \"");
	for (; *text; text++) {
		if (*text == '\n') {
			printf("\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	printf("\"\nmsgstr \"\"\n\n");
}

int main(void)
{
	for (const struct command *const *command = commands; *command; command++) {
		put((*command)->description);
		for (const struct option_group *group = (*command)->groups; group->options; group++)
			for (const struct option *option = group->options; option->name; option++)
				put(option->help);
	}
	put(schema_option.help);
	return fflush(stdout) ? 1 : 0;
}
