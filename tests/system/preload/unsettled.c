// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD: the kernel's list of links ends with one more, which another process is just attaching. Until that is
 * done the kernel lists its id, but answers EAGAIN to those who open it (bpf_link_by_id(), kernel/bpf/syscall.c).
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNSETTLED 0x7ffffffeU

/* Answers for that link as the kernel would. */
static void answer(long command, union bpf_attr *attr, long *result)
{
	if (command == BPF_LINK_GET_NEXT_ID && *result < 0 && errno == ENOENT && attr->start_id < UNSETTLED) {
		attr->next_id = UNSETTLED;
		*result = 0;
	} else if (command == BPF_LINK_GET_FD_BY_ID && attr->link_id == UNSETTLED) {
		errno = EAGAIN;
		*result = -1;
	}
}

/* How libbpf calls bpf(2). */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the names of libc are reserved ones */
long syscall(long number, ...)
{
	long (*real_syscall)(long number, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long argument[6], result;
	va_list arguments;

	if (!real_syscall)
		abort();
	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		argument[i] = va_arg(arguments, long);
	va_end(arguments);
	result = real_syscall(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
	if (number == SYS_bpf)
		answer(argument[0], (union bpf_attr *)argument[1], &result);
	return result;
}
