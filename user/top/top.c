// SPDX-License-Identifier: GPL-2.0-only
#include "top/top.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"
#include "base/signals.h"
#include "base/screen.h"
#include "top/select.h"
#include "base/clock.h"

#define LOOK_AFTER_NS 250000000ULL /* whether an instance is still there */
#define LEISURE 2 /* looking takes at most one part of a processor's time in so many */

struct top {
	const struct top_options *options;
	struct top_view view;
	struct top_screen *screen;
	int signals;
	int left; /* sources that were not detached */
	__u64 look_ns, look_after_ns; /* when to do so again */
	bool look, draw, end; /* what is to be done now */
};

static bool all_gone(const struct flow_sources *sources)
{
	for (int i = 0; i < sources->count; i++)
		if (!flow_source_gone(&sources->source[i]))
			return false;
	return true;
}

/* Returns 0, or a negative errno (logged, except for -ENODEV). */
static int look(struct top *top, const struct terminal *terminal)
{
	struct flow_sources *sources = top->view.data.sources;
	__u64 start = monotonic_ns(), busy = cpu_ns(), rest;
	struct top_choice choice = top_view_choice(&top->view, terminal->rows);
	int err = top_data_look(&top->view.data, &choice);

	rest = (cpu_ns() - busy) * LEISURE;
	top->look_ns = start + (rest > top->options->interval_ns ? rest : top->options->interval_ns);
	top->look = false;
	top->draw = true;
	if (!err)
		top_select_settle(&top->view);
	if (!err && top->options->end_when_gone && all_gone(sources))
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
	top->look |= effect == EFFECT_LOOK;
	top->draw |= effect == EFFECT_REDRAW;
}

static void take_keys(struct top *top)
{
	int key;

	while (!top->end && (key = top_screen_key(top->screen)) != TOP_KEY_NONE) {
		if (key == TOP_KEY_REDRAW)
			top_screen_spoilt(top->screen);
		top->draw |= key == TOP_KEY_REDRAW;
		do_effect(top, top_view_key(&top->view, key));
		if (top->view.wanting) /* what the next key means depends on what is found */
			return;
	}
}

static void take_signal(struct top *top)
{
	enum signal_news news = top_screen_signal(top->screen, top->signals);

	top->end |= news == SIGNAL_END;
	top->draw |= news != SIGNAL_END && news != SIGNAL_NONE;
}

static __u64 next_due(const struct top *top)
{
	return top->view.paused || top->look_after_ns < top->look_ns ? top->look_after_ns : top->look_ns;
}

/* Until something happens, or is due. */
static void wait_for_news(struct top *top)
{
	bool idle = top_screen_idle(top->screen);
	struct pollfd fds[] = {
		{ .fd = top->signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = idle ? -1 : top_screen_fd(top->screen), .events = POLLOUT },
	};
	__u64 now = monotonic_ns(), due = next_due(top);

	poll(fds, 3, now < due ? (int)((due - now) / 1000000) + 1 : 0);
	if (fds[0].revents)
		take_signal(top);
	if (fds[1].revents & POLLIN)
		take_keys(top);
	else if (fds[1].revents)
		top->end = true; /* nobody is there any more */
	if (fds[2].revents)
		top->end |= !top_screen_flush(top->screen);
}

/* Closes instances that were detached. Returns how many are left. */
static int look_after(struct top *top)
{
	int before = top->left;

	top->left = top_data_look_after(&top->view.data);
	top->look_after_ns = monotonic_ns() + LOOK_AFTER_NS;
	top->look |= top->left != before; /* what was read of it can be read no more */
	return top->left;
}

static int go_on(struct top *top)
{
	int err = 0;

	while (!err && !top->end) {
		struct terminal terminal = terminal_of(STDOUT_FILENO);
		__u64 now = monotonic_ns();

		if (now >= top->look_after_ns && !look_after(top))
			return 0;
		if (top->look || (!top->view.paused && now >= top->look_ns))
			err = look(top, &terminal);
		if (!err && top->draw && top_screen_idle(top->screen)) {
			err = draw(top, &terminal);
			top->end |= !top_screen_flush(top->screen);
		}
		if (!err && !top->end)
			wait_for_news(top);
	}
	return err;
}

static int show(struct top *top)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	int err = top_screen_open(&top->screen, terminal.color);

	if (!err)
		err = go_on(top);
	top_screen_close(top->screen);
	return err;
}

int top_show(struct flow_sources *sources, const struct top_options *options, int signals)
{
	struct top top = { .options = options, .signals = signals, .left = sources->count };
	int err;

	top.view.sort = options->sort;
	top.view.all = options->all;
	err = top_view_open(&top.view, sources, options->filter);
	if (!err)
		err = show(&top);
	if (!err && !top.left)
		message_info(sources->count > 1 ? "all instances were detached" : "'%s' was detached",
			     sources->source[0].instance->meta.name);
	top_view_close(&top.view);
	return err;
}
