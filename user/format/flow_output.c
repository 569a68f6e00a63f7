// SPDX-License-Identifier: GPL-2.0-only
#include "format/flow_output.h"

#include "flow/processes.h"
#include "format/flow.h"
#include "format/flow_table.h"

/* What is walked over. */
struct labelled_flow {
	const struct flow_view *view;
	const struct flow_labels *labels;
};

static void put_fields(struct sink *sink, const void *record)
{
	const struct labelled_flow *flow = record;

	flow_fields(sink, flow->view, flow->labels);
}

static void put_row(void *context, const void *record)
{
	const struct labelled_flow *flow = record;

	flow_table_add(context, flow->view, flow->labels);
}

int flow_output_begin(struct flow_output *output, enum output_format format, struct buffer *out,
		      const struct terminal *terminal, int instances, struct flow_extras extras)
{
	static const struct process_sockets none;
	const struct flow_view view = { 0 };
	const struct flow_labels labels = { .sockets = extras.processes ? &none : NULL, .named = extras.host_names };
	int err = 0;

	output->output = (struct output){
		.format = format, .out = out, .fields = put_fields, .text = put_row, .context = &output->table
	};
	if (format == OUTPUT_TABLE)
		err = flow_table_init(&output->table, out, terminal, instances, extras.rtt);
	if (err)
		return err;
	if (format == OUTPUT_TABLE && extras.processes)
		flow_table_add_processes(&output->table);
	if (format == OUTPUT_TABLE && extras.host_names)
		flow_table_add_names(&output->table);
	output_begin(&output->output, &(struct labelled_flow){ &view, &labels });
	return 0;
}

void flow_output_add(struct flow_output *output, const struct flow_view *view, const struct flow_labels *labels)
{
	output_add(&output->output, &(struct labelled_flow){ view, labels });
}

void flow_output_end(struct flow_output *output)
{
	if (output->output.format == OUTPUT_TABLE)
		table_finish(&output->table);
	output_end(&output->output);
}
