// SPDX-License-Identifier: GPL-2.0-only
#include "filter/internal.h"

#define NAME_COLUMN 26 /* where the meaning of fields begins */
#define HELP_WIDTH 80

/* Words with a separator between, broken before the margin. */
struct line {
	struct buffer *out;
	int indent, used;
};

static void put_word(struct line *line, const char *word)
{
	int length = (int)strlen(word);

	if (line->used > line->indent && line->used + 1 + length > HELP_WIDTH) {
		buffer_char(line->out, '\n');
		buffer_spaces(line->out, line->indent);
		line->used = line->indent;
	}
	if (line->used > line->indent) {
		buffer_char(line->out, ' ');
		line->used++;
	}
	buffer_text(line->out, word);
	line->used += length;
}

static void put_text(struct line *line, const char *text)
{
	char word[HELP_WIDTH];

	while (*text) {
		size_t length = strcspn(text, " ");

		memcpy(word, text, length);
		word[length] = '\0';
		put_word(line, word);
		text += length + (text[length] == ' ');
	}
}

static void put_words(struct line *line, enum filter_field_id field)
{
	const char *word;

	for (int i = 0; (word = filter_word(field, i)); i++)
		put_word(line, word);
}

static bool has_mark(const struct filter_field *field)
{
	return field->sides != SIDES_FLOW;
}

/* Print a field with its other names and its meaning. */
static void put_field(struct buffer *out, const struct filter_field *field)
{
	struct line line = { .out = out, .indent = NAME_COLUMN };
	const struct filter_field *same = field + 1;

	buffer_text(out, has_mark(field) ? " *" : "  ");
	buffer_text(out, field->name);
	line.used = 2 + (int)strlen(field->name);
	for (; same->name && !same->help && same->id == field->id; same++) {
		buffer_printf(out, ", %s", same->name);
		line.used += 2 + (int)strlen(same->name);
	}
	buffer_spaces(out, line.used < NAME_COLUMN ? NAME_COLUMN - line.used : 1);
	line.used = NAME_COLUMN;
	put_text(&line, field->help);
	if (field->kind == KIND_WORD) {
		buffer_char(out, ':');
		line.used++;
		put_words(&line, field->id);
	}
	buffer_char(out, '\n');
}

static void put_group(struct buffer *out, const char *title, enum filter_kind first, enum filter_kind last)
{
	buffer_printf(out, "\n%s\n", title);
	for (const struct filter_field *field = filter_fields; field->name; field++)
		if (field->help && field->kind >= first && field->kind <= last)
			put_field(out, field);
}

void filter_help(struct buffer *out)
{
	buffer_text(out, "A FILTER chooses flows, in every command alike:\n\n"
			 "  synscope list state established and server port 443 and net 10.0.0.0/8\n"
			 "  synscope list --all failed and server port 443\n"
			 "  synscope watch 'latency > 100ms and not (client net fd00::/8 or port 22)'\n"
			 "  synscope flush state time_wait and idle '>' 30s\n\n"
			 "A test is FIELD VALUE, FIELD COMPARISON VALUE or the name of a property. Tests\n"
			 "are joined by and, or, not, ( ), also written && || !; 'not' binds closest, then\n"
			 "'and'. They must be joined: 'port 80 port 443' is a mistake. Quote what the\n"
			 "shell would take: ( ) < > ! & |. Case does not matter, and - is as good as _.\n"
			 "Names with odd characters go in quotes of their own. Behind -- no word is an\n"
			 "option. No filter at all is one that everything matches.\n\n"
			 "Comparisons: == (or =, or nothing), !=, and of numbers < <= > >=. A number may\n"
			 "be a range, LOW-HIGH, with == or !=. Numbers take k M G T (times 1000; of bytes\n"
			 "times 1024), times need a unit: ns us ms s min h d.\n\n"
			 "Fields marked * take 'client' or 'server' in front. Without it they hold when\n"
			 "either end does, != when both do, and counts are those of both ends together.\n"
			 "What is unknown, as the latency of a flow seen only in part, fits no comparison,\n"
			 "not even !=: 'not latency > 1s' includes such flows, 'latency <= 1s' does not.\n");
	put_group(out, "Names:", KIND_WORD, KIND_NAME);
	put_group(out, "Numbers:", KIND_NUMBER, KIND_BYTES);
	put_group(out, "Times:", KIND_TIME, KIND_TIME);
	put_group(out, "Properties:", KIND_FLAG, KIND_FLAG);
}
