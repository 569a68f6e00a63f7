// SPDX-License-Identifier: GPL-2.0-only
#define NCURSES_NOMACROS
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "base/array.h"
#include "base/held_messages.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/key.h"
#include "base/screen.h"
#include "base/screen_guard.h"
#include "base/screen_input.h"

#define ESCAPE_DELAY_MS 25
#define FAREWELL_MS 500 /* how long to wait at the end for a terminal that does not read */
#define PAIRS 8
#define FRAME_MAX (1 << 20) /* maximum for painting one screen */
#define FAREWELL_MAX 256 /* bytes that restore a terminal */

/* Reports of the mouse, and marks around what is pasted. */
#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
struct top_screen {
	SCREEN *curses;
	FILE *output; /* what ncurses writes to: first the terminal, then the file in memory */
	int memory_fd;
	int terminal_fd; /* the terminal, non-blocking if that was possible */
	struct termios saved, mode;
	struct held_messages messages;
	struct screen_guard guard;
	bool color;
	bool reports; /* the terminal can report the mouse, and mark what is pasted */
	bool mouse; /* it is to report the mouse */
	struct screen_input input;
	char *pending; /* output that the terminal has not taken yet */
	size_t used, sent, room;
};

/* ---- output to the terminal */

/* Make room for more pending output. False: there is no memory. */
static bool make_room(struct top_screen *screen, size_t bytes)
{
	char *more;

	if (screen->sent == screen->used)
		screen->sent = screen->used = 0;
	if (screen->used + bytes <= screen->room)
		return true;
	more = realloc(screen->pending, screen->used + bytes);
	if (!more)
		return false;
	screen->pending = more;
	screen->room = screen->used + bytes;
	return true;
}

/* Append a code that ncurses does not know. */
static void add_code(struct top_screen *screen, const char *code)
{
	size_t bytes = strlen(code);

	if (!screen->reports || !make_room(screen, bytes))
		return;
	memcpy(screen->pending + screen->used, code, bytes);
	screen->used += bytes;
}

/* Append what ncurses wrote to the pending output. Without memory it is lost, and the screen is painted again. */
static void collect(struct top_screen *screen)
{
	off_t bytes = lseek(screen->memory_fd, 0, SEEK_CUR);

	if (bytes <= 0)
		return;
	if (make_room(screen, bytes) && pread(screen->memory_fd, screen->pending + screen->used, bytes, 0) == bytes)
		screen->used += bytes;
	else
		clearok(curscr, TRUE);
	if (!ftruncate(screen->memory_fd, 0))
		lseek(screen->memory_fd, 0, SEEK_SET);
}

bool top_screen_idle(const struct top_screen *screen)
{
	return screen->sent == screen->used;
}

int top_screen_fd(const struct top_screen *screen)
{
	return screen->terminal_fd;
}

bool top_screen_flush(struct top_screen *screen)
{
	while (!top_screen_idle(screen)) {
		ssize_t n = write(screen->terminal_fd, screen->pending + screen->sent, screen->used - screen->sent);

		if (n < 0 && errno != EINTR)
			return errno == EAGAIN;
		screen->sent += n > 0 ? n : 0;
	}
	return true;
}

/* Write the last output, which restores the terminal; wait for a slow terminal, but not forever. */
static void flush_patiently(struct top_screen *screen)
{
	struct pollfd fd = { .fd = screen->terminal_fd, .events = POLLOUT };

	while (top_screen_flush(screen) && !top_screen_idle(screen))
		if (poll(&fd, 1, FAREWELL_MS) <= 0 || !(fd.revents & POLLOUT))
			return;
}

/* ---- taking the terminal and giving it back */

static void set_mode(struct top_screen *screen)
{
	screen->mode = screen->saved;
	screen->mode.c_iflag &= ~(tcflag_t)ICRNL;
	screen->mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	screen->mode.c_cc[VMIN] = 1;
	screen->mode.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &screen->mode);
	screen_guard_tell(&screen->guard, true);
	add_code(screen, PASTE_ON);
	if (screen->mouse)
		add_code(screen, MOUSE_ON);
}

