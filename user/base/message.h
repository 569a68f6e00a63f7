/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program tells the user, on stderr, a line each. Data goes to stdout, through struct buffer.
 *
 * A failure is logged once, by the function that knows what was being done, to what, and what the user can do; it
 * returns a negative errno, and its callers only pass that up.
 */
#ifndef SYNSCOPE_BASE_MESSAGE_H
#define SYNSCOPE_BASE_MESSAGE_H

/* Exit statuses. */
#define EXIT_DONE 0
#define EXIT_FAILED 1
#define EXIT_USAGE 2

/* Each takes a printf format without the newline. What it says is made harmless, whoever's the arguments are. */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A command line that cannot be obeyed; ends with where help is. `command`: its name, or NULL for the program's own. */
void message_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A mistake in a text of the user's, and a mark under its place there, all in one; ends with where help is. `what`: the
 * name of the text's language, for `synscope help`. `column`: from 1, in characters.
 */
void message_place(const char *what, const char *mistake, const char *text, unsigned int column);

#endif
