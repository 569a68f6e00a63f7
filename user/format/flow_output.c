// SPDX-License-Identifier: GPL-2.0-only
#include "format/flow_output.h"

#include "flow/processes.h"
#include "format/flow.h"
#include "format/flow_table.h"

int flow_output_begin(struct flow_output *output, enum output_format format, struct buffer *out,
		      const struct terminal *terminal, int instances, bool processes)
{
	static const struct process_sockets none;
	int err;

	*output = (struct flow_output){ .format = format, .out = out };
	if (format == OUTPUT_TABLE) {
		err = flow_table_init(&output->table, out, terminal, instances);
		if (!err && processes)
			flow_table_add_processes(&output->table);
		return err;
	}
	if (format == OUTPUT_CSV) {
		struct sink header = csv_header(out);

		flow_fields(&header, &(struct flow_view){ 0 },
			    &(struct flow_labels){ .sockets = processes ? &none : NULL });
	}
	record_stream_begin(&output->stream, format, out);
	return 0;
}

void flow_output_add(struct flow_output *output, const struct flow_view *view, const struct flow_labels *labels)
{
	if (output->format == OUTPUT_TABLE) {
		flow_table_add(&output->table, view, labels);
		return;
	}
	flow_fields(record_begin(&output->stream), view, labels);
	record_end(&output->stream);
}

void flow_output_end(struct flow_output *output)
{
	if (output->format == OUTPUT_TABLE)
		table_finish(&output->table);
	else
		record_stream_end(&output->stream);
}