/* Have the terminal given back even if this process has no time for it. */
static void guard_screen(struct top_screen *screen)
{
	static const char *const names[] = { "rmkx", "cnorm", "sgr0", "rmcup" };
	char text[FAREWELL_MAX];
	struct screen_return to = {
		.terminal_fd = screen->terminal_fd, .text = text, .taken = screen->mode, .saved = screen->saved
	};
	int used = snprintf(text, sizeof(text), "%s", screen->reports ? MOUSE_OFF PASTE_OFF : "");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *code = tigetstr(names[i]);

		if (code && code != (const char *)-1 && !strstr(code, "$<") && used + strlen(code) < sizeof(text))
			used += snprintf(text + used, sizeof(text) - used, "%s", code);
	}
	screen_guard_begin(&screen->guard, &to);
	screen_guard_tell(&screen->guard, true);
}

static void start_colors(struct top_screen *screen)
{
	if (!screen->color || !has_colors())
		screen->color = false;
	if (!screen->color)
		return;
	start_color();
	use_default_colors();
	for (short pair = 1; pair < PAIRS; pair++)
		init_pair(pair, pair, -1); /* the colours of SGR 31 to 37 */
}

static int tell_failure(int err)
{
	message_error("cannot take the terminal: %s", reason_of(err).text);
	return err;
}

/*
 * ncurses reads size and type of the terminal itself, and sets its modes. After that, the file descriptor that it
 * writes to is replaced by a file in memory.
 */
static int start_curses(struct top_screen *screen)
{
	const char *type = getenv("TERM");
	int err;
	int fd = dup(STDOUT_FILENO);

	screen->output = fd < 0 ? NULL : fdopen(fd, "w");
	if (!screen->output) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return tell_failure(err);
	}
	errno = 0;
	screen->curses = newterm(NULL, screen->output, stdin);
	if (!screen->curses && is_limit(-errno))
		return tell_failure(-errno);
	if (!screen->curses) {
		message_error(
			"the terminal type '%s' is not known here: set TERM to one that is, or use 'synscope list'",
			type ? type : "");
		return -ENOTTY;
	}
	set_escdelay(ESCAPE_DELAY_MS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	typeahead(-1);
	start_colors(screen);
	screen->reports = screen_input_define(&screen->input);
	fflush(screen->output);
	err = dup2(screen->memory_fd, fd) < 0 ? -errno : held_messages_begin(&screen->messages);
	return err ? tell_failure(err) : 0;
}

static int open_fds(struct top_screen *screen)
{
	/* opened again, because O_NONBLOCK on stdout would affect other processes */
	screen->terminal_fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (screen->terminal_fd < 0)
		screen->terminal_fd = dup(STDOUT_FILENO);
	screen->memory_fd = memfd_create("screen", MFD_CLOEXEC);
	if (screen->terminal_fd < 0 || screen->memory_fd < 0 || tcgetattr(STDIN_FILENO, &screen->saved))
		return tell_failure(-errno);
	/* ncurses does not report what it could not write there */
	if (pwrite(screen->memory_fd, "", 1, FRAME_MAX - 1) < 0 || ftruncate(screen->memory_fd, 0))
		return tell_failure(-errno);
	return 0;
}

int top_screen_open(struct top_screen **screen, bool color)
{
	int err;

	*screen = array_new(1, sizeof(**screen), "the screen");
	if (!*screen)
		return -ENOMEM;
	**screen = (struct top_screen){ .memory_fd = -1, .terminal_fd = -1, .color = color, .messages = { -1, -1 } };
	err = open_fds(*screen);
	if (!err)
		err = start_curses(*screen);
	if (err)
		return err;
	set_mode(*screen);
	guard_screen(*screen);
	return 0;
}

