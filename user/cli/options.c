// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options.h"
#include "cli/options_help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/choices.h"
#include "base/message.h"
#include "base/text.h"
#include "base/suggest.h"
#include "format/schema.h"

/* The command line while it is read. */
struct option_parser {
	const struct command *command;
	char **argv;
	int argc, next;
	char *options; /* the command's struct */
	struct arguments *arguments;
	bool schema; /* is asked for */
	int status; /* exit status, if the command does not run */
};

const struct option schema_option = {
	.name = "schema",
	.help = "print the JSON Schema of what this prints as JSON, with the other options, and do nothing else",
};

static const struct option help_option = { .name = "help", .letter = 'h' };

bool option_set_flag(const struct option *option, const char *value, void *field)
{
	(void)option;
	(void)value;
	*(bool *)field = true;
	return true;
}

bool option_set_text(const struct option *option, const char *value, void *field)
{
	(void)option;
	if (!*value)
		return false;
	*(const char **)field = value;
	return true;
}

bool option_set_choice(const struct option *option, const char *value, void *field)
{
	return choices_find(option->choices, value, field);
}

bool option_set_number(const struct option *option, const char *value, void *field)
{
	__u64 number;

	if (!parse_number(value, option->most, &number) || number < option->least)
		return false;
	*(__u32 *)field = number;
	return true;
}

bool option_set_amount(const struct option *option, const char *value, void *field)
{
	static const char units[] = "kmg";
	char digits[16];
	size_t length = strlen(value);
	const char *unit = length ? strchr(units, tolower((unsigned char)value[length - 1])) : NULL;
	__u64 number;

	length -= !!unit;
	if (length >= sizeof(digits))
		return false;
	memcpy(digits, value, length);
	digits[length] = '\0';
	if (!parse_number(digits, option->most, &number))
		return false;
	for (; unit && unit >= units; unit--)
		number *= 1000;
	if (number < option->least || number > option->most)
		return false;
	*(__u32 *)field = number;
	return true;
}

static void describe_expected(char *text, size_t size, const struct option *option)
{
	if (option->choices)
		choices_describe(text, size, option->choices);
	else if (option->most)
		snprintf(text, size, NUMBER_EXPECTED, option->least, option->most);
	else
		snprintf(text, size, "%s", option->expected ? option->expected : option->argument);
}

/* A mistake on the command line, printed by message_usage(). */
static bool refuse(struct option_parser *parser)
{
	parser->status = EXIT_USAGE;
	return false;
}

static bool bad_value(struct option_parser *parser, const struct option *option, const char *value)
{
	char expected[512], hint[64] = "";

	describe_expected(expected, sizeof(expected), option);
	if (option->choices)
		choices_hint(hint, sizeof(hint), option->choices, value);
	message_usage(parser->command->name, "--%s '%s': expected %s%s", option->name, value, expected, hint);
	return refuse(parser);
}

/* Options that other programs have, and what to use here instead. */
static const struct {
	const char *command, *name, *instead;
} others[] = {
	{ "list", "watch",
	  "'synscope top' shows the flows again and again, 'synscope watch' prints what happens to them" },
	{ "stats", "watch", "'--interval 1' prints the figures every second" },
	{ "status", "watch", "'synscope top' shows rates and counts again and again" },
	{ "watch", "rtt", "'--samples' prints a line for each round trip" },
	{ "watch", "interval", "'synscope watch' prints each event at once, and needs no interval" },
};

static bool unknown_option(struct option_parser *parser, const char *word)
{
	const char *name = word + strspn(word, "-");
	struct suggestion suggestion;
	char misspelt[32];

	snprintf(misspelt, sizeof(misspelt), "%.*s", (int)strcspn(name, "="), name);
	suggestion_begin(&suggestion, misspelt);
	for (const struct option_group *group = parser->command->groups; group->options; group++)
		for (const struct option *option = group->options; option->name; option++)
			suggestion_try(&suggestion, option->name);
	suggestion_try(&suggestion, help_option.name);
	if (parser->command->schema)
		suggestion_try(&suggestion, schema_option.name);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(others[i].command, parser->command->name) || strcmp(others[i].name, misspelt))
			continue;
		message_usage(parser->command->name, "unknown option '%s': %s", word, others[i].instead);
		return refuse(parser);
	}
	if (suggestion.best)
		message_usage(parser->command->name, "unknown option '%s' (did you mean '--%s'?)", word,
			      suggestion.best);
	else
		message_usage(parser->command->name, "unknown option '%s'", word);
	return refuse(parser);
}

