// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/libbpf_log.h"

static bool is_wanted(void)
{
	const char *text = getenv("SYNSCOPE_LIBBPF_LOG");

	return text && !strcmp(text, "1");
}

__attribute__((format(printf, 2, 0))) static int print(enum libbpf_print_level level, const char *format,
						       va_list arguments)
{
	(void)level;
	return vfprintf(stderr, format, arguments);
}

void libbpf_log_begin(void)
{
	libbpf_set_print(is_wanted() ? print : NULL);
}

void libbpf_log_verifier(const char *log)
{
	if (is_wanted())
		fputs(log, stderr);
}
