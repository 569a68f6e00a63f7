// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "cli/commands.h"
#include "status/print.h"
#include "status/status.h"
#include "base/message.h"
#include "instance/open.h"
#include "base/terminal.h"
#include "cli/options_names.h"

struct options {
	const char *name;
	enum output_format format;
};

static const struct option option_table[] = {
	OPTION_INSTANCE("this instance; default all"),
	{ 0 },
};

static void print_header(struct buffer *out)
{
	struct instance_meta meta = { 0 };
	struct sink header = csv_header(out);

	instance_status_fields(&header, &(struct instance_status){ .meta = &meta });
}

static void print_instance(const struct instance_status *status, struct record_stream *stream, struct buffer *out,
			   bool first)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);

	if (stream) {
		instance_status_fields(record_begin(stream), status);
		record_end(stream);
		return;
	}
	if (!first)
		buffer_char(out, '\n');
	instance_status_print(out, &terminal, status);
}

/*
 * Begin all before reading the first, so that all share one interval of waiting. An instance that cannot be read does
 * not keep the others from being read. Returns the first error.
 */
static int read_and_print(const struct flow_sources *sources, struct instance_status *statuses,
			  struct record_stream *stream, struct buffer *out)
{
	int err, first_err = 0;
	bool first = true;

	for (int i = 0; i < sources->count; i++) {
		err = instance_status_begin(&statuses[i], flow_sources_instance(sources, i));
		first_err = first_err || err == -ENODEV ? first_err : err;
		if (err)
			statuses[i].meta = NULL;
	}
	for (int i = 0; i < sources->count; i++) {
		if (!statuses[i].meta)
			continue;
		err = instance_status_read(&statuses[i], &sources->source[i], flow_sources_instance(sources, i));
		first_err = first_err || err == -ENODEV ? first_err : err;
		if (err)
			continue;
		print_instance(&statuses[i], stream, out, first);
		first = false;
	}
	return first_err;
}

static int print_instances(const struct flow_sources *sources, enum output_format format, struct buffer *out)
{
	struct instance_status *statuses = array_new(sources->count, sizeof(*statuses), "the status of all instances");
	struct record_stream stream;
	int err;

	if (!statuses)
		return -ENOMEM;
	if (format == OUTPUT_CSV)
		print_header(out);
	if (format != OUTPUT_TABLE)
		record_stream_begin(&stream, format, out);
	err = read_and_print(sources, statuses, format == OUTPUT_TABLE ? NULL : &stream, out);
	if (format != OUTPUT_TABLE)
		record_stream_end(&stream);
	free(statuses);
	return err;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct arguments arguments;
	struct flow_sources sources;
	struct buffer out;
	int status;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	status = flow_sources_open(&sources, options.name, 1U << OBJECT_COUNTERS | 1U << OBJECT_READER_SLOTS);
	if (status)
		return status;
	if (!sources.instance_count)
		instances_print_none();
	status = buffer_init(&out, STDOUT_FILENO);
	if (!status) {
		status = print_instances(&sources, options.format, &out);
		if (status)
			buffer_finish(&out);
		else
			status = buffer_finish(&out);
	}
	return flow_sources_finish(&sources, status);
}

const struct command status_command = {
	.name = "status",
	.arguments = "",
	.summary = "print what is attached where, how full it is, and every counter",
	.description =
		"Print of each instance its interfaces and how they are tapped, the use of its table and of memory, "
		"what happens per second at this moment, the flows by state of the client, whom evictions hit, and "
		"every "
		"counter that is not zero.",
	.example = "  synscope status\n"
		   "  synscope status -o json | jq '.[].states'",
	.groups = { { option_table, 0 }, { output_options, offsetof(struct options, format) } },
	.run = run,
};
