/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages while a full screen has the terminal, which would be painted over and gone when it is given back: they wait,
 * and are printed then. Where stderr is no terminal they go there at once, as ever.
 */
#ifndef SYNSCOPE_BASE_HELD_MESSAGES_H
#define SYNSCOPE_BASE_HELD_MESSAGES_H

struct held_messages {
	int from; /* where they wait, a pipe; -1: none is held */
	int to; /* stderr as it was */
};

/* Hold messages from now on. Returns 0 or a negative errno (not logged), and then none is held. */
int held_messages_begin(struct held_messages *held);

/* Print those that wait; the screen has given the terminal back. */
void held_messages_print(const struct held_messages *held);

/* Print them, and hold no more. */
void held_messages_end(struct held_messages *held);

#endif
