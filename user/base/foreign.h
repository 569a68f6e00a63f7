/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text of others on its way to an output: names of interfaces, instances, processes, cgroups, files and services, words
 * of the command line, messages of the kernel and of drivers. It may hold any bytes, chosen to attack a terminal, a
 * reader of JSON or a spreadsheet. put_foreign() is the one place that makes it harmless. Messages, cells of tables,
 * values of records and so on call it, so that code which fills them in need not.
 */
#ifndef SYNSCOPE_BASE_FOREIGN_H
#define SYNSCOPE_BASE_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What does not stand for itself (character_is_harmless), and where only ASCII is understood all else, is written
 * - for people and in CSV as bash writes it between $' and ': \x1b for a control of ASCII and for a byte that is not
 *   UTF-8, \u009b or \U000e0001 for a character; µ as u where only ASCII is understood;
 * - in JSON as \u001b; a byte that is not UTF-8 as \ufffd.
 * So every output is well-formed UTF-8, without controls, on one line, and the same if it is put through again (but for
 * quotes). JSON tells of all but invalid bytes what the text was.
 */
enum foreign_form {
	FOREIGN_TEXT, /* for people */
	FOREIGN_JSON, /* within the quotes of a string */
	FOREIGN_CSV, /* within quotes, or without if it holds neither quote nor comma */
};

#define FOREIGN_SIZE 12 /* bytes that one byte may become */

/* Write as many whole characters of the text as there is room for before `end`. Returns the end of what was written. */
char *put_foreign(char *p, char *end, const char *text, size_t bytes, enum foreign_form form, bool ascii);

/* Does every form leave the text as it is? */
bool foreign_is_harmless(const char *text, size_t bytes);

/* Text in the form FOREIGN_TEXT, so that it can be measured and cut. A text that is too long ends early. */
struct foreign_text {
	char text[1024]; /* ends with NUL */
	int bytes, columns;
};

struct foreign_text foreign_text(const char *text, size_t bytes, bool ascii);

#endif
