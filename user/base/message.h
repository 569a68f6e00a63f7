/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages to the user, on stderr, one line each. Data goes to stdout, through struct buffer.
 *
 * A failure is logged once, by the function that knows what was being done, to what, and what the user can do. It
 * returns a negative errno, which its callers only pass on.
 */
#ifndef SYNSCOPE_BASE_MESSAGE_H
#define SYNSCOPE_BASE_MESSAGE_H

/* Exit statuses. */
#define EXIT_DONE 0
#define EXIT_FAILED 1
#define EXIT_USAGE 2

/* Each takes a printf format without the newline. The arguments may be text of others, see foreign.h. */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * An invalid command line; the message ends with the command that prints help. `command`: the name of the subcommand,
 * or NULL.
 */
void message_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A mistake in a text of the user, with the text and a mark under the mistake; the message ends with the command that
 * prints help. `what`: the topic for `synscope help`. `column`: from 1, in characters.
 */
void message_at(const char *what, const char *mistake, const char *text, unsigned int column);

#endif
