// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "export/collector.h"
#include "filter/filter.h"
#include "instance/open.h"
#include "kernel/platform.h"
#include "query/source.h"

#define DRAIN_NS (5 * NS_PER_S) /* for what waits at the end */
#define ACTIVE_DEFAULT_S 60
#define QUEUE_DEFAULT 65536

struct options {
	const char *name;
	__u32 active_s;
	struct destination_options to;
	struct address address[DESTINATIONS_MAX];
	int addresses;
	struct filter filter;
};

/* ---- the command line */

struct amount {
	__u64 bytes, ns; /* one of them is 0 */
};

/* Read a size, as 100M, or a time, as 1h. */
static bool parse_amount(const char *value, struct amount *amount)
{
	static const struct {
		const char *unit;
		__u64 bytes, ns;
	} units[] = {
		{ "K", 1ULL << 10, 0 },	      { "M", 1ULL << 20, 0 },	 { "G", 1ULL << 30, 0 },
		{ "s", 0, NS_PER_S },	      { "m", 0, 60 * NS_PER_S }, { "h", 0, 3600 * NS_PER_S },
		{ "d", 0, 86400 * NS_PER_S },
	};
	size_t digits = strspn(value, "0123456789");
	char number[16] = "";
	__u64 count;

	if (digits < sizeof(number))
		memcpy(number, value, digits);
	if (!parse_number(number, 1000000, &count) || !count)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].unit, value + digits) != 0)
			continue;
		*amount = (struct amount){ count * units[i].bytes, count * units[i].ns };
		return true;
	}
	return false;
}

static bool set_rotation(const struct option *option, const char *value, void *field)
{
	struct amount amount;

	(void)option;
	if (!parse_amount(value, &amount))
		return false;
	*(struct rotation *)field = (struct rotation){ amount.bytes, amount.ns };
	return true;
}

static bool set_keep(const struct option *option, const char *value, void *field)
{
	struct amount amount;

	(void)option;
	if (!parse_amount(value, &amount) || !amount.ns)
		return false;
	*(__u64 *)field = amount.ns;
	return true;
}

static bool set_keep_bytes(const struct option *option, const char *value, void *field)
{
	struct amount amount;

	(void)option;
	if (!parse_amount(value, &amount) || amount.bytes < KEEP_LEAST)
		return false;
	*(__u64 *)field = amount.bytes;
	return true;
}

static const struct option option_table[] = {
	OPTION_INSTANCE("flows of this instance; default all instances that exist at the start"),
	{ .name = "active",
	  .letter = 'a',
	  .argument = "SECONDS",
	  .help = "make a record of a flow that lives every SECONDS, with what is new since; default 60",
	  .set = option_set_number,
	  .offset = offsetof(struct options, active_s),
	  .least = 1,
	  .most = 86400 },
	{ .name = "flat",
	  .help = "write JSON of one level, client_ip instead of client.ip, as columnar stores take it",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, to.flat) },
	{ .name = "rotate",
	  .argument = "SIZE|TIME",
	  .help = "give a file another name, with the time, and begin a new one when it is that large (100M) or old "
		  "(1h)",
	  .set = set_rotation,
	  .expected = "a size, as 100M, or a time, as 30m, 1h or 1d",
	  .offset = offsetof(struct options, to.rotation) },
	{ .name = "keep",
	  .argument = "TIME",
	  .help = "of a history, delete flows whose last segment is older than that (12h, 7d)",
	  .set = set_keep,
	  .expected = "a time, as 12h or 7d",
	  .offset = offsetof(struct options, to.keep.ns) },
	{ .name = "keep-bytes",
	  .argument = "SIZE",
	  .help = "of a history, delete the oldest flows, so that its files take no more than that (500M, 10G)",
	  .set = set_keep_bytes,
	  .expected = "a size of 16M at least, as 500M or 10G",
	  .offset = offsetof(struct options, to.keep.bytes) },
	{ .name = "pen",
	  .argument = "NUMBER",
	  .help = "IPFIX: also send nanoseconds and the outcome, as elements of this enterprise number, which is yours",
	  .set = option_set_number,
	  .offset = offsetof(struct options, to.pen),
	  .least = 1,
	  .most = 0xfffffffe },
	{ .name = "queue",
	  .argument = "RECORDS",
	  .help = "that may wait for each DEST; what does not fit is lost, and counted; default 65536",
	  .set = option_set_number,
	  .offset = offsetof(struct options, to.queue_records),
	  .least = 16,
	  .most = 1 << 24 },
	{ 0 },
};

/* Take the destinations at the beginning of the arguments. Returns how many there are, or -1 (logged). */
static int take_addresses(const struct command *self, const struct arguments *arguments, struct options *options)
{
	int count = 0;

	while (count < arguments->count && (!count || address_is_meant(arguments->value[count]))) {
		const char *text = arguments->value[count], *wrong;

		if (count == DESTINATIONS_MAX) {
			message_usage(self->name, "at most %d destinations", DESTINATIONS_MAX);
			return -1;
		}
		wrong = address_parse(text, &options->address[count++]);
		if (wrong) {
			message_usage(self->name, "DEST '%s': %s", text, wrong);
			return -1;
		}
		for (int i = 0; i < count - 1; i++)
			if (!strcmp(options->address[i].text, text)) {
				message_usage(self->name, "DEST '%s' is there twice", text);
				return -1;
			}
	}
	options->addresses = count;
	return count;
}

