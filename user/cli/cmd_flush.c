// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "synscope/sweep.h"

#include "cli/commands.h"
#include "cli/filtered.h"
#include "filter/filter.h"
#include "query/source.h"
#include "format/folded_line.h"
#include "base/message.h"
#include "base/progress.h"
#include "base/reason.h"
#include "base/terminal.h"
#include "cli/options_names.h"
#include "format/output.h"

struct options {
	const char *name;
	enum output_format format;
	struct filter filter;
};

static const struct option option_table[] = {
	OPTION_INSTANCE("flows of this instance; default of all"),
	{ 0 },
};

/* One instance whose flows are forgotten. */
struct flushing {
	const char *name;
	int fd; /* of its program */
	struct flush_request request; /* flows that wait */
	__u64 matched, flushed;
	int interfaces_gone;
	__u64 read; /* flows that were looked at */
	struct progress progress;
};

/* Forget the flows that wait. Returns 0 or a negative errno (logged). */
static int flush_waiting(struct flushing *flushing)
{
	struct flush_request *request = &flushing->request;
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = request, .ctx_size_in = sizeof(*request)); /* out, too */
	int err = request->count ? bpf_prog_test_run_opts(flushing->fd, &options) : 0;

	if (err) {
		message_error("cannot forget flows of '%s': %s", flushing->name, reason_of(err).text);
		return err;
	}
	flushing->flushed += request->flushed;
	request->count = request->flushed = 0;
	return 0;
}

static int add(struct flushing *flushing, const struct flow_record *record)
{
	struct flush_request *request = &flushing->request;

	flushing->matched++;
	request->entry[request->count++] = (struct flush_entry){
		.slot = record->slot, .tag = record->hot.tag, .generation = facts_generation(record->hot.dir[0].facts)
	};
	return request->count == FLUSH_ENTRIES ? flush_waiting(flushing) : 0;
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
	return err ? err : flush_waiting(flushing);
}

/* An fd or a negative errno (logged); -ENODEV (not logged): it was detached meanwhile. */
static int open_program(const struct instance *instance)
{
	const char *name = instance->meta.name;
	int fd = instance_open_object(instance, OBJECT_FLUSH);

	if (fd < 0 && !instance_is_there(instance))
		return -ENODEV;
	if (fd == -ENOENT)
		message_error("'%s' was attached by a version that cannot forget flows; 'synscope attach --upgrade %s' "
			      "brings it up to this one",
			      name, name);
	else if (fd < 0)
		message_error("cannot forget flows of '%s': %s%s", name, reason_of(fd).text, instance_advice(fd));
	return fd;
}

static int flush_instance(struct flushing *flushing, struct flow_source *source, const struct filter *filter)
{
	const struct instance *instance = source->instance;
	int err;

	*flushing = (struct flushing){ .name = instance->meta.name,
				       .fd = open_program(instance),
				       .interfaces_gone = flow_source_count_gone(source),
				       .progress = progress_begin("flows", false) };
	if (flushing->fd < 0)
		return flushing->fd;
	err = flush_source(flushing, source, filter);
	close(flushing->fd);
	return err;
}

static void put_fields(struct sink *sink, const void *record)
{
	const struct flushing *flushing = record;

	sink->ops->open(sink, "", 0);
	sink_string(sink, NAME("instance"), flushing->name);
	sink->ops->number(sink, NAME("matched"), flushing->matched);
	sink->ops->number(sink, NAME("flushed"), flushing->flushed);
	sink->ops->number(sink, NAME("interfaces_gone"), flushing->interfaces_gone);
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
	int status = flow_sources_open(&sources, options->name, 1U << OBJECT_FLUSH), finish;

	if (status)
		return status;
	if (!sources.instance_count)
		instances_print_none();
	flow_sources_tell_gone(&sources);
	status = buffer_init(&out, STDOUT_FILENO);
	if (!status) {
		status = flush_all(&sources, options, &out);
		finish = buffer_finish(&out);
		status = status ? status : finish;
	}
	return flow_sources_end(&sources, status);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };

	return filtered_run(self, argc, argv, &options, &options.filter, flush);
}

const struct command flush_command = {
	.name = "flush",
	.arguments = "[FILTER]",
	.argument_expected = "a FILTER, or no word at all",
	.argument_completes = "filter",
	.most_arguments = ARGUMENTS_ANY,
	.summary = "forget flows",
	.description = "Forget all flows, closed ones too, or with a FILTER those that match, see 'synscope help "
		       "FILTER', and print how many of each instance. Their connections are not touched: one that "
		       "goes on is seen as a new flow, picked up midstream. watch prints that it was closed (flushed).",
	.example = "  synscope flush outcome unanswered\n"
		   "  synscope flush --name eth0 idle '>' 1h",
	.groups = { { option_table, 0 }, { output_options, offsetof(struct options, format) } },
	.run = run,
};
