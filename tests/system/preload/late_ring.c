// SPDX-License-Identifier: GPL-2.0-only
/* For LD_PRELOAD: it takes two seconds to make a ring buffer, as on a machine that has much else to do. */
#include <linux/bpf.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_call.h"

#define LATE_MS 2000

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the names of libc are reserved ones */
long syscall(long number, ...)
{
	long argument[CALL_ARGUMENTS];
	va_list arguments;

	va_start(arguments, number);
	call_read(argument, arguments);
	va_end(arguments);
	if (number == SYS_bpf && argument[0] == BPF_MAP_CREATE &&
	    ((union bpf_attr *)argument[1])->map_type == BPF_MAP_TYPE_RINGBUF)
		poll(NULL, 0, LATE_MS);
	return call_really(number, argument);
}
