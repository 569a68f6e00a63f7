// SPDX-License-Identifier: GPL-2.0-only
/* What `serve` costs on a table of 1M flows, and how late its viewers get events. */
#include "groups.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "child.h"
#include "lane.h"
#include "pinned.h"
#include "served.h"

#define FLOWS_LOG2 20
#define OTHER_FLOWS (1U << 24) /* number of the first flow that is opened for its event */
#define VIEWERS 10
#define VIEW_MS 10000
#define QUICK_MS 1000
#define EVENTS 50 /* whose delay is measured */
#define QUICK_EVENTS 3
#define PAUSE_US 37000 /* between two, so that they come at any time of a scan */
#define EVENT_MS 30000 /* until an event is missed */

struct serving {
	struct bench *bench;
	struct pinned pinned;
	struct lane table, newcomers;
	pid_t served;
};

/* ---- CPU time and memory */

/* `synscope top` on a terminal. Returns its process id or a negative errno (logged). */
static pid_t start_top(int *terminal)
{
	const struct winsize size = { .ws_row = 50, .ws_col = 160 };
	pid_t top = forkpty(terminal, NULL, NULL, &size);

	if (!top) {
		child_leave_parent();
		setenv("TERM", "xterm", 1);
		execl(child_synscope(), "synscope", "top", NULL);
		_exit(127);
	}
	if (top < 0)
		message_error("cannot start 'top' on a terminal: %s", strerror(errno));
	return top;
}

/* Read what it draws, for some time. */
static void watch_top(int terminal, int ms)
{
	__u64 end = monotonic_ns() + ms * NS_PER_MS;
	struct pollfd drawn = { .fd = terminal, .events = POLLIN };
	char text[4096];

	for (__u64 now; (now = monotonic_ns()) < end;)
		if (poll(&drawn, 1, (int)((end - now) / NS_PER_MS) + 1) > 0 && read(terminal, text, sizeof(text)) <= 0)
			return;
}

