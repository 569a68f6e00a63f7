/* SPDX-License-Identifier: GPL-2.0-only */
/* How libbpf calls bpf(2): by syscall(2), which a library for LD_PRELOAD can take the place of. */
#ifndef SYNSCOPE_TESTS_SYSTEM_PRELOAD_BPF_CALL_H
#define SYNSCOPE_TESTS_SYSTEM_PRELOAD_BPF_CALL_H

#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>

#define CALL_ARGUMENTS 6 /* that a system call can have */

/* Read the arguments of syscall(2) that follow the number. */
static inline void call_read(long argument[CALL_ARGUMENTS], va_list arguments)
{
	for (int i = 0; i < CALL_ARGUMENTS; i++)
		argument[i] = va_arg(arguments, long);
}

/* Make the system call, by the syscall() of libc. */
static inline long call_really(long number, const long argument[CALL_ARGUMENTS])
{
	long (*real_syscall)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");

	if (!real_syscall)
		abort();
	return real_syscall(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

#endif
