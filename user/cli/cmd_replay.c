// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/translate.h"
#include "format/schema.h"
#include "cli/commands.h"
#include "cli/filtered.h"
#include "instance/counters.h"
#include "instance/not_followed.h"
#include "query/source.h"
#include "format/event.h"
#include "base/message.h"
#include "cli/options_attach.h"
#include "cli/options_names.h"
#include "base/progress.h"
#include "replay/captures.h"
#include "replay/play.h"
#include "replay/recording.h"
#include "replay/replay.h"
#include "replay/flows.h"
#include "replay/in_kernel.h"
#include "replay/in_process.h"
#include "replay/ladder.h"
#include "replay/link.h"
#include "base/terminal.h"
#include "base/clock.h"
#include "format/detail.h"
#include "flow/names.h"

struct options {
	struct attach_options attach;
	struct detail_style style;
	bool events;
	bool samples;
	bool stats;
	bool in_kernel;
	const char *show;
	struct filter filter;
	bool resolve;
};

static const struct option option_table[] = {
	{ .name = "events",
	  .help = "print the events that 'synscope watch' would have printed, by the capture's clock, not the flows",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, events) },
	{ .name = "samples",
	  .help = "time round trips, as --rtt, and print a line for each of them, not the flows; with --events between "
		  "the events",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, samples) },
	{ .name = "show",
	  .argument = "FLOW",
	  .help = "print one flow in full, as 'synscope show' does, with every segment of it",
	  .set = option_set_text,
	  .expected = FLOW_NAME_EXPECTED,
	  .offset = offsetof(struct options, show) },
	{ .name = "stats",
	  .help = "report on stderr the number of packets, the speed, why packets belong to no flow, and with --rtt "
		  "percentiles of the round trips",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, stats) },
	{ .name = "in-kernel",
	  .help = "run the programs in the kernel, as for live traffic: slower, and needs the capabilities that "
		  "attaching needs",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, in_kernel) },
	{ 0 },
};

struct replaying {
	const struct options *options;
	struct captures *captures;
	struct replay *replay;
	struct replay_flows flows;
	struct replay_ladder ladder;
	struct buffer out;
	struct event_output events;
	struct event_context context;
	struct progress progress;
	struct services *services;
};

static bool prints_events(const struct options *options)
{
	return options->events || options->samples;
}

/* ---- the replay */

static void on_event(const struct flow_event *event, void *context)
{
	struct replaying *replaying = context;
	struct flow_view view;

	if (replaying->options->show) {
		replay_ladder_event(event, &replaying->ladder);
		return;
	}
	if (!prints_events(replaying->options)) {
		replay_flows_keep(event, &replaying->flows);
		return;
	}
	event_view(&view, event, replaying->context.timeout_ns);
	captures_label(replaying->captures, &view, &replaying->context.labels);
	if (!filter_match(&replaying->options->filter, &view, &replaying->context.labels))
		return;
	event_output_add(&replaying->events, event, &view, &replaying->context);
}

static int add_step(void *context, const struct capture_frame *frame)
{
	struct replaying *replaying = context;

	return replay_ladder_frame(&replaying->ladder, replaying->replay, frame);
}

/* Nobody reads the output any more. */
static bool has_no_reader(void *context)
{
	const struct replaying *replaying = context;

	return buffer_failed(&replaying->out);
}

/* Replay all frames before the first damaged one. Returns 0 or the first failure, a negative errno (logged). */
static int replay_all(struct replaying *replaying)
{
	const struct playing playing = {
		.captures = replaying->captures,
		.replay = replaying->replay,
		.progress = &replaying->progress,
		.after = replaying->options->show ? add_step : NULL,
		.ended = has_no_reader,
		.context = replaying,
	};

	return play_all(&playing);
}

static int print_flows(struct replaying *replaying, __u64 *printed)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct flow_output output;
	int err = flow_output_begin(&output, replaying->options->style.format, &replaying->out, &terminal, 1,
				    (struct flow_extras){ .rtt = replay_config(replaying->replay)->rtt });

	if (err)
		return err;
	err = replay_flows_print(&replaying->flows, replaying->replay, &replaying->options->filter, &output,
				 &replaying->context.labels, replaying->captures, printed);
	flow_output_end(&output);
	return err;
}

static int print_shown(struct replaying *replaying, __u64 *printed)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct flow_view view;
	struct ladder ladder;

	if (!replay_ladder_end(&replaying->ladder, replaying->replay, &view, &ladder)) {
		message_error("no flow '%s' in '%s'; 'synscope replay' prints all flows", replaying->options->show,
			      replaying->context.labels.instance);
		return -ENOENT;
	}
	captures_label(replaying->captures, &view, &replaying->context.labels);
	flow_detail_print(&replaying->out, &replaying->options->style, &terminal, &view, &ladder,
			  &replaying->context.labels);
	*printed = 1;
	return 0;
}

/* ---- the summary */

