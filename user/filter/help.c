// SPDX-License-Identifier: GPL-2.0-only
#include "filter/internal.h"
#include "base/wrap.h"

#define NAME_COLUMN 26 /* where the meaning of fields begins */

static bool has_mark(const struct filter_field *field)
{
	return field->sides != SIDES_FLOW;
}

/* Print a field with its other names and its meaning. */
static void put_field(struct buffer *out, const struct filter_field *field)
{
	struct wrap line = { .out = out, .width = HELP_WIDTH, .indent = NAME_COLUMN };
	const struct filter_field *same = field + 1;
	const char *word;

	buffer_text(out, has_mark(field) ? " *" : "  ");
	buffer_text(out, field->name);
	line.used = 2 + (int)strlen(field->name);
	for (; same->name && !same->help && same->id == field->id; same++) {
		buffer_printf(out, ", %s", same->name);
		line.used += 2 + (int)strlen(same->name);
	}
	buffer_spaces(out, line.used < NAME_COLUMN ? NAME_COLUMN - line.used : 1);
	line.used = NAME_COLUMN;
	wrap_text(&line, field->help);
	if (field->kind == KIND_WORD) {
		buffer_char(out, ':');
		line.used++;
		for (int i = 0; (word = filter_word(field->id, i)); i++)
			wrap_text(&line, word);
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