/* ---- exporting */

/* Wait until there is something to do. False: the user wants to end. */
static bool wait_for_work(const struct collector *collector, struct destinations *destinations, bool busy,
			  struct pollfd *fds, int signals)
{
	int timeout = collector_poll(collector, fds + 1);
	enum signal_action action;

	fds[0] = (struct pollfd){ .fd = signals, .events = POLLIN };
	poll(fds, 1 + collector->count, busy ? 0 : timeout);
	if (destinations_are_finished(destinations))
		return false;
	if (!fds[0].revents)
		return true;
	action = signals_read_hangup(signals);
	if (action == SIGNAL_HANGUP)
		return destinations_reopen(destinations);
	return action != SIGNAL_END;
}

/* Returns 0 after a normal end, or a negative errno (logged). */
static int collect(struct collector *collector, struct destinations *destinations, struct pollfd *fds, int signals)
{
	int got;

	do
		got = collector_step(collector);
	while (got >= 0 && wait_for_work(collector, destinations, got > 0, fds, signals));
	return got == -ENODEV || got > 0 ? 0 : got;
}

static int export_into(const struct options *options, struct flow_sources *sources, struct destinations *destinations,
		       int signals)
{
	struct pollfd *fds = array_new(1 + sources->count, sizeof(*fds), "the instances");
	struct collector collector;
	int err =
		fds ? collector_open(&collector, sources, &options->filter, destinations, options->active_s * NS_PER_S)
		    : -ENOMEM;

	if (!err) {
		err = collect(&collector, destinations, fds, signals);
		collector_close(&collector);
	}
	free(fds);
	return err;
}

static int export_sources(const struct options *options, struct flow_sources *sources)
{
	struct destinations destinations;
	int signals = signals_open(false), err;

	if (signals < 0)
		return signals;
	err = destinations_open(&destinations, options->address, options->addresses, &options->to);
	if (!err) {
		err = export_into(options, sources, &destinations, signals);
		destinations_close(&destinations, DRAIN_NS);
	}
	close(signals);
	return err;
}

static int export_what_is_there(const struct options *options)
{
	struct flow_sources sources;
	int status = platform_check("exporting flows", NEEDS(CAP_BPF));

	if (!status)
		status = flow_sources_open(&sources, options->name, OBJECTS_EVENTS | 1U << OBJECT_SWEEP);
	if (status)
		return status;
	if (!sources.count) {
		instances_print_none();
		flow_sources_close(&sources);
		return -ENOENT;
	}
	return flow_sources_finish(&sources, export_sources(options, &sources));
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { .active_s = ACTIVE_DEFAULT_S, .to = { .queue_records = QUEUE_DEFAULT } };
	struct arguments arguments;
	int status, taken;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	taken = take_addresses(self, &arguments, &options);
	if (taken < 0)
		return EXIT_USAGE;
	status = filter_parse(arguments.value + taken, arguments.count - taken, &options.filter);
	if (status)
		return status;
	status = export_what_is_there(&options);
	filter_free(&options.filter);
	return status;
}

const struct command export_command = {
	.name = "export",
	.arguments = "DEST... [FILTER]",
	.argument_expected = "where to export to: " ADDRESS_EXPECTED,
	.argument_completes = "destinations",
	.least_arguments = 1,
	.most_arguments = ARGUMENTS_ANY,
	.summary = "send records of the flows to collectors, files and sockets",
	.description =
		"Send a record of each flow that ends, and of one that lives every --active seconds with what is new "
		"since, until Ctrl-C, or until what is exported was detached. DEST is '-' (standard output), "
		"file:PATH, "
		"unix:PATH or tcp://HOST:PORT for lines of JSON, sqlite:FILE for a history, which list, show and "
		"stats read by --from FILE, ipfix://HOST:PORT (UDP), ipfix+tcp://HOST:PORT or "
		"netflow9://HOST:PORT (UDP, for nfdump, which then knows both parts of the handshake) for collectors. "
		"None of them holds up another one or the traffic: each has a queue, and what does not fit is lost and "
		"counted. SIGHUP reopens files. With a FILTER, only flows that match when their record is made, see "
		"'synscope help FILTER'.",
	.example = "  synscope export --keep 7d sqlite:/var/lib/synscope/flows.db\n"
		   "  synscope export netflow9://127.0.0.1:9995\n"
		   "  synscope export --rotate 1h file:/var/log/flows.jsonl server port 443\n"
		   "  synscope export ipfix://collector.example:4739 - | jq -r .outcome",
	.groups = { { option_table, 0 } },
	.run = run,
};
