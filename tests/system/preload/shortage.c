// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD: once the process is in main(), all its requests for something fail from the Nth on, where N is in
 * SHORTAGE_FROM. SHORTAGE_OF says what runs out: "memory" (malloc and its relatives, and mmap), or "descriptors" (every
 * call that opens one, bpf(2) included).
 *
 * If SHORTAGE_SURVEY names a file nothing fails, but each request adds a line to that file: what was requested, the
 * request's number, and a word that identifies the code path of the program that led there. So a test can make one
 * request of each path fail instead of every request.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_call.h"

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the names of libc are reserved ones */

#define FRAMES 48

static const char *kind = "";
static long from, requests[2];
static int survey = -1;
static bool begun;
static void *program; /* its load address */
static int (*real_main)(int argc, char **argv, char **environment);
static long (*real_syscall)(long number, ...);

/*
 * Identifies the code path: all places in the program that led here, and the innermost one in a library, as if there
 * were no ASLR.
 */
static unsigned long where_from(void)
{
	void *frame[FRAMES];
	int count = backtrace(frame, FRAMES);
	unsigned long key = 0;
	Dl_info info;

	for (int i = 3; i < count; i++)
		if (dladdr(frame[i], &info) && (i == 3 || info.dli_fbase == program))
			key = key * 1000003 + ((char *)frame[i] - (char *)info.dli_fbase);
	return key;
}

static void note_request(const char *what, long number)
{
	char line[96];
	int length = snprintf(line, sizeof(line), "%s %ld %lx\n", what, number, where_from());

	if (write(survey, line, length) < 0)
		abort();
}

/* Must this request fail? */
static bool is_short(const char *what)
{
	bool memory = !strcmp(what, "memory");

	if (!begun)
		return false;
	requests[memory]++;
	if (survey >= 0) {
		begun = false; /* requests made by note_request() do not count */
		note_request(what, requests[memory]);
		begun = true;
	}
	if (survey >= 0 || strcmp(kind, what) != 0 || requests[memory] < from)
		return false;
	errno = memory ? ENOMEM : EMFILE;
	return true;
}

static int begin(int argc, char **argv, char **environment)
{
	const char *path = getenv("SHORTAGE_SURVEY"), *first = getenv("SHORTAGE_FROM");
	void *frame[FRAMES];
	Dl_info info;

	kind = getenv("SHORTAGE_OF") ? getenv("SHORTAGE_OF") : "";
	from = first ? atol(first) : 1;
	if (path) {
		survey = (int)real_syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		backtrace(frame, FRAMES); /* the first call loads a library */
	}
	if (dladdr((void *)(unsigned long)real_main, &info))
		program = info.dli_fbase;
	begun = true;
	return real_main(argc, argv, environment);
}

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*loader)(void), void *stack)
{
	int (*start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
		     void *) = next("__libc_start_main");

	real_main = main;
	real_syscall = next("syscall");
	return start(begin, argc, argv, init, fini, loader, stack);
}

/* ---- memory: glibc's own functions are also available under other names */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
	return is_short("memory") ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_short("memory") ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return is_short("memory") ? NULL : __libc_realloc(memory, size);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
void *reallocarray(void *memory, size_t count, size_t size)
{
	return realloc(memory, count * size);
}

char *strdup(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = malloc(bytes);

	return copy ? memcpy(copy, text, bytes) : NULL;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	void *(*real)(void *, size_t, int, int, int, off_t) = next("mmap");

	return is_short("memory") ? MAP_FAILED : real(address, length, protection, flags, fd, offset);
}

/* ---- descriptors */

#define FORWARD(result, failed, name, parameters, ...)                         \
	result name parameters                                                 \
	{                                                                      \
		result(*real) parameters = next(#name);                        \
                                                                               \
		return is_short("descriptors") ? (failed) : real(__VA_ARGS__); \
	}

FORWARD(int, -1, socket, (int domain, int type, int protocol), domain, type, protocol)
FORWARD(FILE *, NULL, fopen, (const char *path, const char *mode), path, mode)
FORWARD(void *, NULL, opendir, (const char *path), path)
FORWARD(void *, NULL, fdopendir, (int fd), fd)
FORWARD(int, -1, dup, (int fd), fd)
FORWARD(int, -1, pipe2, (int ends[2], int flags), ends, flags)
FORWARD(int, -1, memfd_create, (const char *name, unsigned int flags), name, flags)
FORWARD(int, -1, signalfd, (int fd, const sigset_t *mask, int flags), fd, mask, flags)
FORWARD(int, -1, epoll_create1, (int flags), flags)

static int open_really(int directory, const char *path, int flags, mode_t mode)
{
	return is_short("descriptors") ? -1 : (int)real_syscall(SYS_openat, directory, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_really(directory, path, flags, flags & O_CREAT ? mode : 0);
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_really(AT_FDCWD, path, flags, flags & O_CREAT ? mode : 0);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (command == F_DUPFD_CLOEXEC && is_short("descriptors"))
		return -1;
	return (int)real_syscall(SYS_fcntl, fd, command, argument);
}

static bool opens_one(long bpf_command)
{
	static const enum bpf_cmd opening[] = { BPF_MAP_CREATE,	       BPF_PROG_LOAD,	     BPF_OBJ_GET,
						BPF_PROG_GET_FD_BY_ID, BPF_MAP_GET_FD_BY_ID, BPF_BTF_LOAD,
						BPF_BTF_GET_FD_BY_ID,  BPF_LINK_CREATE,	     BPF_LINK_GET_FD_BY_ID };

	for (size_t i = 0; i < sizeof(opening) / sizeof(opening[0]); i++)
		if (opening[i] == bpf_command)
			return true;
	return false;
}

long syscall(long number, ...)
{
	long argument[CALL_ARGUMENTS];
	va_list arguments;

	va_start(arguments, number);
	call_read(argument, arguments);
	va_end(arguments);
	if (number == SYS_bpf && opens_one(argument[0]) && is_short("descriptors"))
		return -1;
	return real_syscall(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
