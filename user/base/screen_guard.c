// SPDX-License-Identifier: GPL-2.0-only
#include "base/screen_guard.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAKEN 't'
#define GIVEN_BACK 'g'

static bool same_modes(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_lflag == b->c_lflag;
}

/* A shell that has its terminal back already may have set modes of its own: then those stay. */
static void give_back(const struct screen_return *to, int terminal_fd)
{
	struct termios now;

	if (write(terminal_fd, to->text, strlen(to->text)) < 0)
		return; /* the terminal is gone */
	if (!tcgetattr(STDIN_FILENO, &now) && same_modes(&now, &to->taken))
		tcsetattr(STDIN_FILENO, TCSANOW, &to->saved);
}

/* The process: wait for the end of the one that started it. It holds no file of that open but the terminal. */
static _Noreturn void guard_screen(const struct screen_return *to, int socket)
{
	char state = GIVEN_BACK;
	ssize_t n;

	setsid(); /* keys that send signals, and a stop of the group, are not for it */
	prctl(PR_SET_NAME, "synscope-screen");
	if (dup2(to->terminal_fd, STDOUT_FILENO) < 0 || dup2(socket, STDERR_FILENO) < 0)
		_exit(1);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	do
		n = read(STDERR_FILENO, &state, 1);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (state == TAKEN)
		give_back(to, STDOUT_FILENO);
	_exit(0);
}

void screen_guard_begin(struct screen_guard *guard, const struct screen_return *to)
{
	int ends[2];

	*guard = (struct screen_guard){ .socket = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return;
	guard->process = fork();
	if (!guard->process)
		guard_screen(to, ends[1]);
	close(ends[1]);
	if (guard->process < 0) {
		close(ends[0]);
		guard->process = 0;
		return;
	}
	guard->socket = ends[0];
}

void screen_guard_tell(const struct screen_guard *guard, bool taken)
{
	char state = taken ? TAKEN : GIVEN_BACK;

	if (guard->process)
		send(guard->socket, &state, 1, MSG_NOSIGNAL);
}

void screen_guard_end(struct screen_guard *guard)
{
	if (!guard->process)
		return;
	close(guard->socket);
	while (waitpid(guard->process, NULL, 0) < 0 && errno == EINTR)
		;
	guard->process = 0;
}
