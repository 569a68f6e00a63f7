// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/translate.h"
#include "cli/commands.h"
#include "cli/default_iface.h"
#include "cli/unpinned.h"
#include "cli/filtered.h"
#include "base/message.h"
#include "cli/options_names.h"
#include "instance/open.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "top/top.h"
#include "top/view.h"
#include "base/clock.h"

#define INTERVAL_MAX 3600 /* seconds */
#define OTHERS_SIZE 256 /* of the names of interfaces in a message */

struct options {
	enum sort_key sort;
	bool all;
	__u32 interval;
	const char *name, *interface;
	bool resolve, processes, dns;
};

static const struct option option_table[] = {
	{ .name = "all",
	  .letter = 'a',
	  .help = "closed flows too, as long as they linger (--timeout closed of 'attach')",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, all) },
	{ .name = "sort",
	  .argument = "KEY",
	  .help = "as for 'synscope list', or byte_rate, packet_rate; default last_seen",
	  .set = option_set_choice,
	  .choices = sort_rated_names,
	  .offset = offsetof(struct options, sort) },
	{ .name = "interval",
	  .letter = 'd',
	  .argument = "SEC",
	  .help = "read the flows every SEC seconds; default 1",
	  .set = option_set_number,
	  .least = 1,
	  .most = INTERVAL_MAX,
	  .offset = offsetof(struct options, interval) },
	OPTION_INSTANCE("flows of this instance; default all instances"),
	OPTION_INTERFACE("only flows of this interface, as the filter 'interface IFACE'"),
	{ 0 },
};

/* Nothing is attached: track the interface of the default route, as `run` does, until the user has enough. */
static int show_default(const struct options *options, struct top_options *top, int signals)
{
	struct attach_options attach;
	struct unpinned unpinned;
	char others[OTHERS_SIZE];
	int err;

	attach_options_defaults(&attach);
	message_info("nothing is attached; 'top' tracks by itself until it ends");
	err = default_iface(&attach, others, sizeof(others));
	if (err == -ENOENT)
		message_error("there is no default route whose interface could be tracked; 'synscope run IFACE' tracks "
			      "one, there are: %s",
			      others);
	if (!err)
		err = unpinned_open(&unpinned, &attach, options->resolve);
	if (err)
		return err == -EINTR ? 0 : err; /* the user has ended the command */
	top->end_when_deleted = true;
	if (options->dns)
		err = flow_sources_name_hosts(&unpinned.sources);
	if (!err)
		err = top_show(&unpinned.sources, top, signals);
	if (err == -ENODEV)
		message_error("%s is gone: nothing is left to track", unpinned.source.interface[0].ifname);
	unpinned_close(&unpinned);
	return err;
}

static int show_sources(struct flow_sources *sources, const struct options *options, const char *filter,
			struct filter_names *names)
{
	struct top_options top = {
		.host_names = options->dns,
		.processes = options->processes,
		.names = names,
		.sort = options->sort,
		.all = options->all,
		.filter = filter,
		.interval_ns = options->interval * NS_PER_S,
	};
	int signals, err;

	if (!sources->count && (options->name || sources->instance_count)) { /* it was detached at this moment */
		instances_print_none();
		return -ENOENT;
	}
	signals = signals_open(true);
	if (signals < 0)
		return signals;
	err = sources->count ? top_show(sources, &top, signals) : show_default(options, &top, signals);
	close(signals);
	return err;
}

/* Join the words of a filter. False: the text is too long to be edited (logged). */
static bool join_words(const struct arguments *words, char *text)
{
	size_t used = 0;

	*text = '\0';
	for (int i = 0; i < words->count && used < FILTER_TEXT_SIZE; i++)
		used += snprintf(text + used, FILTER_TEXT_SIZE - used, "%s%s", i ? " " : "", words->value[i]);
	if (used >= FILTER_TEXT_SIZE)
		message_error("the filter is too long: at most %d characters can be edited", FILTER_TEXT_SIZE - 1);
	return used < FILTER_TEXT_SIZE;
}

/* The filter as text that can be edited. Returns 0, EXIT_USAGE or a negative errno (logged). */
static int read_filter(const struct arguments *given, const char *interface, struct filter_names *names, char *text)
{
	struct filter filter = { 0 };
	struct arguments words;
	int status = filtered_words(given, interface, &words);

	if (status)
		return status;
	names->look_up = true;
	status = filter_parse_named(words.value, words.count, names, &filter);
	names->look_up = false; /* nobody waits for a name while a filter is typed */
	filter_free(&filter);
	if (!status && !join_words(&words, text))
		status = EXIT_USAGE;
	free(words.value);
	return status;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { .interval = 1 };
	char filter_text[FILTER_TEXT_SIZE];
	struct filter_names names = { 0 };
	struct arguments arguments;
	struct flow_sources sources;
	int status;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	status = read_filter(&arguments, options.interface, &names, filter_text);
	if (status)
		return status;
	if (!terminal_is_ours()) {
		message_error("'top' needs a terminal for its screen and its keys, but %s; 'synscope list' prints the "
			      "flows anywhere",
			      terminal_not_ours());
		return -ENOTTY;
	}
	status = flow_sources_open(&sources, options.name,
				   OBJECTS_HISTOGRAMS | 1U << OBJECT_COUNTERS | 1U << OBJECT_SWEEP);
	if (status)
		return status;
	status = flow_sources_resolve(&sources, options.resolve);
	if (!status && options.dns)
		status = flow_sources_name_hosts(&sources);
	if (!status)
		status = show_sources(&sources, &options, filter_text, &names);
	return flow_sources_finish(&sources, status);
}

const struct command top_command = {
	.name = "top",
	.arguments = "[FILTER]",
	.argument_expected = "a FILTER, or no word at all",
	.argument_completes = "filter",
	.most_arguments = ARGUMENTS_ANY,
	.summary = N_("watch the flows on a full screen: sorted, filtered, with ladders"),
	.description =
		"Show the flows on the whole terminal, updated every second: rates of new flows, SYNs, packets and "
		"bytes, "
		"counts by state of either end, percentiles and histograms of the latencies of handshakes, and a "
		"table, "
		"which keys and the mouse sort, filter (F4), search (/), reverse and pause (space); Enter draws the "
		"selected flow as a ladder, F2 chooses the columns, F1 lists all keys. With a FILTER only flows that "
		"match, see 'synscope help FILTER'. If nothing is attached, the interface of the default route is "
		"tracked "
		"meanwhile, as 'synscope run' does.",
	.example = "  synscope top\n"
		   "  synscope top --sort handshake state established and server port 443",
	.groups = { { option_table, 0 },
		    { dns_options, offsetof(struct options, dns) },
		    { process_options, offsetof(struct options, processes) },
		    { resolve_options, offsetof(struct options, resolve) },
		    { utc_options, 0 } },
	.run = run,
};
