// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "instance/open.h"
#include "base/translate.h"
#include "format/schema.h"
#include "cli/commands.h"
#include "cli/filtered.h"
#include "filter/filter.h"
#include "query/event_processes.h"
#include "query/source.h"
#include "query/source_events.h"
#include "format/event.h"
#include "base/message.h"
#include "cli/options_names.h"
#include "kernel/platform.h"
#include "base/signals.h"
#include "instance/sweep.h"
#include "base/terminal.h"
#include "base/clock.h"

#define EVENTS_AT_ONCE 4096 /* maximum from one instance before the next one has its turn */
#define REAP_EVERY_NS 250000000ULL /* between two checks whether instances were detached */
#define SWEEP_EVERY_NS NS_PER_S

struct options {
	const char *name, *interface;
	enum output_format format;
	bool samples, resolve, processes, dns;
	struct filter filter;
};

static const struct option option_table[] = {
	OPTION_INSTANCE("events of this instance; default all instances that exist at the start"),
	OPTION_INTERFACE("only events of this interface, as the filter 'interface IFACE'"),
	{ .name = "samples",
	  .help = "print a line for each round trip instead, as pping does, of what was attached with --rtt",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, samples) },
	{ 0 },
};

/* One instance that is watched. */
struct watched {
	struct watching *watching;
	struct flow_source *source;
	struct source_events events;
	struct event_context context;
	bool detached;
};

struct watching {
	const struct options *options;
	struct flow_sources sources;
	struct watched *watched;
	int count;
	struct pollfd *fds; /* signals, stdout, then the readers */
	struct buffer out;
	struct event_output output;
	bool find_processes; /* to print them, or for the filter */
	struct event_processes processes;
	int err; /* because there was no memory (logged) */
};

#define FD_SIGNALS 0
#define FD_STDOUT 1
#define FD_READERS 2

/* ---- one instance */

static void on_event(const struct flow_event *event, void *context)
{
	struct watched *watched = context;
	struct watching *watching = watched->watching;
	struct flow_view view;

	event_view(&view, event, watched->context.timeout_ns);
	if (watching->find_processes && !watching->err)
		watching->err =
			event_processes_find(&watching->processes, watched->source, &view, event->kinds & EVENT_NEW);
	watched->context.labels = flow_source_labels(watched->source, &view);
	if (!filter_match(&watching->options->filter, &view, &watched->context.labels))
		return;
	if (!watching->options->processes) /* they may be known, but for the filter alone */
		watched->context.labels.sockets = NULL;
	event_output_add(&watching->output, event, &view, &watched->context);
}

/* Returns 0 or a negative errno (logged). */
static int watched_open(struct watched *watched)
{
	watched->context.timeout_ns = watched->source->instance->meta.config.timeout_ns;
	watched->context.since_ns = host_boot_ns();
	watched->events = (struct source_events){
		.source = watched->source,
		.instances = watched->watching->sources.count,
		.only = watched->watching->options->samples ? EVENT_ROUND_TRIPS : 0,
		.handler = on_event,
		.context = watched,
	};
	return source_events_open(&watched->events);
}

static void watched_close(struct watched *watched)
{
	source_events_close(&watched->events);
	watched->detached = true;
}

static void tell_losses(struct watched *watched)
{
	__u64 lost = source_events_lost(&watched->events);

	if (lost)
		message_warning("%llu events of '%s' lost: they come faster than they are printed", lost,
				watched->source->instance->meta.name);
}

static void once_a_second(struct watched *watched)
{
	tell_losses(watched);
	flow_source_refresh(watched->source);
	flow_source_warn_deleted(watched->source);
	sweep_instance(watched->source->instance);
}

/* ---- all of them */

/* Returns how many events there were, or a negative errno (logged, except for -EPIPE). */
static int consume_all(struct watching *watching)
{
	int sum = 0, err;

	for (int i = 0; i < watching->count; i++) {
		int got = watching->watched[i].detached
				  ? 0
				  : source_events_consume(&watching->watched[i].events, EVENTS_AT_ONCE);

		if (got < 0)
			return got;
		sum += got;
	}
	err = watching->err ? watching->err : sum ? buffer_flush(&watching->out) : 0;
	return err ? err : sum;
}

