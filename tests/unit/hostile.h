/* SPDX-License-Identifier: GPL-2.0-only */
/* Hostile names, and checks of output that contains them. */
#ifndef SYNSCOPE_TESTS_UNIT_HOSTILE_H
#define SYNSCOPE_TESTS_UNIT_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>

/* Each does harm in another way; ended by NULL. */
extern const char *const hostile_names[];

/*
 * Decode as many characters as there is room for, by iconv, and advance *text past them. Fails the test if they are not
 * well-formed UTF-8. Returns their number.
 */
size_t decode(const char **text, size_t *bytes, unsigned int *codes, size_t room);

/* Fails the test unless the text is well-formed UTF-8 (or, with `ascii`, ASCII) and every character is visible. */
void must_be_harmless(const char *text, size_t bytes, bool ascii);

/* The same for a whole output, which may have newlines and colours. */
void must_be_harmless_output(const char *text, bool ascii);

#endif
