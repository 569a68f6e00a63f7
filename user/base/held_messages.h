/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages while a full screen has the terminal: there they would be painted over. So they wait until the screen has
 * given the terminal back, and are printed then. If stderr is no terminal, they are printed at once.
 */
#ifndef SYNSCOPE_BASE_HELD_MESSAGES_H
#define SYNSCOPE_BASE_HELD_MESSAGES_H

struct held_messages {
	int from; /* the pipe in which messages wait; -1: messages are not held */
	int to; /* the real stderr */
};

/* Hold messages from now on. Returns 0 or a negative errno (not logged), and then messages are not held. */
int held_messages_begin(struct held_messages *held);

/* Print the messages that wait. Call it when the screen has given the terminal back. */
void held_messages_print(const struct held_messages *held);

/* Print the messages that wait, and stop holding messages. */
void held_messages_end(struct held_messages *held);

#endif