/* "12 non_tcp, 1 truncated": why frames belong to no flow. */
static void put_refused(const struct replay_totals *totals, char *text, size_t size)
{
	size_t length = 0;

	*text = '\0';
	for (enum synscope_counter i = COUNTER_NON_IP; i <= COUNTER_EXTENSION_DEPTH && length < size; i++)
		if (totals->counters[i])
			length += snprintf(text + length, size - length, "%s%llu %s", length ? ", " : "",
					   totals->counters[i], counter_name(i));
}

/* Of all server ports together; 'stats --from' has them by port, too. */
static void tell_round_trips(const struct histogram_reader *histograms)
{
	static const unsigned int of_10000[] = { 5000, 9000, 9900, 9990 };
	struct port_round_trips sum = { 0 };
	char text[4][SHORT_SIZE + 1];

	histogram_reader_add_round_trips(histograms, &sum);
	for (int end = 0; end < ROUND_TRIP_ENDS; end++) {
		__u64 count = histogram_total(sum.count[end]);

		if (!count) {
			message_info("no round trips to the %s", side_names[end]);
			continue;
		}
		for (int i = 0; i < 4; i++)
			*put_latency(text[i], histogram_percentile(sum.count[end], of_10000[i])) = '\0';
		message_info("%llu round trip%s to the %s: P50 %s, P90 %s, P99 %s, P99.9 %s", count,
			     count == 1 ? "" : "s", side_names[end], text[0], text[1], text[2], text[3]);
	}
}

static void tell_stats(const struct replay_totals *totals, __u64 took_ns, __u64 printed, bool events)
{
	char refused[512], tunnels[NOT_FOLLOWED_SIZE];

	message_info("%llu packets in %.3f s: %.0f packets/s", totals->frames, took_ns / 1e9,
		     totals->frames / (took_ns / 1e9));
	put_refused(totals, refused, sizeof(refused));
	if (*refused)
		message_info("packets that belong to no flow: %s", refused);
	if (not_followed_put(tunnels, totals->counters))
		message_info("packets in tunnels that are not followed: %s", tunnels);
	if (!events)
		message_info("%llu flow%s", printed, printed == 1 ? "" : "s");
}

/* ---- from file to output */

static int finish(struct replaying *replaying, __u64 took_ns)
{
	struct replay_totals totals;
	__u64 printed = 0;
	int err = 0;

	if (prints_events(replaying->options))
		event_output_end(&replaying->events);
	else if (replaying->options->show)
		err = print_shown(replaying, &printed);
	else
		err = print_flows(replaying, &printed);
	if (!err)
		err = replay_totals(replaying->replay, &totals);
	if (err)
		return err;
	replay_totals_tell(&totals, replaying->context.labels.instance, replaying->options->attach.decap);
	if (replaying->options->stats)
		tell_stats(&totals, took_ns, printed, prints_events(replaying->options));
	if (replaying->options->stats && replaying->options->attach.rtt)
		tell_round_trips(replay_histograms(replaying->replay));
	return 0;
}

static int replay_into(struct replaying *replaying)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	int err, finish_err;

	if (prints_events(replaying->options))
		event_output_begin(&replaying->events, replaying->options->style.format, &replaying->out, &terminal, 1,
				   (struct flow_extras){ 0 });
	replaying->context.timeout_ns = replay_config(replaying->replay)->timeout_ns;
	replaying->context.labels.tunnels = replay_table(replaying->replay)->tunnels;
	replaying->progress = progress_begin("packets", prints_events(replaying->options));
	err = replay_all(replaying);
	finish_err = finish(replaying, monotonic_ns() - replaying->progress.start_ns);
	return err ? err : finish_err;
}

/* Of events, for a reader_slot. */
static __u32 kinds_wanted(const struct options *options)
{
	__u32 kinds = (options->events ? EVENT_CHANGES : 0) | (options->samples ? EVENT_ROUND_TRIPS : 0);

	return kinds ? kinds : EVENT_RETIRED;
}

static int replay_captures(struct replaying *replaying)
{
	const struct replay_listener listener = {
		.only = kinds_wanted(replaying->options),
		.handler = on_event,
		.context = replaying,
		.timeouts = replaying->options->events,
	};
	const struct replay_engine *engine = replaying->options->in_kernel ? &in_kernel_engine : &in_process_engine;
	int err = replay_open(engine, &replaying->options->attach, &listener, &replaying->replay), finish_err;

	if (err)
		return err;
	err = buffer_init(&replaying->out, STDOUT_FILENO);
	if (!err) {
		err = replay_into(replaying);
		finish_err = buffer_finish(&replaying->out);
		err = err ? err : finish_err;
	}
	replay_close(replaying->replay);
	replay_flows_free(&replaying->flows);
	replay_ladder_free(&replaying->ladder);
	return err;
}