/* Returns its CPU time in ns, or a negative errno (logged). */
static double end_top(pid_t top, int terminal)
{
	struct rusage usage;
	int status;

	kill(top, SIGTERM);
	while (wait4(top, &status, WNOHANG, &usage) != top)
		watch_top(terminal, 10);
	close(terminal);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

/* Shares of a processor, in percent, of `serve` with its viewers and of `top` at the same time. */
static int measure_shares(const struct serving *serving, double *serve, double *top, double *bytes)
{
	int ms = serving->bench->quick ? QUICK_MS : VIEW_MS, terminal;
	pid_t pages = served_start_pages(VIEWERS), drawing;
	double before, ns;
	__u64 begun;

	if (pages < 0)
		return pages;
	usleep(ms / 5 * 1000);
	served_usage(serving->served, &before, bytes);
	begun = monotonic_ns();
	drawing = start_top(&terminal);
	if (drawing > 0)
		watch_top(terminal, ms);
	served_usage(serving->served, &ns, bytes);
	*serve = 100 * (ns - before) / (double)(monotonic_ns() - begun);
	if (drawing > 0)
		*top = 100 * end_top(drawing, terminal) / (double)(monotonic_ns() - begun);
	if (waitpid(pages, NULL, WNOHANG) == pages) {
		message_error("'serve' does not answer its viewers");
		return -EPIPE;
	}
	child_stop(pages);
	return drawing < 0 ? drawing : 0;
}

static int report_shares(const struct serving *serving)
{
	struct series serve = { 0 }, top = { 0 }, memory = { 0 };
	struct report *report = serving->bench->report;

	for (int round = 0; round < serving->bench->rounds; round++) {
		double of_serve = 0, of_top = 0, bytes = 0;
		int err = measure_shares(serving, &of_serve, &of_top, &bytes);

		if (err)
			return err;
		series_add(&serve, of_serve);
		series_add(&top, of_top);
		series_add(&memory, bytes);
	}
	report_figure(report, "serve_ten_viewers", "%", &serve, &top);
	report_figure(report, "serve_memory", "bytes", &memory, NULL);
	return 0;
}

/* ---- the delay of events */

/* Wait for the event of a new flow. */
static int wait_for_new(int events)
{
	static const char wanted[] = "\"event\":\"new\"";
	char text[4096];
	size_t used = 0;
	struct pollfd readable = { .fd = events, .events = POLLIN };

	for (;;) {
		ssize_t n = poll(&readable, 1, EVENT_MS) == 1 ? recv(events, text + used, sizeof(text) - used, 0) : 0;
		size_t kept;

		if (n <= 0) {
			message_error("an event does not reach a viewer of 'serve'");
			return -ETIMEDOUT;
		}
		used += n;
		if (memmem(text, used, wanted, sizeof(wanted) - 1))
			return 0;
		kept = used < sizeof(wanted) ? used : sizeof(wanted);
		memmove(text, text + used - kept, kept);
		used = kept;
	}
}

/* The longest of some delays, in ms. */
static int measure_delay(struct serving *serving, double *worst)
{
	int count = serving->bench->quick ? QUICK_EVENTS : EVENTS, events = served_open_events(), err;

	err = events < 0 ? events : 0;
	for (int i = 0; i < count && !err; i++) {
		__u64 begun = monotonic_ns();
		double ns, ms;

		err = lane_run(&serving->newcomers, LANE_SYNS, 1, &ns);
		if (!err)
			err = wait_for_new(events);
		ms = (double)(monotonic_ns() - begun) / NS_PER_MS;
		*worst = ms > *worst ? ms : *worst;
		usleep(PAUSE_US);
	}
	if (events >= 0)
		close(events);
	return err;
}

/* The same while ten pages and a collector ask. */
static int measure_delay_of_busy(struct serving *serving, double *worst)
{
	pid_t pages = served_start_pages(VIEWERS), scrapes = served_start_scrapes();
	int err = pages < 0 ? pages : scrapes < 0 ? scrapes : measure_delay(serving, worst);

	if (pages > 0)
		child_stop(pages);
	if (scrapes > 0)
		child_stop(scrapes);
	return err;
}

static int report_delay(struct serving *serving)
{
	struct series busy = { 0 }, idle = { 0 };

	for (int round = 0; round < serving->bench->rounds; round++) {
		double of_busy = 0, of_idle = 0;
		int err = measure_delay(serving, &of_idle);

		if (!err)
			err = measure_delay_of_busy(serving, &of_busy);
		if (err)
			return err;
		series_add(&busy, of_busy);
		series_add(&idle, of_idle);
	}
	report_figure(serving->bench->report, "serve_event_delay", "ms", &busy, &idle);
	return 0;
}

/* ---- */

static int open_serving(struct serving *serving)
{
	const __u32 log2 = serving->bench->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2;
	const struct traffic_config table = { .flows_log2 = log2 }, newcomers = { .first_flow = OTHER_FLOWS };
	int err = pinned_open(&serving->pinned, "served", 1U << log2);

	if (!err)
		err = lane_open_program(&serving->table, serving->pinned.xdp_fd, &table);
	if (!err)
		err = lane_fill(&serving->table);
	if (!err)
		err = lane_open_program(&serving->newcomers, serving->pinned.xdp_fd, &newcomers);
	if (err)
		return err;
	serving->served = served_start();
	return serving->served < 0 ? serving->served : 0;
}

int group_serve(struct bench *bench)
{
	struct serving serving = { .bench = bench };
	int err = open_serving(&serving);

	if (!err)
		err = report_shares(&serving);
	if (!err)
		err = report_delay(&serving);
	if (serving.served > 0)
		child_stop(serving.served);
	if (serving.newcomers.traffic)
		lane_close(&serving.newcomers);
	if (serving.table.traffic)
		lane_close(&serving.table);
	pinned_close(&serving.pinned);
	return err;
}