/* Closes instances that were detached. Returns how many are left. */
static int reap_detached(struct watching *watching)
{
	int left = 0;

	for (int i = 0; i < watching->count; i++) {
		struct watched *watched = &watching->watched[i];

		if (watched->detached)
			continue;
		if (instance_is_there(watched->source->instance)) {
			left++;
			continue;
		}
		tell_losses(watched);
		watched_close(watched);
		flow_source_close_detached(watched->source);
		message_info("'%s' was detached", watched->source->instance->meta.name);
	}
	return left;
}

static void set_fds(struct watching *watching)
{
	for (int i = 0; i < watching->count; i++) {
		struct watched *watched = &watching->watched[i];

		watching->fds[FD_READERS + i] =
			(struct pollfd){ .fd = watched->detached ? -1 : event_reader_fd(&watched->events.reader),
					 .events = POLLIN };
	}
}

/* Wait until there is something to do. False: the user wants to end, or the reader of the output is gone. */
static bool wait_for_events(struct watching *watching, __u64 due_ns)
{
	struct pollfd *fds = watching->fds;
	__u64 now = monotonic_ns();
	int timeout = now < due_ns ? (int)((due_ns - now) / 1000000) + 1 : 0;

	set_fds(watching);
	fds[FD_SIGNALS].revents = fds[FD_STDOUT].revents = 0;
	poll(fds, FD_READERS + watching->count, timeout);
	if (fds[FD_STDOUT].revents & POLLERR)
		return false;
	return !fds[FD_SIGNALS].revents || signals_read(fds[FD_SIGNALS].fd) != SIGNAL_END;
}

/* Returns 0 after a normal end, or a negative errno (logged, except for -EPIPE). */
static int watch(struct watching *watching)
{
	__u64 reap_ns = 0, sweep_ns = 0, now;
	int got = 0;

	do {
		now = monotonic_ns();
		if (now >= sweep_ns) {
			for (int i = 0; i < watching->count; i++)
				if (!watching->watched[i].detached)
					once_a_second(&watching->watched[i]);
			sweep_ns = now + SWEEP_EVERY_NS;
		}
		got = consume_all(watching);
		if (got < 0)
			return got;
		if (now >= reap_ns) {
			if (!reap_detached(watching))
				return 0;
			reap_ns = now + REAP_EVERY_NS;
		}
	} while (wait_for_events(watching, got ? now : reap_ns));
	got = consume_all(watching);
	return got < 0 ? got : 0;
}

/* ---- from beginning to end */

static bool is_timed(const struct flow_source *source)
{
	return source->instance->meta.config.rtt;
}

/* For --samples: is any source one of round trips? False: no (logged); those that are not are told, too. */
static bool any_is_timed(const struct flow_sources *sources)
{
	const char *one = sources->count == 1 ? sources->source[0].instance->meta.name : NULL;
	int timed = 0;

	for (int i = 0; i < sources->count; i++)
		timed += is_timed(&sources->source[i]);
	for (int i = 0; i < sources->count && timed; i++)
		if (!is_timed(&sources->source[i]))
			message_info("'%s' was attached without --rtt, and has no round trips",
				     sources->source[i].instance->meta.name);
	if (!timed)
		message_error("no round trips are timed: %s%s%s attached without --rtt; after 'synscope detach %s', "
			      "'synscope attach --rtt IFACE' attaches with it",
			      one ? "'" : "", one ? one : "all instances", one ? "' was" : " were", one ? one : "NAME");
	return timed;
}

/* Instances that cannot be watched are left out (logged). Returns 0, or a negative errno if none is left. */
static int open_each(struct watching *watching)
{
	int err = 0, left = 0;

	for (int i = 0; i < watching->sources.count; i++) {
		struct watched *watched = &watching->watched[watching->count++];
		int this_err;

		*watched = (struct watched){ .watching = watching, .source = &watching->sources.source[i] };
		if (watching->options->samples && !is_timed(watched->source)) {
			watched->detached = true; /* it is not watched */
			continue;
		}
		this_err = watched_open(watched);
		watched->detached = this_err;
		watching->sources.refused |= this_err;
		left += !this_err;
		err = err ? err : this_err;
	}
	return left ? 0 : err;
}

