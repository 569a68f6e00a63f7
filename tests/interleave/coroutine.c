// SPDX-License-Identifier: GPL-2.0-only
#undef _FORTIFY_SOURCE /* with _FORTIFY_SOURCE, _longjmp() refuses to jump to another stack */

#include "coroutine.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#define STACK_BYTES (256 * 1024)

/*
 * makecontext() gives a coroutine its stack; after that, _setjmp() and _longjmp() switch without the system calls that
 * swapcontext() makes to keep signal masks. They jump between stacks whose frames all exist.
 */
static struct coroutines {
	void (*body)(int number);
	struct coroutine {
		jmp_buf base; /* at the beginning of the body */
		jmp_buf here; /* where the coroutine was stopped */
		bool begun;
		ucontext_t context;
	} list[COROUTINES];
	jmp_buf main;
	ucontext_t main_context;
	int current;
} all;

static void __attribute__((noinline)) run_forever(int number)
{
	if (_setjmp(all.list[number].base) == 0)
		swapcontext(&all.list[number].context, &all.main_context);
	all.body(number);
	abort(); /* a body must end by switching */
}

/* Runs a coroutine up to its beginning. */
static void begin(int number)
{
	ucontext_t *context = &all.list[number].context;

	getcontext(context);
	context->uc_stack.ss_sp = malloc(STACK_BYTES);
	context->uc_stack.ss_size = STACK_BYTES;
	if (!context->uc_stack.ss_sp)
		abort();
	makecontext(context, (void (*)(void))run_forever, 1, number);
	swapcontext(&all.main_context, context);
}

void coroutines_open(void (*body)(int number))
{
	all.body = body;
	all.current = COROUTINE_MAIN;
	for (int i = 0; i < COROUTINES; i++)
		begin(i);
}

static void jump(int to)
{
	struct coroutine *coroutine;

	all.current = to;
	if (to == COROUTINE_MAIN)
		_longjmp(all.main, 1);
	coroutine = &all.list[to];
	if (coroutine->begun)
		_longjmp(coroutine->here, 1);
	coroutine->begun = true;
	_longjmp(coroutine->base, 1);
}

void coroutines_run(int first)
{
	for (int i = 0; i < COROUTINES; i++)
		all.list[i].begun = false;
	if (_setjmp(all.main) == 0)
		jump(first);
}

void coroutine_switch(int to)
{
	if (all.current == COROUTINE_MAIN)
		abort();
	if (_setjmp(all.list[all.current].here) == 0)
		jump(to);
}
