// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/translate.h"
#include "cli/commands.h"
#include "filter/filter.h"
#include "base/message.h"
#include "instance/open.h"
#include "cli/options_names.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "top/top.h"
#include "top/view.h"
#include "base/clock.h"

#define INTERVAL_MAX 3600 /* seconds */

struct options {
	enum sort_key sort;
	bool all;
	__u32 interval;
	const char *name;
	bool resolve;
};

static const struct option option_table[] = {
	{ .name = "all",
	  .letter = 'a',
	  .help = "closed flows too, as long as they linger (--timeout closed of 'attach')",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, all) },
	{ .name = "sort",
	  .argument = "KEY",
	  .help = "as for 'synscope list'; default last_seen",
	  .set = option_set_choice,
	  .choices = sort_names,
	  .offset = offsetof(struct options, sort) },
	{ .name = "interval",
	  .argument = "SEC",
	  .help = "read the flows every SEC seconds; default 1",
	  .set = option_set_number,
	  .least = 1,
	  .most = INTERVAL_MAX,
	  .offset = offsetof(struct options, interval) },
	OPTION_INSTANCE("flows of this instance; default all instances"),
	{ 0 },
};

static int show_sources(struct flow_sources *sources, const struct options *options, const char *filter)
{
	struct top_options top = {
		.sort = options->sort,
		.all = options->all,
		.filter = filter,
		.interval_ns = options->interval * NS_PER_S,
	};
	int signals, err;

	if (!sources->count) {
		instances_print_none();
		return -ENOENT;
	}
	signals = signals_open(true);
	if (signals < 0)
		return signals;
	err = top_show(sources, &top, signals);
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

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { .interval = 1 };
	char filter_text[FILTER_TEXT_SIZE];
	struct filter filter = { 0 };
	struct arguments arguments;
	struct flow_sources sources;
	int status;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	status = filter_parse(arguments.value, arguments.count, &filter);
	filter_free(&filter);
	if (status)
		return status;
	if (!join_words(&arguments, filter_text))
		return EXIT_USAGE;
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
	status = flow_sources_resolve(&sources, options.resolve, false);
	if (!status)
		status = show_sources(&sources, &options, filter_text);
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
		"Show the flows on the whole terminal, updated every second: rates of new flows and SYNs, counts by "
		"state "
		"of either end, percentiles and histograms of the latencies of handshakes, and a table, which keys "
		"sort, "
		"filter (/), reverse and pause (space); Enter draws the selected flow as a ladder, ? lists all keys. "
		"With a FILTER only flows that match, see 'synscope help FILTER'.",
	.example = "  synscope top\n"
		   "  synscope top --sort handshake state established and server port 443",
	.groups = { { option_table, 0 }, { resolve_options, offsetof(struct options, resolve) }, { utc_options, 0 } },
	.run = run,
};
