/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands and their options as tables, from which parsing and help are made. */
#ifndef SYNSCOPE_CLI_OPTIONS_H
#define SYNSCOPE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define ARGUMENTS_ANY (1 << 30) /* as a command's most_arguments */
#define OPTION_GROUPS_MAX 6

struct buffer;

/* One option. A table of them ends with a zeroed one. */
struct option {
	const char *name; /* without dashes */
	char letter; /* short form, or 0 */
	const char *argument; /* placeholder in the help; NULL: takes none */
	const char *help; /* may have several lines */
	/* Store `value` in the field; false: it is not what was expected. */
	bool (*set)(const struct option *option, const char *value, void *field);
	size_t offset; /* of the field in the struct that the group's offset leads to */
	const char *expected; /* of a value, for messages; not needed for choices and numbers */
	const char *const *choices; /* option_set_choice: the values, ended by NULL */
	const char *const *keys; /* of a value KEY=…, ended by NULL; for completion, as is the next */
	const char *completes; /* to what there is of: "instances", "namespaces"; see tools/completion/engine.sh */
	__u64 least, most; /* option_set_number */
};

/* Its entry for the instance that a command is about, `.name` of a struct options; `text` is the help. */
#define OPTION_INSTANCE(text)                                                                            \
	{                                                                                                \
		.name = "name", .letter = 'n', .argument = "NAME", .help = text, .set = option_set_text, \
		.expected = "the name of an instance", .completes = "instances",                         \
		.offset = offsetof(struct options, name)                                                 \
	}

/* Setters; the comment gives the type of the field. */
bool option_set_flag(const struct option *option, const char *value, void *field); /* bool */
bool option_set_text(const struct option *option, const char *value, void *field); /* const char *, of argv */
bool option_set_choice(const struct option *option, const char *value,
		       void *field); /* unsigned int or an enum: index */
bool option_set_number(const struct option *option, const char *value, void *field); /* __u32 */

struct option_group {
	const struct option *options;
	size_t offset; /* in the command's struct of options */
};

/* What is neither an option nor its value, in order. */
struct arguments {
	const char **value; /* in argv, which options_parse() takes apart */
	int count;
};

struct command {
	const char *name;
	const char *arguments; /* for the usage line, "" if it takes none */
	const char *argument_expected; /* what is missing when there are too few, or an empty word; NULL: takes none */
	const char *argument_completes; /* as of an option; several with ; between */
	int least_arguments, most_arguments;
	const char *summary; /* one line, for the list of commands */
	const char *description;
	const char *example;
	struct option_group groups[OPTION_GROUPS_MAX + 1]; /* ends with a zeroed one */
	/* argv[0] is the first word after the command. Returns EXIT_USAGE (logged), 0, or a negative errno (logged). */
	int (*run)(const struct command *self, int argc, char **argv);
};

/*
 * Fill the command's struct of options, which holds the defaults, and its arguments. Options may stand anywhere
 * before `--`. False: the command is not to run and returns `status`, because help was printed or there is a mistake
 * (logged).
 */
bool options_parse(const struct command *command, int argc, char **argv, void *options, struct arguments *arguments,
		   int *status);

/* Usage, options and an example. */
void options_help(const struct command *command, struct buffer *out);

#endif
