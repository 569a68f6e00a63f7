/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands and their options as tables, from which parsing and help are made. */
#ifndef SYNSCOPE_CLI_OPTIONS_H
#define SYNSCOPE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define ARGUMENTS_ANY (1 << 30) /* as a command's most_arguments */
#define OPTION_GROUPS_MAX 8

struct buffer;
struct schema_choice;

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
	const char *const *keys; /* keys of a value KEY=…, ended by NULL; for completion, like the next */
	const char *completes; /* what completes the value: "instances", "namespaces"; see tools/completion/engine.sh */
	__u64 least, most; /* option_set_number */
};

/* The option --name, which sets `.name` of a struct options; `text` is its help. */
#define OPTION_INSTANCE(text)                                                                            \
	{                                                                                                \
		.name = "name", .letter = 'n', .argument = "NAME", .help = text, .set = option_set_text, \
		.expected = "the name of an instance", .completes = "instances",                         \
		.offset = offsetof(struct options, name)                                                 \
	}

/* The option --interface, which sets `.interface` of a struct options; `text` is its help. */
#define OPTION_INTERFACE(text)                                                                                 \
	{                                                                                                      \
		.name = "interface", .letter = 'i', .argument = "IFACE", .help = text, .set = option_set_text, \
		.expected = "the name of an interface", .completes = "interfaces",                             \
		.offset = offsetof(struct options, interface)                                                  \
	}

/* The option --from, which sets `.from` of a struct options. */
#define OPTION_FROM                                                                                               \
	{                                                                                                         \
		.name = "from", .argument = "FILE",                                                               \
		.help = "the flows of a capture, instead of those of an instance: a pcap or pcapng file, a "      \
			"directory of them, or - for stdin; or of a history that 'export sqlite:FILE' wrote",     \
		.set = option_set_text, .expected = "a capture, a history, or - for stdin", .completes = "files", \
		.offset = offsetof(struct options, from)                                                          \
	}

/* The option --schema, of the commands that have a schema. It is in no table, because it is no part of what they do. */
extern const struct option schema_option;

/* Setters; the comment gives the type of the field. */
bool option_set_flag(const struct option *option, const char *value, void *field); /* bool */
bool option_set_text(const struct option *option, const char *value, void *field); /* const char *, of argv */
bool option_set_choice(const struct option *option, const char *value,
		       void *field); /* unsigned int or an enum: index */
bool option_set_number(const struct option *option, const char *value, void *field); /* __u32 */
bool option_set_amount(const struct option *option, const char *value,
		       void *field); /* __u32; k, M and G multiply by powers of 1000 */

struct option_group {
	const struct option *options;
	size_t offset; /* in the command's struct of options */
};

/* The words that are neither options nor their values, in order. */
struct arguments {
	const char **value; /* points into argv */
	int count;
};

struct command {
	const char *name;
	const char *arguments; /* for the usage line, "" if it takes none */
	const char
		*argument_expected; /* description for messages if an argument is missing or empty; NULL: takes none */
	const char *argument_completes; /* as for an option; several are joined by ; */
	int least_arguments, most_arguments;
	const char *summary; /* one line, for the list of commands */
	const char *description;
	const char *example;
	struct option_group groups[OPTION_GROUPS_MAX + 1]; /* ends with a zeroed one */
	/* For --schema: what is printed in JSON with these options; NULL: nothing is. */
	struct schema_choice (*schema)(const void *options);
	/* argv[0] is the first word after the command. Returns EXIT_USAGE (logged), 0, or a negative errno (logged). */
	int (*run)(const struct command *self, int argc, char **argv);
};

/*
 * Parse the command line into the command's struct of options, which holds the defaults, and its arguments. Options may
 * stand anywhere before `--`. False: the command must return *status without running, because help was printed or there
 * is a mistake (logged).
 */
bool options_parse(const struct command *command, int argc, char **argv, void *options, struct arguments *arguments,
		   int *status);

#endif
