/* SPDX-License-Identifier: GPL-2.0-only */
/* Text as characters of UTF-8, and the columns they take on a terminal. Text may hold any bytes. */
#ifndef SYNSCOPE_BASE_UNICODE_H
#define SYNSCOPE_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define CHARACTER_INVALID 0xffffffffU

/* A byte that is no part of a character of well-formed UTF-8 is one by itself, with that as its code. */
struct character {
	__u32 code;
	int bytes;
};

/* The first character of a text that is not empty. */
struct character character_at(const char *text, size_t bytes);

/*
 * Is it seen, and does it only stand for itself? False for what a terminal obeys or what nobody sees: controls (C0,
 * DEL, C1), line and paragraph separators, what changes the direction of text, what Unicode calls default ignorable,
 * noncharacters, CHARACTER_INVALID.
 */
bool character_is_harmless(__u32 code);

/* Columns that text takes on a terminal: 2 of a wide character, 0 of a combining one. A control counts as 1. */
int text_columns(const char *text, int bytes);

/* Bytes of as many characters of a text, from its beginning, as have room in so many columns. May be 0. */
int text_fit(const char *text, int bytes, int columns);

int text_characters(const char *text, int bytes);

/* Is UTF-8 the encoding of the locale (LC_CTYPE)? Otherwise only ASCII is understood. */
bool locale_is_utf8(void);

#endif
