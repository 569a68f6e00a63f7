// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/translate.h"
#include "format/schema.h"
#include "cli/commands.h"
#include "cli/filtered.h"
#include "filter/filter.h"
#include "instance/flush.h"
#include "instance/open.h"
#include "query/source.h"
#include "format/folded_line.h"
#include "base/message.h"
#include "base/progress.h"
#include "base/terminal.h"
#include "cli/options_names.h"
#include "format/output.h"

struct options {
	bool all;
	const char *name, *interface;
	enum output_format format;
	struct filter filter;
};

static const struct option option_table[] = {
	{ .name = "all",
	  .letter = 'a',
	  .help = "forget all flows, as without a FILTER",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, all) },
	OPTION_INSTANCE("flows of this instance; default all instances"),
	OPTION_INTERFACE("only flows of this interface, as the filter 'interface IFACE'"),
	{ 0 },
};

/* One instance whose flows are forgotten. */
struct flushing {
	const char *name;
	struct flusher flusher;
	__u64 matched, flushed;
	int interfaces_deleted;
	__u64 read; /* flows that were read */
	struct progress progress;
};

static int add(struct flushing *flushing, const struct flow_record *record)
{
	flushing->matched++;
	return flusher_add(&flushing->flusher, record);
}

static int flush_source(struct flushing *flushing, struct flow_source *source, const struct filter *filter)
{
	const struct flow_record *record;
	struct flow_scan scan;
	struct flow_view view;
	int err = flow_scan_begin(&scan, source);

	if (err)
		return err;
	while (!err && flow_scan_next(&scan, &view, &record)) {
		if (flow_source_matches(source, filter, &view))
			err = add(flushing, record);
		if (++flushing->read % PROGRESS_STRIDE == 0)
			progress_show(&flushing->progress, record->slot, flow_reader_slots(&source->reader),
				      flushing->read);
	}
	progress_end(&flushing->progress);
	flow_scan_end(&scan);
	return err ? err : flusher_run(&flushing->flusher);
}

static int flush_instance(struct flushing *flushing, struct flow_source *source, const struct filter *filter)
{
	const struct instance *instance = source->instance;
	int err;

	*flushing = (struct flushing){ .name = instance->meta.name,
				       .interfaces_deleted = flow_source_count_deleted(source),
				       .progress = progress_begin("flows", false) };
	err = flusher_open(&flushing->flusher, instance);
	if (err)
		return err;
	err = flush_source(flushing, source, filter);
	flushing->flushed = flushing->flusher.flushed;
	flusher_close(&flushing->flusher);
	return err;
}

static void put_fields(struct sink *sink, const void *record)
{
	const struct flushing *flushing = record;

	sink->ops->open(sink, "", 0);
	sink_string(sink, NAME("instance"), flushing->name);
	sink->ops->number(sink, NAME("matched"), flushing->matched);
	sink->ops->number(sink, NAME("flushed"), flushing->flushed);
	sink->ops->number(sink, NAME("interfaces_gone"), flushing->interfaces_deleted);
	sink->ops->close(sink);
}

static void put_text(void *context, const void *record)
{
	const struct flushing *flushing = record;
	struct folded_line line = { .out = context, .width = terminal_of(STDOUT_FILENO).columns };
	char text[INSTANCE_NAME_MAX + 64];

	snprintf(text, sizeof(text), "%s: %llu flow%s forgotten", flushing->name, flushing->flushed,
		 flushing->flushed == 1 ? "" : "s");
	folded_line_add(&line, text);
	snprintf(text, sizeof(text), "%llu changed meanwhile and stayed", flushing->matched - flushing->flushed);
	if (flushing->flushed < flushing->matched)
		folded_line_add(&line, text);
	folded_line_end(&line);
}

static int flush_all(const struct flow_sources *sources, const struct options *options, struct buffer *out)
{
	struct output output = {
		.format = options->format, .out = out, .fields = put_fields, .text = put_text, .context = out
	};
	struct flushing flushing = { 0 };
	int err = 0, first_err = 0;

	output_begin(&output, &flushing);
	for (int i = 0; i < sources->count; i++) {
		err = flush_instance(&flushing, &sources->source[i], &options->filter);
		first_err = first_err || err == -ENODEV ? first_err : err;
		if (!err)
			output_add(&output, &flushing);
	}
	output_end(&output);
	return first_err;
}

static int flush(const void *of)
{
	const struct options *options = of;
	struct flow_sources sources;
	struct buffer out;
	int status, finish;

	if (!filtered_without_processes(&options->filter, flush_command.name,
					"which end before their flows do; 'synscope list -o json' names the flows"))
		return EXIT_USAGE;
	if (options->all && options->filter.steps) {
		message_usage(flush_command.name, "--all forgets all flows, and cannot be used with a FILTER");
		return EXIT_USAGE;
	}
	status = flow_sources_open(&sources, options->name, 1U << OBJECT_FLUSH);
	if (status)
		return status;
	if (!sources.instance_count)
		instances_print_none();
	flow_sources_warn_deleted(&sources);
	status = buffer_init(&out, STDOUT_FILENO);
	if (!status) {
		status = flush_all(&sources, options, &out);
		finish = buffer_finish(&out);
		status = status ? status : finish;
	}
	return flow_sources_finish(&sources, status);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };

	return filtered_run(self, argc, argv, &options, &options.interface, &options.filter, flush);
}

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = "instance_flush", .format = options->format };
}

const struct command flush_command = {
	.name = "flush",
	.arguments = "[FILTER]",
	.argument_expected = "a FILTER, or no word at all",
	.argument_completes = "filter",
	.most_arguments = ARGUMENTS_ANY,
	.summary = N_("forget flows"),
	.description =
		"Forget all flows, closed ones too, or with a FILTER those that match, see 'synscope help "
		"FILTER', and print how many in each instance. Connections are not touched: one that "
		"continues is seen as a new flow, picked up midstream. 'synscope watch' prints 'closed' (flushed) "
		"for each forgotten flow.",
	.example = "  synscope flush outcome unanswered\n"
		   "  synscope flush --name eth0 idle '>' 1h",
	.groups = { { option_table, 0 }, { output_options, offsetof(struct options, format) } },
	.schema = schema,
	.run = run,
};