void top_screen_leave(struct top_screen *screen)
{
	add_code(screen, MOUSE_OFF PASTE_OFF);
	curs_set(1);
	endwin();
	collect(screen);
	flush_patiently(screen);
	tcsetattr(STDIN_FILENO, TCSANOW, &screen->saved);
	screen_guard_tell(&screen->guard, false);
	held_messages_print(&screen->messages);
}

void top_screen_return(struct top_screen *screen)
{
	set_mode(screen);
	top_screen_spoilt(screen);
}

void top_screen_close(struct top_screen *screen)
{
	if (!screen)
		return;
	if (screen->curses) {
		top_screen_leave(screen);
		delscreen(screen->curses);
	}
	screen_guard_end(&screen->guard);
	held_messages_end(&screen->messages);
	if (screen->output)
		fclose(screen->output);
	if (screen->memory_fd >= 0)
		close(screen->memory_fd);
	if (screen->terminal_fd >= 0)
		close(screen->terminal_fd);
	free(screen->pending);
	free(screen);
}

/* ---- painting */

void top_screen_resize(struct top_screen *screen, int rows, int columns)
{
	(void)screen;
	if (rows != LINES || columns != COLS)
		resizeterm(rows, columns);
}

void top_screen_spoilt(struct top_screen *screen)
{
	(void)screen;
	clearok(curscr, TRUE);
}

/* One of the codes that buffer_colored() makes. */
static attr_t attribute(const struct top_screen *screen, int code)
{
	if (code >= 31 && code <= 37)
		return screen->color ? (attr_t)COLOR_PAIR(code - 30) : A_NORMAL;
	return code == 1 ? A_BOLD : code == 2 ? A_DIM : code == 7 ? A_REVERSE : A_NORMAL;
}

static void paint_line(const struct top_screen *screen, int row, const char *p, const char *end)
{
	bool reverse = end - p > 3 && !memcmp(p, "\033[7m", 4);

	move(row, 0);
	while (p < end) {
		const char *escape = memchr(p, '\033', end - p);
		const char *stop = escape ? escape : end;

		addnstr(p, (int)(stop - p));
		p = stop;
		if (escape) {
			attrset(attribute(screen, atoi(escape + 2)));
			p = memchr(escape, 'm', end - escape);
			p = p ? p + 1 : end;
		}
	}
	attrset(A_NORMAL);
	if (reverse)
		mvchgat(row, 0, -1, A_REVERSE, 0, NULL);
}

void top_screen_paint(struct top_screen *screen, const struct buffer *lines, int cursor)
{
	const char *p = lines->data, *end = lines->data + lines->used;

	erase();
	for (int row = 0; p < end && row < LINES; row++) {
		const char *newline = memchr(p, '\n', end - p);
		const char *stop = newline ? newline : end;

		paint_line(screen, row, p, stop);
		p = stop + 1;
	}
	curs_set(cursor >= 0);
	if (cursor >= 0)
		move(LINES - 1, cursor);
	refresh();
	collect(screen);
}

/* ---- the mouse */

void top_screen_mouse(struct top_screen *screen, bool on)
{
	if (screen->mouse == on)
		return;
	screen->mouse = on;
	add_code(screen, on ? MOUSE_ON : MOUSE_OFF);
}

void top_screen_point(const struct top_screen *screen, int *line, int *column)
{
	*line = screen->input.line;
	*column = screen->input.column;
}

/* ---- keys */

int top_screen_key(struct top_screen *screen)
{
	int byte, key = TOP_KEY_NONE;

	while (key == TOP_KEY_NONE && (byte = getch()) != ERR)
		key = screen_input_key(&screen->input, byte);
	collect(screen);
	return key;
}

enum signal_action top_screen_signal(struct top_screen *screen, int signals)
{
	enum signal_action action = signals_read(signals);

	if (action == SIGNAL_STOP) {
		top_screen_leave(screen);
		signals_stop();
		top_screen_return(screen);
	} else if (action == SIGNAL_CONTINUE) { /* also without a SIGNAL_STOP before */
		top_screen_return(screen);
	}
	return action;
}
