// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options_help.h"

#include <stdio.h>

#include "base/buffer.h"
#include "base/translate.h"
#include "base/wrap.h"

#define HELP_COLUMN 24 /* where explanations begin */

/* Print an explanation, folded. `used`: columns already taken on the first line. */
static void print_explanation(struct buffer *out, int used, const char *help)
{
	struct wrap wrap = { .out = out, .width = HELP_WIDTH, .indent = HELP_COLUMN, .used = HELP_COLUMN };

	if (used >= HELP_COLUMN) {
		buffer_char(out, '\n');
		used = 0;
	}
	buffer_spaces(out, HELP_COLUMN - used);
	wrap_text(&wrap, help);
	buffer_char(out, '\n');
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
	print_explanation(out, used, _(option->help));
}

void options_help(const struct command *command, struct buffer *out)
{
	static const struct option help = { .name = "help", .letter = 'h', .help = N_("print this help") };
	struct wrap wrap = { .out = out, .width = HELP_WIDTH };

	buffer_printf(out, "%s synscope %s [OPTION]...%s%s\n\n", _("Usage:"), command->name,
		      *command->arguments ? " " : "", command->arguments);
	wrap_text(&wrap, _(command->description));
	buffer_printf(out, "\n\n%s\n", _("Options:"));
	for (const struct option_group *group = command->groups; group->options; group++)
		for (const struct option *option = group->options; option->name; option++)
			print_option(out, option);
	if (command->schema)
		print_option(out, &schema_option);
	print_option(out, &help);
	buffer_printf(out, "\n%s\n%s\n", _("Example:"), command->example);
}
