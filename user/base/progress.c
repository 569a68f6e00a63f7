// SPDX-License-Identifier: GPL-2.0-only
#include "base/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"
#include "base/clock.h"

#define AFTER_NS NS_PER_S
#define EVERY_NS 100000000ULL
#define BAR_COLUMNS 30
#define TEXT_COLUMNS 46 /* usual maximum beside the bar */

struct progress progress_begin(const char *what, bool printing)
{
	struct terminal terminal = terminal_of(STDERR_FILENO);
	__u64 now = monotonic_ns();

	return (struct progress){
		.wanted = terminal.interactive && !(printing && isatty(STDOUT_FILENO)),
		.columns = terminal.columns,
		.what = what,
		.start_ns = now,
		.due_ns = now + AFTER_NS,
	};
}

/* Write "[###---] ", if there is room for it. Returns its length. */
static int put_bar(char *text, const struct progress *progress, __u64 done, __u64 all)
{
	int filled = (int)(done * BAR_COLUMNS / all);

	if (progress->columns < BAR_COLUMNS + TEXT_COLUMNS)
		return 0;
	text[0] = '[';
	memset(text + 1, '-', BAR_COLUMNS);
	memset(text + 1, '#', filled);
	memcpy(text + 1 + BAR_COLUMNS, "] ", 2);
	return BAR_COLUMNS + 3;
}

void progress_show(struct progress *progress, __u64 done, __u64 all, __u64 count)
{
	__u64 now;
	char line[160] = "\r";
	int length = 1;

	if (!progress->wanted)
		return;
	now = monotonic_ns();
	if (now < progress->due_ns)
		return;
	if (all && done > all)
		done = all;
	if (all) {
		length += put_bar(line + length, progress, done, all);
		length += snprintf(line + length, sizeof(line) - length, "%3llu %%  ", done * 100 / all);
	}
	length += snprintf(line + length, sizeof(line) - length, "%llu %s, %llu/s ", count, progress->what,
			   count * 1000 / ((now - progress->start_ns) / 1000000 + 1));
	progress->shown |= write(STDERR_FILENO, line, length) == length;
	progress->due_ns = now + EVERY_NS;
}

void progress_end(struct progress *progress)
{
	static const char erase[] = "\r\033[K";

	if (progress->shown && write(STDERR_FILENO, erase, sizeof(erase) - 1) < 0)
		progress->wanted = false;
	progress->shown = false;
}
