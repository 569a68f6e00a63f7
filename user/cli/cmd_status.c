// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "status/print.h"
#include "instance/not_followed.h"
#include "instance/open.h"
#include "base/translate.h"
#include "format/schema.h"
#include "cli/commands.h"
#include "format/output.h"
#include "status/status.h"
#include "base/terminal.h"
#include "cli/options_names.h"

struct options {
	const char *name;
	enum output_format format;
};

static const struct option option_table[] = {
	OPTION_INSTANCE("only this instance; default all instances"),
	{ 0 },
};

static void put_fields(struct sink *sink, const void *record)
{
	instance_status_fields(sink, record);
}

static void put_text(void *context, const void *record)
{
	const struct output *output = context;
	struct terminal terminal = terminal_of(STDOUT_FILENO);

	if (output->records)
		buffer_char(output->out, '\n');
	instance_status_print(output->out, &terminal, record);
}

/*
 * Begin all before reading the first, so that all share one interval of waiting. An instance that cannot be read does
 * not keep the others from being read. Returns the first error.
 */
static int read_and_print(const struct flow_sources *sources, struct instance_status *statuses, struct output *output)
{
	int err, first_err = 0;

	for (int i = 0; i < sources->count; i++) {
		err = instance_status_begin(&statuses[i], sources->source[i].instance);
		first_err = first_err || err == -ENODEV ? first_err : err;
		if (err)
			statuses[i].meta = NULL;
	}
	for (int i = 0; i < sources->count; i++) {
		if (!statuses[i].meta)
			continue;
		err = instance_status_read(&statuses[i], &sources->source[i]);
		first_err = first_err || err == -ENODEV ? first_err : err;
		if (!err) {
			output_add(output, &statuses[i]);
			not_followed_tell(statuses[i].meta->name, statuses[i].counters, statuses[i].meta->config.decap);
		}
		instance_status_end(&statuses[i]);
	}
	return first_err;
}

static int print_instances(const struct flow_sources *sources, enum output_format format, struct buffer *out)
{
	struct instance_status *statuses = array_new(sources->count, sizeof(*statuses), "the status of all instances");
	struct output output = {
		.format = format, .out = out, .fields = put_fields, .text = put_text, .context = &output
	};
	const struct instance_meta meta = { 0 };
	int err;

	if (!statuses)
		return -ENOMEM;
	output_begin(&output, &(struct instance_status){ .meta = &meta });
	err = read_and_print(sources, statuses, &output);
	output_end(&output);
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

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = "instance_status", .format = options->format };
}

const struct command status_command = {
	.name = "status",
	.arguments = "",
	.summary = N_("print what is attached where, how full it is, and every counter"),
	.description =
		"Print, for each instance, its interfaces and how it is attached to them, how full its table is, the "
		"memory that it takes, current rates per second, the flows by state of the client, which kinds of "
		"flows were evicted, and every counter that is not zero.",
	.example = "  synscope status\n"
		   "  synscope status -o json | jq '.[].states'",
	.groups = { { option_table, 0 }, { output_options, offsetof(struct options, format) } },
	.schema = schema,
	.run = run,
};