/* Set the option from `value`, or from the next word if `value` is NULL. */
static bool set_option(struct option_parser *parser, const struct option *option, size_t base, const char *value)
{
	if (!option->argument && value) {
		message_usage(parser->command->name, "--%s takes no value", option->name);
		return refuse(parser);
	}
	if (option->argument && !value) {
		if (parser->next == parser->argc) {
			char expected[512];

			describe_expected(expected, sizeof(expected), option);
			message_usage(parser->command->name, "--%s needs a value: expected %s", option->name, expected);
			return refuse(parser);
		}
		value = parser->argv[parser->next++];
	}
	if (!option->set(option, value, parser->options + base + option->offset))
		return bad_value(parser, option, value);
	return true;
}

static bool print_help(struct option_parser *parser)
{
	struct buffer out;

	parser->status = buffer_init(&out, STDOUT_FILENO);
	if (parser->status)
		return false;
	options_help(parser->command, &out);
	parser->status = buffer_finish(&out);
	return false;
}

static void print_schema(struct option_parser *parser)
{
	struct schema_choice choice = parser->command->schema(parser->options);
	struct buffer out;

	if (choice.format == OUTPUT_CSV) {
		message_usage(
			parser->command->name,
			"--schema is of json and jsonl; csv has the same values in columns, see synscope-json(7)");
		refuse(parser);
		return;
	}
	parser->status = buffer_init(&out, STDOUT_FILENO);
	if (parser->status)
		return;
	schema_put(&out, parser->command->name, &choice);
	parser->status = buffer_finish(&out);
}

/* `--name`, `--name=value` */
static bool long_option(struct option_parser *parser, const char *word)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] ? name + length + 1 : NULL;

	if (!strcmp(name, help_option.name))
		return print_help(parser);
	if (parser->command->schema && !strcmp(name, schema_option.name)) {
		parser->schema = true;
		return true;
	}
	for (const struct option_group *group = parser->command->groups; group->options; group++)
		for (const struct option *option = group->options; option->name; option++)
			if (!strncmp(option->name, name, length) && !option->name[length])
				return set_option(parser, option, group->offset, value);
	return unknown_option(parser, word);
}

/* The option of a letter, NULL if there is none, and the offset of its group. */
static const struct option *find_letter(const struct command *command, char letter, size_t *base)
{
	for (const struct option_group *group = command->groups; group->options; group++)
		for (const struct option *option = group->options; option->name; option++)
			if (option->letter == letter) {
				*base = group->offset;
				return option;
			}
	return NULL;
}

/* `-o value`, `-ovalue`, and letters of options without a value together: `-arojson` */
static bool short_options(struct option_parser *parser, const char *word)
{
	for (const char *letter = word + 1; *letter; letter++) {
		size_t base;
		const struct option *option = find_letter(parser->command, *letter, &base);

		if (*letter == help_option.letter)
			return print_help(parser);
		if (!option)
			return unknown_option(parser, word);
		if (option->argument)
			return set_option(parser, option, base, letter[1] ? letter + 1 : NULL);
		if (!set_option(parser, option, base, NULL))
			return false;
	}
	return true;
}

static bool positional(struct option_parser *parser, const char *word)
{
	struct arguments *arguments = parser->arguments;

	if (parser->command->most_arguments && !word[strspn(word, " \t\n")]) {
		message_usage(parser->command->name, "expected %s, not an empty word",
			      parser->command->argument_expected);
		return refuse(parser);
	}
	if (arguments->count >= parser->command->most_arguments) {
		if (parser->command->most_arguments)
			message_usage(parser->command->name, "unexpected word '%s': this command takes at most %d",
				      word, parser->command->most_arguments);
		else
			message_usage(parser->command->name, "unexpected word '%s': this command takes no arguments",
				      word);
		return refuse(parser);
	}
	arguments->value[arguments->count++] = word;
	return true;
}

bool options_parse(const struct command *command, int argc, char **argv, void *options, struct arguments *arguments,
		   int *status)
{
	struct option_parser parser = {
		.command = command, .argv = argv, .argc = argc, .options = options, .arguments = arguments
	};
	bool go = true, only_arguments = false;

	*arguments =
		(struct arguments){ .value = (const char **)argv }; /* never ahead of the word that is being read */
	while (go && parser.next < argc) {
		const char *word = argv[parser.next++];

		if (only_arguments || word[0] != '-' || !word[1] || isdigit((unsigned char)word[1]))
			go = positional(&parser, word);
		else if (!strcmp(word, "--"))
			only_arguments = true;
		else if (word[1] == '-')
			go = long_option(&parser, word);
		else
			go = short_options(&parser, word);
	}
	if (go && parser.schema) {
		print_schema(&parser);
		go = false;
	}
	if (go && arguments->count < command->least_arguments) {
		message_usage(command->name, "expected %s", command->argument_expected);
		go = refuse(&parser);
	}
	*status = parser.status;
	return go;
}
