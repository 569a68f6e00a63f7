// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/options.h"

#define HELP_COLUMN 24 /* where the explanations begin */
#define HELP_WIDTH 80
#define DISTANCE_MAX 32

/* Bytes of the next line of a text, which is broken at spaces and at newlines, and goes on after *next. */
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

/* An explanation, folded; `used`: columns already taken on the first line. */
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

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Letters to insert, delete, replace or swap with their neighbour to make one word the other. */
static int edit_distance(const char *a, const char *b)
{
	int row[3][DISTANCE_MAX + 1];
	int length_a = strnlen(a, DISTANCE_MAX), length_b = strnlen(b, DISTANCE_MAX);

	for (int j = 0; j <= length_b; j++)
		row[0][j] = j;
	for (int i = 1; i <= length_a; i++) {
		int *before = row[(i + 1) % 3], *above = row[(i - 1) % 3], *now = row[i % 3];

		now[0] = i;
		for (int j = 1; j <= length_b; j++) {
			now[j] = least(least(above[j], now[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[length_a % 3][length_b];
}

void suggestion_begin(struct suggestion *suggestion, const char *word)
{
	*suggestion = (struct suggestion){ .word = word, .distance = 1 + (int)strnlen(word, DISTANCE_MAX) / 3 };
}

void suggestion_try(struct suggestion *suggestion, const char *name)
{
	int distance = edit_distance(suggestion->word, name);
	size_t length = strlen(suggestion->word);

	if (length >= 3 && !strncmp(name, suggestion->word, length))
		distance = least(distance, 1);
	if (distance < suggestion->distance || (distance == suggestion->distance && !suggestion->best)) {
		suggestion->best = name;
		suggestion->distance = distance;
	}
}
