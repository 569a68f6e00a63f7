/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the sources of the manual pages, for tests that run in the project's root directory. */
#ifndef SYNSCOPE_TESTS_UNIT_MANUAL_H
#define SYNSCOPE_TESTS_UNIT_MANUAL_H

#include <stdbool.h>

#define WORD_BYTES 64

/* A part of a page. */
struct part {
	const char *at, *end;
};

/* Returns the page as a string that the caller frees. */
char *manual_read(const char *path);

/* The text between this heading and the next one. The test fails if there is none. */
struct part manual_section(const char *page, const char *heading);

/* Take the next line of a part. Returns false at the end. */
bool part_line(struct part *rest, struct part *line);

/* Take the next *word* of a part that is not a reference to another page. Returns false at the end. */
bool part_bold(struct part *rest, char word[WORD_BYTES]);

/* Is the line a term, which the text below it describes? */
bool part_is_term(const struct part *line);

/* Find the term of a section that names `word`, and the text below it. Returns false if there is none. */
bool manual_entry(struct part within, const char *name, struct part *term, struct part *meaning);

#endif