static bool check_show(const struct options *options, struct flow_name *name, const char *command)
{
	if (!options->show && (options->style.ladder.absolute || options->style.ladder.explain)) {
		message_usage(command, "--%s is about the ladder of one flow, and needs --show FLOW",
			      options->style.ladder.absolute ? "absolute" : "explain");
		return false;
	}
	if (!options->show)
		return true;
	if (options->filter.steps) {
		message_usage(command, "--show prints one flow, and cannot be used with a FILTER");
		return false;
	}
	if (prints_events(options)) {
		message_usage(command, "--show cannot be used with --%s", options->events ? "events" : "samples");
		return false;
	}
	if (flow_name_parse(name, options->show))
		return true;
	message_usage(command, "'%s' is not the name of a flow: expected " FLOW_NAME_EXPECTED, options->show);
	return false;
}

static int replay_files(struct replaying *replaying, const char **paths, size_t count)
{
	bool resolve = replaying->options->resolve;
	int status = captures_open(&replaying->captures, paths, count);

	if (status)
		return status;
	replaying->context.labels.instance = recording_name(paths[0]);
	if (resolve)
		replaying->context.labels.services = replaying->services = services_read();
	status = resolve && !replaying->services ? -ENOMEM : replay_captures(replaying);
	services_free(replaying->services);
	captures_close(replaying->captures);
	return status;
}

int replay_show(const char *file, const char *flow, const struct detail_style *style, bool resolve)
{
	struct options options = { .show = flow, .style = *style, .resolve = resolve };
	struct replaying replaying = { .options = &options };

	attach_options_defaults(&options.attach);
	if (!flow_name_parse(&replaying.ladder.name, flow))
		return -EINVAL;
	return replay_files(&replaying, &file, 1);
}

/* The arguments that are captures: the first one, and those right after it that exist, or whose names say so. */
static size_t count_files(const struct arguments *arguments)
{
	struct stat status;
	size_t count = 1;

	while (count < (size_t)arguments->count &&
	       (!strcmp(arguments->value[count], "-") || !stat(arguments->value[count], &status) ||
		strstr(arguments->value[count], ".pcap") || strstr(arguments->value[count], ".cap")))
		count++;
	return count;
}

/* Twice the same file would be every segment twice. */
static bool check_files(const struct arguments *arguments, size_t count, const char *command)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (!strcmp(arguments->value[i], arguments->value[j])) {
				message_usage(command, "'%s' is given twice", arguments->value[i]);
				return false;
			}
		}
	}
	return true;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct replaying replaying = { .options = &options };
	struct arguments arguments;
	size_t files;
	int status;

	attach_options_defaults(&options.attach);
	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	options.attach.rtt |= options.samples;
	files = count_files(&arguments);
	if (!check_files(&arguments, files, self->name))
		return EXIT_USAGE;
	status = filter_parse(arguments.value + files, arguments.count - files, &options.filter);
	if (!status && !filtered_without_processes(&options.filter, self->name, "which a capture does not name"))
		status = EXIT_USAGE;
	if (!status)
		status = check_show(&options, &replaying.ladder.name, self->name) ? 0 : EXIT_USAGE;
	if (!status)
		status = replay_files(&replaying, arguments.value, files);
	filter_free(&options.filter);
	return status;
}

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = options->show		  ? "flow_shown"
						 : prints_events(options) ? "event"
									  : "flow",
				       .format = options->style.format,
				       .single = options->show };
}

const struct command replay_command = {
	.name = "replay",
	.arguments = "FILE... [FILTER]",
	.argument_expected = "a pcap or pcapng file, a directory of them, or - for stdin",
	.argument_completes = "files",
	.least_arguments = 1,
	.most_arguments = ARGUMENTS_ANY,
	.summary = N_("print the flows of captures"),
	.description =
		"Send the packets of a pcap or pcapng file through the programs that track live traffic, by the "
		"capture's own clock, and print every connection, as it was at the last packet; with a FILTER "
		"only those that match then, or with --events the events of flows that match at that moment, see "
		"'synscope help FILTER'. Several files, or those of a directory, are replayed as one, in the order "
		"of time: those of a ring buffer, for example. They may be compressed by gzip or zstd. Nothing is "
		"attached, and nothing stays. Link types: " LINK_TYPES_SUPPORTED ".",
	.example = "  synscope replay trace.pcap --timeout all=none\n"
		   "  synscope replay trace.pcap failed or outcome opening\n"
		   "  synscope replay ring.pcap* --show 10.0.0.1:40000-10.0.0.2:443\n"
		   "  tcpdump -w - -c 10000 tcp | synscope replay - -o jsonl --events",
	.groups = { { option_table, 0 },
		    { table_option_table, offsetof(struct options, attach) },
		    { resolve_options, offsetof(struct options, resolve) },
		    { utc_options, 0 },
		    { ladder_options, offsetof(struct options, style.ladder) },
		    { output_options, offsetof(struct options, style.format) } },
	.schema = schema,
	.run = run,
};
