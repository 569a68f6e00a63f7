/* SPDX-License-Identifier: GPL-2.0-only */
/* The sources of the manual pages, read by tests that run in the project's root. */
#ifndef SYNSCOPE_TESTS_UNIT_MANUAL_H
#define SYNSCOPE_TESTS_UNIT_MANUAL_H

#include <stdbool.h>

#define WORD_BYTES 64

/* A part of a page. */
struct part {
	const char *at, *end;
};

/* The page, as a string that the caller frees. */
char *manual_read(const char *path);

/* The text between this heading and the next one, which there must be. */
struct part manual_section(const char *page, const char *heading);

/* Take the next line of a part. False: there is none. */
bool part_line(struct part *rest, struct part *line);

/* Take the next *word* of a part that is no reference to another page. False: there is none. */
bool part_bold(struct part *rest, char word[WORD_BYTES]);

/* Is it a line that names something, of which what follows tells? */
bool part_is_term(const struct part *line);

/* The line of a section that names this, and the text below it. False: there is none. */
bool manual_entry(struct part within, const char *name, struct part *term, struct part *meaning);

#endif