static int open_all(struct watching *watching, int signals)
{
	watching->watched = array_new(watching->sources.count, sizeof(*watching->watched), "the instances");
	watching->fds = array_new(FD_READERS + watching->sources.count, sizeof(*watching->fds), "the instances");
	if (!watching->watched || !watching->fds)
		return -ENOMEM;
	watching->fds[FD_SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	watching->fds[FD_STDOUT] = (struct pollfd){ .fd = STDOUT_FILENO };
	return open_each(watching);
}

static void close_all(struct watching *watching)
{
	for (int i = 0; i < watching->count; i++) {
		struct watched *watched = &watching->watched[i];

		if (watched->detached)
			continue;
		tell_losses(watched);
		watched_close(watched);
	}
	free(watching->watched);
	free(watching->fds);
}

static int watch_into(struct watching *watching, int signals)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	int err = open_all(watching, signals);

	if (err)
		return err;
	event_output_begin(&watching->output, watching->options->format, &watching->out, &terminal, watching->count,
			   (struct flow_extras){ .processes = watching->options->processes,
						 .host_names = watching->options->dns });
	if (watching->find_processes)
		err = event_processes_begin(&watching->processes, &watching->sources);
	if (!err)
		err = buffer_flush(&watching->out);
	if (!err)
		err = watch(watching);
	event_output_end(&watching->output);
	return err;
}

static int watch_sources(struct watching *watching, int signals)
{
	int err = buffer_init(&watching->out, STDOUT_FILENO), finish_err;

	if (err)
		return err;
	err = watch_into(watching, signals);
	close_all(watching);
	finish_err = buffer_finish(&watching->out);
	return err && err != -EPIPE ? err : finish_err;
}

static int watch_what_is_there(const void *of)
{
	const struct options *options = of;
	struct watching watching = {
		.options = options,
		.find_processes = options->processes || filter_needs_processes(&options->filter),
	};
	int status = platform_check("watching events", NEEDS(CAP_BPF)), signals;

	if (!status)
		status = flow_sources_open(&watching.sources, options->name, OBJECTS_EVENTS | 1U << OBJECT_SWEEP);
	if (status == -ENOENT && options->name && !options->name[strspn(options->name, "0123456789")])
		message_info(
			"-n takes the name of an instance; 'watch' prints each event at once, and needs no interval");
	if (status)
		return status;
	if (!watching.sources.count) {
		instances_print_none();
		flow_sources_close(&watching.sources);
		return -ENOENT;
	}
	if (options->samples && !any_is_timed(&watching.sources))
		return flow_sources_finish(&watching.sources, -EOPNOTSUPP);
	signals = signals_open(false);
	status = signals < 0 ? signals : flow_sources_resolve(&watching.sources, options->resolve);
	if (!status)
		status = options->dns ? flow_sources_name_hosts(&watching.sources) : 0;
	if (!status)
		status = watch_sources(&watching, signals);
	if (signals >= 0)
		close(signals);
	return flow_sources_finish(&watching.sources, status);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };

	return filtered_run(self, argc, argv, &options, &options.interface, &options.filter, watch_what_is_there);
}

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = "event", .format = options->format };
}

const struct command watch_command = {
	.name = "watch",
	.arguments = "[FILTER]",
	.argument_expected = "a FILTER, or no word at all",
	.argument_completes = "filter",
	.most_arguments = ARGUMENTS_ANY,
	.summary = N_("print what happens to the connections, live, a line per event"),
	.description =
		"Print a line whenever a connection is seen for the first time (new), when an endpoint's state changes "
		"(state), when a handshake is done (handshake, with the latencies: SYN to SYN/ACK, SYN/ACK to ACK, "
		"whole), and when the connection has ended (closed), until Ctrl-C. Up to 8 watchers get every event, "
		"or with a FILTER those of flows that match at that moment, see 'synscope help FILTER'. "
		"With --samples, print a line for each round trip (rtt) instead: to which end, how long, the least "
		"one so far.",
	.example = "  synscope watch\n"
		   "  synscope watch outcome refused or retransmits '>' 0\n"
		   "  synscope watch --samples server rtt last '>' 50ms\n"
		   "  synscope watch -o jsonl | jq -r 'select(.event == \"handshake\").flow.id'",
	.groups = { { option_table, 0 },
		    { dns_options, offsetof(struct options, dns) },
		    { process_options, offsetof(struct options, processes) },
		    { resolve_options, offsetof(struct options, resolve) },
		    { utc_options, 0 },
		    { output_options, offsetof(struct options, format) } },
	.schema = schema,
	.run = run,
};
