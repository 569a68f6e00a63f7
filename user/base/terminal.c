// SPDX-License-Identifier: GPL-2.0-only
#include "base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "base/unicode.h"

#define COLUMNS_DEFAULT 80
#define ROWS_DEFAULT 24
#define CELLS_MAX 10000

/* A size from the environment, 0 if there is none. */
static int size_from(const char *variable)
{
	const char *text = getenv(variable);
	__u64 size = 0;

	if (!text || !parse_number(text, CELLS_MAX, &size))
		return 0;
	return size;
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

struct terminal terminal_of(int fd)
{
	struct terminal terminal = { .columns = size_from("COLUMNS"), .utf8 = locale_is_utf8() };
	struct winsize size = { 0 };

	if (!isatty(fd))
		return terminal;
	terminal.interactive = !is_dumb();
	terminal.color = terminal.interactive && !getenv("NO_COLOR");
	ioctl(fd, TIOCGWINSZ, &size);
	if (size.ws_col)
		terminal.columns = size.ws_col;
	else if (!terminal.columns)
		terminal.columns = COLUMNS_DEFAULT;
	terminal.rows = size.ws_row ? size.ws_row : size_from("LINES");
	if (!terminal.rows)
		terminal.rows = ROWS_DEFAULT;
	return terminal;
}

const char *terminal_not_ours(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return "stdin and stdout are not both one";
	if (is_dumb())
		return "TERM says that this one's cursor cannot be moved";
	return tcgetpgrp(STDIN_FILENO) == getpgrp() ? NULL : "is in the background";
}

bool terminal_is_ours(void)
{
	return !terminal_not_ours();
}
