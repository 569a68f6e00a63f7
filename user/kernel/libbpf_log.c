// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/foreign.h"
#include "base/unicode.h"
#include "kernel/libbpf_log.h"

#define CHUNK_BYTES 256 /* of a line that are passed to put_foreign() at a time */
#define MESSAGE_BYTES 4096

static bool is_wanted(void)
{
	const char *text = getenv("SYNSCOPE_LIBBPF_LOG");

	return text && !strcmp(text, "1");
}

/*
 * The log may contain text of others, such as names of interfaces; only its newlines and tabs are printed as they are.
 */
static void print_harmless(const char *text)
{
	char harmless[CHUNK_BYTES * FOREIGN_SIZE];

	while (*text) {
		size_t bytes = strcspn(text, "\n\t");
		char *end;

		if (!bytes) {
			fputc(*text++, stderr);
			continue;
		}
		if (bytes > CHUNK_BYTES)
			bytes = CHUNK_BYTES;
		end = put_foreign(harmless, harmless + sizeof(harmless), text, bytes, FOREIGN_TEXT, !locale_is_utf8());
		fwrite(harmless, 1, end - harmless, stderr);
		text += bytes;
	}
}

__attribute__((format(printf, 2, 0))) static int print(enum libbpf_print_level level, const char *format,
						       va_list arguments)
{
	char text[MESSAGE_BYTES];
	int length = vsnprintf(text, sizeof(text), format, arguments);

	(void)level;
	print_harmless(text);
	return length;
}

void libbpf_log_begin(void)
{
	libbpf_set_print(is_wanted() ? print : NULL);
}

void libbpf_log_verifier(const char *log)
{
	if (is_wanted())
		print_harmless(log);
}
