/* SPDX-License-Identifier: GPL-2.0-only */
/* A value that is one of a few words, and what to say if it is another one. A list of words ends with NULL. */
#ifndef SYNSCOPE_BASE_CHOICES_H
#define SYNSCOPE_BASE_CHOICES_H

#include <stdbool.h>
#include <stddef.h>

#define NUMBER_EXPECTED "a whole number from %llu to %llu" /* of a value that is a number */

/* Store the number of the word, an unsigned int or an enum, in `*number`. False: it is none of them. */
bool choices_find(const char *const *choices, const char *word, void *number);

/* Write "auto, native, generic or tc", cut off at `size`. */
void choices_describe(char *text, size_t size, const char *const *choices);

/* Write " (did you mean 'generic'?)", cut off at `size`, or nothing if no word is similar. */
void choices_hint(char *text, size_t size, const char *const *choices, const char *word);

#endif
