/* SPDX-License-Identifier: GPL-2.0-only */
/* Text as characters of UTF-8, and the columns they take on a terminal. Text may hold any bytes. */
#ifndef SYNSCOPE_BASE_UNICODE_H
#define SYNSCOPE_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define CHARACTER_INVALID 0xffffffffU

/* A byte outside of well-formed UTF-8 counts as a character with the code CHARACTER_INVALID. */
struct character {
	__u32 code;
	int bytes;
};

/* The first character of a text that is not empty. */
struct character character_at(const char *text, size_t bytes);

/*
 * Is the character visible, and without effect on others? False for characters that a terminal obeys or that nobody
 * sees: controls (C0, DEL, C1), line and paragraph separators, changes of the direction of text, what Unicode calls
 * default ignorable, noncharacters, CHARACTER_INVALID.
 */
bool character_is_harmless(__u32 code);

/* Columns that a text takes on a terminal: 2 for a wide character, 0 for a combining one, 1 for a control. */
int text_columns(const char *text, int bytes);

/* The length in bytes of the longest beginning of a text that fits into `columns`. May be 0. */
int text_fit(const char *text, int bytes, int columns);

int text_characters(const char *text, int bytes);

/* Is UTF-8 the encoding of the locale (LC_CTYPE)? If not, print only ASCII. */
bool locale_is_utf8(void);

#endif
