// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/pin_watch.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "kernel/pin.h"

#define EVENTS_SIZE 4096 /* more than one event with the longest name */

int pin_watch_open(void)
{
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	return watch < 0 ? -errno : watch;
}

void pin_watch_renew(int watch)
{
	char events[EVENTS_SIZE];

	while (read(watch, events, sizeof(events)) > 0)
		;
	if (inotify_add_watch(watch, PIN_ROOT, IN_CREATE | IN_MOVE | IN_DELETE | IN_ONLYDIR) < 0)
		inotify_add_watch(watch, BPFFS_PATH, IN_CREATE | IN_ONLYDIR);
}
