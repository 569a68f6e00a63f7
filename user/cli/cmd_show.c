// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include "base/translate.h"
#include "format/schema.h"
#include "cli/commands.h"
#include "cli/from.h"
#include "flow/name.h"
#include "query/search.h"
#include "query/source.h"
#include "flow/ladder.h"
#include "base/message.h"
#include "cli/options_names.h"
#include "base/terminal.h"
#include "format/detail.h"
#include "format/sink.h"

struct options {
	const char *name, *from;
	struct detail_style style;
	bool resolve, processes, dns;
};

static const struct option option_table[] = {
	OPTION_INSTANCE("search this instance; default all instances"),
	OPTION_FROM,
	{ 0 },
};

static int print_found(struct flow_search *found, const struct detail_style *style)
{
	struct flow_labels labels = flow_source_labels(found->source, &found->view);
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder = { 0 };
	struct buffer out;
	int err = buffer_init(&out, STDOUT_FILENO);

	if (err)
		return err;
	flow_search_read(found, &ladder, steps);
	flow_detail_print(&out, style, &terminal, &found->view, &ladder, &labels);
	return buffer_finish(&out);
}

static void wait_for_names(struct host_names *names, const struct flow_view *view)
{
	char name[HOST_NAME_SIZE];

	for (int i = 0; i < SIDE_COUNT; i++)
		host_name_of(names, &view->side[i].ip, name);
	host_names_wait(names, NAMES_WAIT_NS);
}

static int show(struct flow_sources *sources, const struct flow_name *name, const char *text,
		const struct detail_style *style, bool processes)
{
	struct flow_search found = { .name = *name };
	int err = 0;

	for (int i = 0; i < sources->count && !err; i++)
		err = flow_search_in(&found, &sources->source[i]);
	if (err)
		return err;
	if (!found.source) {
		message_error(FLOW_NOT_FOUND, text);
		return -ENOENT;
	}
	flow_source_warn_deleted(found.source);
	if (processes)
		err = flow_sources_read_processes(sources, false);
	if (sources->host_names)
		wait_for_names(sources->host_names, &found.view);
	return err ? err : print_found(&found, style);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct arguments arguments;
	struct flow_sources sources;
	struct flow_name name;
	int status;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	if (!flow_name_parse(&name, arguments.value[0])) {
		message_usage(self->name, FLOW_NAME_WRONG, arguments.value[0]);
		return EXIT_USAGE;
	}
	if (!from_check(options.from,
			options.name	    ? "name"
			: options.processes ? "processes"
			: options.dns	    ? "dns"
					    : NULL,
			self->name))
		return EXIT_USAGE;
	if (options.from)
		return from_show(options.from, arguments.value[0], &options.style, options.resolve);
	status = flow_sources_open(&sources, options.name, 0);
	if (status)
		return status;
	status = flow_sources_resolve(&sources, options.resolve);
	if (!status && options.dns)
		status = flow_sources_name_hosts(&sources);
	if (!status)
		status = show(&sources, &name, arguments.value[0], &options.style, options.processes);
	return flow_sources_finish(&sources, status);
}

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = "flow_shown", .format = options->style.format, .single = true };
}

const struct command show_command = {
	.name = "show",
	.arguments = "FLOW",
	.argument_expected = "a flow: " FLOW_NAME_EXPECTED,
	.argument_completes = "flows",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = N_("print one flow in full, with the segments that opened and closed it"),
	.description =
		"Print one flow in full. FLOW is A:PORT-B:PORT as in 'synscope list', either end first, IPv6 in "
		"brackets; of several, the newest one is printed, or incarnation N if #N is appended. Its life is "
		"drawn as a ladder: the segments that opened and closed it, the states of both ends after each, and "
		"between them the two latencies of the handshake.",
	.example = "  synscope show 10.0.0.1:40000-10.0.0.2:443\n"
		   "  synscope show 10.0.0.1:40000-10.0.0.2:443 --from trace.pcap\n"
		   "  synscope show '[2001:db8::1]:40000-[2001:db8::2]:443#2' -o json",
	.groups = { { option_table, 0 },
		    { dns_options, offsetof(struct options, dns) },
		    { process_options, offsetof(struct options, processes) },
		    { resolve_options, offsetof(struct options, resolve) },
		    { utc_options, 0 },
		    { ladder_options, offsetof(struct options, style.ladder) },
		    { output_options, offsetof(struct options, style.format) } },
	.schema = schema,
	.run = run,
};
