// SPDX-License-Identifier: GPL-2.0-only
#include "top/top.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"
#include "base/signals.h"
#include "base/screen.h"
#include "instance/follow.h"
#include "top/bar.h"
#include "top/kept.h"
#include "top/keys.h"
#include "top/mouse.h"
#include "top/select.h"
#include "top/view.h"
#include "base/clock.h"

#define REAP_NS (NS_PER_S / 4) /* between two checks whether instances were detached */
#define LEISURE 2 /* refreshing takes at most 1/LEISURE of a processor's time */

struct top {
	const struct top_options *options;
	struct top_view view;
	struct top_screen *screen;
	int signals;
	int left; /* sources that were not detached */
	__u64 refresh_ns, reap_ns; /* when to do that next */
	bool refresh, draw, end; /* what to do now */
};

static bool all_deleted(const struct flow_sources *sources)
{
	for (int i = 0; i < sources->count; i++)
		if (!flow_source_deleted(&sources->source[i]))
			return false;
	return true;
}

/* Returns 0, or a negative errno (logged, except for -ENODEV). */
static int refresh(struct top *top, const struct terminal *terminal)
{
	struct flow_sources *sources = top->view.data.sources;
	__u64 start = monotonic_ns(), busy = cpu_ns(), rest;
	struct top_choice choice = top_view_choice(&top->view, terminal->rows);
	int err = top_data_refresh(&top->view.data, &choice);

	rest = (cpu_ns() - busy) * LEISURE;
	top->refresh_ns = start + (rest > top->options->interval_ns ? rest : top->options->interval_ns);
	top->refresh = false;
	top->draw = true;
	if (!err)
		top_select_update(&top->view);
	if (!err && top->options->end_when_deleted && all_deleted(sources))
		return -ENODEV;
	return err;
}

static int draw(struct top *top, const struct terminal *terminal)
{
	struct buffer lines;
	int cursor, err;

	if (buffer_init(&lines, BUFFER_MEMORY))
		return -ENOMEM;
	err = top_view_compose(&top->view, terminal, &lines, &cursor);
	if (!err)
		err = lines.error;
	if (!err) {
		top_screen_resize(top->screen, terminal->rows, terminal->columns);
		top_screen_paint(top->screen, &lines, cursor);
	}
	buffer_free(&lines);
	top->draw = false;
	return err;
}

static void do_effect(struct top *top, enum top_effect effect)
{
	top->end |= effect == EFFECT_QUIT;
	top->refresh |= effect == EFFECT_REFRESH;
	top->draw |= effect == EFFECT_REDRAW;
}

/* Keep the columns that were chosen for the next time. */
static void keep_columns(struct top_view *view)
{
	struct reason why;

	if (!view->keep)
		return;
	view->keep = false;
	if (top_kept_write(&view->columns, &why))
		top_bar_note(view, "the columns are not kept for the next time: %s", why.text);
}

/* The columns that were chosen the last time. */
static void take_columns(struct top_view *view)
{
	struct reason why;

	if (!top_kept_read(&view->columns, &why))
		return;
	message_warning("the columns that were chosen for 'top' are not used: %s; F2 there chooses anew", why.text);
	top_bar_note(view, "the columns that were chosen are not used: %s", why.text);
}

static enum top_effect take_key(struct top *top, int key)
{
	int line, column;

	if (key < TOP_KEY_CLICK || key > TOP_KEY_WHEEL_DOWN)
		return top_view_key(&top->view, key);
	top_screen_point(top->screen, &line, &column);
	return top_view_mouse(&top->view, key, line, column);
}

static void take_keys(struct top *top)
{
	int key;

	while (!top->end && (key = top_screen_key(top->screen)) != TOP_KEY_NONE) {
		if (key == TOP_KEY_REDRAW)
			top_screen_spoilt(top->screen);
		top->draw |= key == TOP_KEY_REDRAW;
		do_effect(top, take_key(top, key));
		top_screen_mouse(top->screen, !top->view.mouse_off);
		keep_columns(&top->view);
		if (top->view.wanting || top->view.search) /* the next key acts on what the refresh will select */
			return;
	}
}

static void take_signal(struct top *top)
{
	enum signal_action action = top_screen_signal(top->screen, top->signals);

	top->end |= action == SIGNAL_END;
	top->draw |= action != SIGNAL_END && action != SIGNAL_NONE;
}

static __u64 next_due(const struct top *top)
{
	return top->view.paused || top->reap_ns < top->refresh_ns ? top->reap_ns : top->refresh_ns;
}

/* Wait for a signal, a key or the terminal, until something is due. */
static void wait_for_event(struct top *top)
{
	bool idle = top_screen_idle(top->screen);
	struct instance *following = top->options->following;
	struct pollfd fds[] = {
		{ .fd = top->signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = idle ? -1 : top_screen_fd(top->screen), .events = POLLOUT },
		{ .fd = following ? follow_fd(following) : -1, .events = POLLIN },
	};
	__u64 now = monotonic_ns(), due = next_due(top);

	poll(fds, 4, now < due ? (int)((due - now) / 1000000) + 1 : 0);
	if (fds[0].revents)
		take_signal(top);
	if (fds[1].revents & POLLIN)
		take_keys(top);
	else if (fds[1].revents)
		top->end = true; /* the terminal has been closed */
	if (fds[2].revents)
		top->end |= !top_screen_flush(top->screen);
	if (fds[3].revents)
		follow_update(following, true);
}

/* Closes instances that were detached. Returns how many are left. */
static int reap_detached(struct top *top)
{
	int before = top->left;

	top->left = top_data_reap_detached(&top->view.data);
	top->reap_ns = monotonic_ns() + REAP_NS;
	top->refresh |= top->left != before; /* its flows cannot be read any more */
	return top->left;
}

static int go_on(struct top *top)
{
	int err = 0;

	while (!err && !top->end) {
		struct terminal terminal = terminal_of(STDOUT_FILENO);
		__u64 now = monotonic_ns();

		if (now >= top->reap_ns && !reap_detached(top))
			return 0;
		if (top->refresh || (!top->view.paused && now >= top->refresh_ns))
			err = refresh(top, &terminal);
		if (!err && top->draw && top_screen_idle(top->screen)) {
			err = draw(top, &terminal);
			top->end |= !top_screen_flush(top->screen);
		}
		if (!err && !top->end)
			wait_for_event(top);
	}
	return err;
}

static int show(struct top *top)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	int err = top_screen_open(&top->screen, terminal.color);

	if (!err) {
		top_screen_mouse(top->screen, true);
		err = go_on(top);
	}
	top_screen_close(top->screen);
	return err;
}

int top_show(struct flow_sources *sources, const struct top_options *options, int signals)
{
	struct top top = { .options = options, .signals = signals, .left = sources->count };
	int err;

	top.view.sort = options->sort;
	top.view.all = options->all;
	top.view.processes = options->processes;
	top.view.host_names = options->host_names;
	top.view.names = options->names;
	err = top_view_open(&top.view, sources, options->filter);
	if (!err)
		take_columns(&top.view);
	if (!err)
		err = show(&top);
	if (!err && !top.left)
		message_info(sources->count > 1 ? "all instances were detached" : "'%s' was detached",
			     sources->source[0].instance->meta.name);
	top_view_close(&top.view);
	return err;
}
