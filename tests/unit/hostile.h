/* SPDX-License-Identifier: GPL-2.0-only */
/* Names chosen to do harm, and checks of output that contains them. */
#ifndef SYNSCOPE_TESTS_UNIT_HOSTILE_H
#define SYNSCOPE_TESTS_UNIT_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>

/* Each has another kind of harm; ended by NULL. */
extern const char *const hostile_names[];

/* As many characters as there is room for, as iconv reads them; moves the text behind them. Fails the test if they are
 * not well-formed UTF-8. Returns how many. */
size_t decode(const char **text, size_t *bytes, unsigned int *codes, size_t room);

/* Fails the test unless the text is well-formed UTF-8 (or `ascii`), and every character is visible. */
void must_be_harmless(const char *text, size_t bytes, bool ascii);

/* The same of a whole output, which may have newlines and colours. */
void must_be_harmless_output(const char *text, bool ascii);

#endif
