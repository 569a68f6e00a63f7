// SPDX-License-Identifier: GPL-2.0-only
/* For LD_PRELOAD: it takes two seconds to make a ring buffer, as on a machine that has much else to do. */
#include <dlfcn.h>
#include <linux/bpf.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LATE_MS 2000

/* How libbpf calls bpf(2). */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the names of libc are reserved ones */
long syscall(long number, ...)
{
	long (*real_syscall)(long number, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long argument[6];
	va_list arguments;

	if (!real_syscall)
		abort();
	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		argument[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_bpf && argument[0] == BPF_MAP_CREATE &&
	    ((union bpf_attr *)argument[1])->map_type == BPF_MAP_TYPE_RINGBUF)
		poll(NULL, 0, LATE_MS);
	return real_syscall(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}
