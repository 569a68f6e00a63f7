// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/options_help.h"

#define HELP_COLUMN 24 /* where the explanations begin */
#define HELP_WIDTH 80

/*
 * The length of the next line of a text, which is broken at spaces and at newlines; *next becomes the length including
 * the break.
 */
static size_t next_line(const char *text, size_t columns, const char **next)
{
	size_t length = strcspn(text, "\n");

	if (length > columns) {
		length = columns;
		while (length && text[length] != ' ')
			length--;
		if (!length)
			length = strcspn(text, " \n");
	}
	*next = text + length + (text[length] != '\0');
	return length;
}

/* Print an explanation, folded. `used`: columns already taken on the first line. */
static void print_explanation(struct buffer *out, int used, const char *help)
{
	if (used >= HELP_COLUMN) {
		buffer_char(out, '\n');
		used = 0;
	}
	while (*help) {
		const char *next;
		size_t length = next_line(help, HELP_WIDTH - HELP_COLUMN, &next);

		buffer_spaces(out, HELP_COLUMN - used);
		buffer_bytes(out, help, length);
		buffer_char(out, '\n');
		help = next;
		used = 0;
	}
}

static void print_option(struct buffer *out, const struct option *option)
{
	char text[128];
	char letter[8] = "    ";
	int used;

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	used = snprintf(text, sizeof(text), "  %s--%s%s%s", letter, option->name, option->argument ? " " : "",
			option->argument ? option->argument : "");
	buffer_text(out, text);
	print_explanation(out, used, option->help);
}

void options_help(const struct command *command, struct buffer *out)
{
	static const struct option help = { .name = "help", .letter = 'h', .help = "print this" };

	const char *text = command->description;

	buffer_printf(out, "Usage: synscope %s [OPTION]...%s%s\n\n", command->name, *command->arguments ? " " : "",
		      command->arguments);
	while (*text) {
		const char *next;
		size_t length = next_line(text, HELP_WIDTH, &next);

		buffer_bytes(out, text, length);
		buffer_char(out, '\n');
		text = next;
	}
	buffer_text(out, "\nOptions:\n");
	for (const struct option_group *group = command->groups; group->options; group++)
		for (const struct option *option = group->options; option->name; option++)
			print_option(out, option);
	print_option(out, &help);
	buffer_printf(out, "\nExample:\n%s\n", command->example);
}
