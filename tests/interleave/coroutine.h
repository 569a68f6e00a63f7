/* SPDX-License-Identifier: GPL-2.0-only */
/* Coroutines that can be abandoned anywhere and begun again: each is a CPU of the machine that is simulated. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_COROUTINE_H
#define SYNSCOPE_TESTS_INTERLEAVE_COROUTINE_H

#define COROUTINES 4
#define COROUTINE_MAIN (-1) /* what called coroutines_run() */

/* Sets up the stacks. `body` is what each of them runs, with its number; it ends by switching to another one. */
void coroutines_open(void (*body)(int number));

/* Every coroutine is at its beginning; the first one runs. Returns when one switches to COROUTINE_MAIN. */
void coroutines_run(int first);

/* Stops the one that runs, and goes on with another where that one was stopped. */
void coroutine_switch(int to);

#endif
