/* SPDX-License-Identifier: GPL-2.0-only */
/* "Did you mean ...?" */
#ifndef SYNSCOPE_BASE_SUGGEST_H
#define SYNSCOPE_BASE_SUGGEST_H

/*
 * Finds the name that is most like a misspelt word. `best` is that name, a string of the caller; NULL if no name was
 * similar.
 */
struct suggestion {
	const char *word;
	const char *best;
	int distance;
};

/* Begin with the word; it must outlive the suggestion. */
void suggestion_begin(struct suggestion *suggestion, const char *word);

/* Take `name` into account; it must outlive the suggestion. */
void suggestion_try(struct suggestion *suggestion, const char *name);

#endif
