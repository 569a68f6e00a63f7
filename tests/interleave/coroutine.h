/* SPDX-License-Identifier: GPL-2.0-only */
/* Coroutines that can be abandoned anywhere and restarted: each is a CPU of the simulated machine. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_COROUTINE_H
#define SYNSCOPE_TESTS_INTERLEAVE_COROUTINE_H

#define COROUTINES 4
#define COROUTINE_MAIN (-1) /* the caller of coroutines_run() */

/* Sets up the stacks. Each coroutine runs `body` with its number; `body` ends by switching to another one. */
void coroutines_open(void (*body)(int number));

/* Restarts all coroutines, and runs the first one. Returns when a coroutine switches to COROUTINE_MAIN. */
void coroutines_run(int first);

/* Stops the running coroutine, and continues another one where that one was stopped. */
void coroutine_switch(int to);

#endif
