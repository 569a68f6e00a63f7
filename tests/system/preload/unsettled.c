// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD: the kernel's list of links ends with one more, which another process is just attaching. Until that is
 * done the kernel lists its id, but answers EAGAIN to those who open it (bpf_link_by_id(), kernel/bpf/syscall.c).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_call.h"

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

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the names of libc are reserved ones */
long syscall(long number, ...)
{
	long argument[CALL_ARGUMENTS], result;
	va_list arguments;

	va_start(arguments, number);
	call_read(argument, arguments);
	va_end(arguments);
	result = call_really(number, argument);
	if (number == SYS_bpf)
		answer(argument[0], (union bpf_attr *)argument[1], &result);
	return result;
}
