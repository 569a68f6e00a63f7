// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include "base/translate.h"
#include "format/schema.h"
#include "cli/commands.h"
#include "cli/filtered.h"
#include "cli/from.h"
#include "query/listing.h"
#include "base/message.h"
#include "instance/open.h"
#include "cli/options_names.h"
#include "base/terminal.h"
#include "base/clock.h"

struct options {
	struct listing listing;
	bool sort_given;
	bool timing;
	const char *name, *from, *interface;
	enum output_format format;
	bool resolve, processes, dns;
};

static bool set_sort(const struct option *option, const char *value, void *field)
{
	struct options *options = field;

	options->sort_given = true;
	return option_set_choice(option, value, &options->listing.sort);
}

static const struct option option_table[] = {
	{ .name = "all",
	  .letter = 'a',
	  .help = "closed flows too, as long as they linger (--timeout closed of 'attach')",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, listing.all) },
	{ .name = "sort",
	  .argument = "KEY",
	  .help = "last_seen, first_seen: newest first; packets, bytes, client_packets, client_bytes, "
		  "server_packets, server_bytes, retransmits: most first; client, server: by address; state; outcome: "
		  "what went wrong first; conn_state; syn_to_synack, synack_to_ack, handshake, client_rtt, "
		  "server_rtt: slowest first. Default last_seen, "
		  "but -o jsonl without --sort and --limit streams in the order of the table",
	  .set = set_sort,
	  .choices = sort_names },
	{ .name = "limit",
	  .argument = "N",
	  .help = "print the first N flows",
	  .set = option_set_amount,
	  .least = 1,
	  .most = ~0U,
	  .offset = offsetof(struct options, listing.limit) },
	OPTION_INSTANCE("flows of this instance; default all instances"),
	OPTION_INTERFACE("only flows of this interface, as the filter 'interface IFACE'"),
	OPTION_FROM,
	{ .name = "timing",
	  .help = "report on stderr how long the scan of the tables and the whole command took",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, timing) },
	{ 0 },
};

static void tell_times(const struct listing_times *times, __u64 whole_ns)
{
	message_info("scan of %llu slots with %llu flows: %.1f ms; whole listing: %.1f ms", times->slots, times->flows,
		     times->scan_ns / 1e6, whole_ns / 1e6);
}

/* Returns 0 or a negative errno (logged). */
static int print_list(const struct options *options, struct flow_sources *sources, struct listing_times *times)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct progress progress = progress_begin("flows", true);
	struct listing listing = options->listing;
	struct flow_output output;
	struct buffer out;
	int err = buffer_init(&out, STDOUT_FILENO);

	if (err)
		return err;
	listing.progress = &progress;
	err = flow_output_begin(&output, options->format, &out, &terminal, sources->count,
				(struct flow_extras){ options->processes, options->dns,
						      flow_sources_have_rtt(sources) });
	if (!err) {
		err = list_flows(sources, &listing, &output, times);
		flow_output_end(&output);
	}
	progress_end(&progress);
	if (!err)
		return buffer_finish(&out);
	buffer_finish(&out);
	return err;
}

static int list_instances(const struct options *options)
{
	struct listing_times times = { 0 };
	struct flow_sources sources;
	__u64 start = monotonic_ns();
	int status = flow_sources_open(&sources, options->name, 0);

	if (status)
		return status;
	if (!sources.instance_count)
		instances_print_none();
	flow_sources_warn_deleted(&sources);
	status = flow_sources_resolve(&sources, options->resolve);
	if (!status && options->dns)
		status = flow_sources_name_hosts(&sources);
	if (!status)
		status = print_list(options, &sources, &times);
	if (!status && options->timing)
		tell_times(&times, monotonic_ns() - start);
	if (!status && options->listing.filter.steps && !times.listed && times.hidden)
		message_info("no open flow matches, but %llu closed: --all shows closed flows", times.hidden);
	if (!status && !times.flows)
		flow_sources_tell_not_followed(&sources);
	return flow_sources_finish(&sources, status);
}

static int list(const void *of)
{
	struct options options = *(const struct options *)of;
	const char *other = options.name	? "name"
			    : options.processes ? "processes"
			    : options.dns	? "dns"
			    : options.timing	? "timing"
						: NULL;

	if (!from_check(options.from, other, list_command.name))
		return EXIT_USAGE;
	if (options.format == OUTPUT_JSONL && !options.sort_given && !options.listing.limit)
		options.listing.sort = SORT_NONE;
	if (options.from &&
	    !filtered_without_processes(&options.listing.filter, list_command.name, "which a file does not name"))
		return EXIT_USAGE;
	if (options.from)
		return from_list(options.from, &options.listing, options.format, options.resolve);
	options.listing.names_ns = NAMES_WAIT_NS;
	options.listing.processes = options.processes || filter_needs_processes(&options.listing.filter);
	return list_instances(&options);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };

	return filtered_run(self, argc, argv, &options, &options.interface, &options.listing.filter, list);
}

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = "flow", .format = options->format };
}

const struct command list_command = {
	.name = "list",
	.arguments = "[FILTER]",
	.argument_expected = "a FILTER, or no word at all",
	.argument_completes = "filter",
	.most_arguments = ARGUMENTS_ANY,
	.summary = N_("print the flows"),
	.description =
		"Print the flows that are not closed: both endpoints' states, the latencies of the handshake "
		"(SYN to SYN/ACK, SYN/ACK to ACK, and the whole, lost SYNs included; ~ if a retransmission makes "
		"them uncertain), the times since the first and since the last segment, and what became of the flow. "
		"With a FILTER only those that match, see "
		"'synscope help FILTER'. With --from, all flows of a capture, closed or not, as of its last packet, or "
		"all of a history that 'export' wrote, as of their last record.",
	.example = "  synscope list --all --sort handshake --limit 10\n"
		   "  synscope list state established and server port 443\n"
		   "  synscope list --from trace.pcap --sort handshake --limit 10 failed\n"
		   "  synscope list --from flows.db 'started > -2h and failed'\n"
		   "  synscope list -o jsonl | jq 'select(.server.port == 443)'",
	.groups = { { option_table, 0 },
		    { dns_options, offsetof(struct options, dns) },
		    { process_options, offsetof(struct options, processes) },
		    { resolve_options, offsetof(struct options, resolve) },
		    { output_options, offsetof(struct options, format) } },
	.schema = schema,
	.run = run,
};
