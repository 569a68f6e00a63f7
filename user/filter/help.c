// SPDX-License-Identifier: GPL-2.0-only
#include "filter/internal.h"
#include "base/wrap.h"

#define NAME_COLUMN 26 /* where the descriptions of fields begin */

static bool has_mark(const struct filter_field *field)
{
	return field->sides != SIDES_FLOW;
}

/* Print a field, its aliases and its description. */
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
	buffer_text(out, "A FILTER chooses flows. All commands use the same language:\n\n"
			 "  synscope list state established and server port 443 and net 10.0.0.0/8\n"
			 "  synscope list --all failed and server port 443\n"
			 "  synscope watch 'latency > 100ms and not (client net fd00::/8 or port 22)'\n"
			 "  synscope flush state time_wait and idle '>' 30s\n\n"
			 "A test is FIELD VALUE, FIELD COMPARISON VALUE or the name of a property. Tests\n"
			 "are joined by and, or, not, ( ), also written && || !; 'not' binds closest, then\n"
			 "'and'. They must be joined: 'port 80 port 443' is an error. Quote the characters\n"
			 "that the shell interprets: ( ) < > ! & |. Case does not matter, and - is the\n"
			 "same as _. A name with such characters needs quotes of its own. After -- nothing\n"
			 "is parsed as an option. An empty filter matches every flow.\n\n"
			 "Comparisons: == (or =, or nothing), !=, and for numbers < <= > >=. A number may\n"
			 "be a range, LOW-HIGH, with == or !=. Numbers take k M G T (times 1000; for bytes\n"
			 "times 1024), times need a unit: ns us ms s min h d. A date is written as in the\n"
			 "output, from the left as far as it matters: 2026-11-26, 2026-11-26T03:00; a Z or\n"
			 "+01:00 may follow the time of day. -2h is two hours ago.\n\n"
			 "'client' or 'server' can precede a field marked *. Without them, a test holds if\n"
			 "it does for either end (!=: for both ends), and counts are sums of both ends. A\n"
			 "value that is unknown, such as the latency of a flow seen in part, matches no\n"
			 "comparison, not even !=: 'not latency > 1s' includes such flows, 'latency <= 1s'\n"
			 "does not.\n\n"
			 "As in tcpdump and ss: src is the client, dst the server, sport and dport are\n"
			 "their ports. A port may be written :443, and stand alone, as may a state, and\n"
			 "before them 'and' may be left out: 'port 443 established'. A port may be a\n"
			 "service: https. On the command line a host may be a name, which is looked up\n"
			 "once. Processes are looked up in list, top, run and watch alone.\n");
	put_group(out, "Names:", KIND_WORD, KIND_NAME);
	put_group(out, "Numbers:", KIND_NUMBER, KIND_BYTES);
	put_group(out, "Times:", KIND_TIME, KIND_WHEN);
	put_group(out, "Properties:", KIND_FLAG, KIND_FLAG);
}
