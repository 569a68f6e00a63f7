// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the tables of the commands, their options and the filter language as functions of the shell: the part of the
 * completion that changes with them. tools/completion/engine.sh is the other part.
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "filter/internal.h"

/* Prints a word and the first part of its help. */
static void put_line(const char *dashes, const char *word, const char *help)
{
	printf("%s%s\t%.*s\n", dashes, word, (int)strcspn(help, ";\n"), help);
}

static void put_commands(void)
{
	printf("commands() {\n\tcat <<\"END\"\n");
	for (const struct command *const *command = commands; *command; command++)
		put_line("", (*command)->name, (*command)->summary);
	printf("END\n}\n");
}

static void put_command_options(const struct command *command)
{
	printf("\t%s) cat <<\"END\" ;;\n", command->name);
	for (const struct option_group *group = command->groups; group->options; group++) {
		for (const struct option *option = group->options; option->name; option++) {
			const char letter[] = { option->letter, '\0' };

			put_line("--", option->name, option->help);
			if (option->letter)
				put_line("-", letter, option->help);
		}
	}
	if (command->schema)
		put_line("--", schema_option.name, schema_option.help);
	printf("END\n");
}

static void put_words(const char *const *word, const char *end)
{
	printf(" words");
	for (; *word; word++)
		printf(" %s%s", *word, end);
}

/* Prints the values that the option takes; nothing if it takes none. */
static void put_value(const struct command *command, const struct option *option)
{
	if (!option->argument)
		return;
	printf("\t\"%s --%s\"", command->name, option->name);
	if (option->letter)
		printf(" | \"%s -%c\"", command->name, option->letter);
	printf(")");
	if (option->choices)
		put_words(option->choices, "");
	else if (option->keys)
		put_words(option->keys, "=");
	else if (option->completes)
		printf(" %s", option->completes);
	printf(" ;;\n");
}

static void put_options(void)
{
	printf("options() { # COMMAND\n\tcase $1 in\n");
	for (const struct command *const *command = commands; *command; command++)
		put_command_options(*command);
	printf("\tesac\n}\nvalue() { # COMMAND OPTION; false: it takes none\n\tcase \"$1 $2\" in\n");
	for (const struct command *const *command = commands; *command; command++)
		for (const struct option_group *group = (*command)->groups; group->options; group++)
			for (const struct option *option = group->options; option->name; option++)
				put_value(*command, option);
	printf("\t*) return 1 ;;\n\tesac\n}\n");
}

static void put_arguments(void)
{
	printf("argument() { # COMMAND COUNT: of arguments before it\n\tcase $1 in\n");
	for (const struct command *const *command = commands; *command; command++)
		if ((*command)->most_arguments)
			printf("\t%s) [ \"$2\" -ge %d ] || { %s; } ;;\n", (*command)->name, (*command)->most_arguments,
			       (*command)->argument_completes);
	printf("\tesac\n}\n");
}

static void put_field_value(const struct filter_field *field)
{
	const char *word;

	printf("\t%s)", field->name);
	if (field->kind == KIND_WORD) {
		printf(" words");
		for (int i = 0; (word = filter_word(field->id, i)); i++)
			printf(" %s", word);
	} else if (field->id == FIELD_INTERFACE) {
		printf(" interfaces");
	} else if (field->id == FIELD_INSTANCE) {
		printf(" instances");
	}
	printf(" ;;\n");
}

static void put_filter(void)
{
	const char *help = "";

	printf("fields() { # those that `client` and `server` may stand before begin with a star\n\tcat <<\"END\"\n");
	for (const struct filter_field *field = filter_fields; field->name; field++) {
		help = field->help ? field->help : help;
		put_line(field->sides == SIDES_FLOW ? "" : "*", field->name, help);
	}
	printf("END\n}\nfield_value() { # FIELD; false: it is none, or takes no value\n\tcase $1 in\n");
	for (const struct filter_field *field = filter_fields; field->name; field++)
		if (field->kind != KIND_FLAG)
			put_field_value(field);
	printf("\t*) return 1 ;;\n\tesac\n}\n");
}

int main(void)
{
	put_commands();
	put_options();
	put_arguments();
	put_filter();
	return fflush(stdout) ? 1 : 0;
}
