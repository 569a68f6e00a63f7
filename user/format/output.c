// SPDX-License-Identifier: GPL-2.0-only
#include "format/output.h"

void output_begin(struct output *output, const void *empty)
{
	output->sink =
		(struct sink){ .ops = output->format == OUTPUT_CSV ? &csv_sink : &json_sink, .out = output->out };
	output->records = 0;
	if (output->format == OUTPUT_CSV)
		output->fields(&(struct sink){ .ops = &csv_header_sink, .out = output->out }, empty);
	if (output->format == OUTPUT_JSON)
		buffer_char(output->out, '[');
}

void output_add(struct output *output, const void *record)
{
	if (output->format == OUTPUT_TABLE) {
		output->text(output->context, record);
	} else {
		if (output->format == OUTPUT_JSON)
			buffer_text(output->out, output->records ? ",\n" : "\n");
		output->sink.more = false;
		output->fields(&output->sink, record);
		if (output->format == OUTPUT_JSONL)
			buffer_char(output->out, '\n');
	}
	output->records++;
}

void output_end(struct output *output)
{
	if (output->format == OUTPUT_JSON)
		buffer_text(output->out, output->records ? "\n]\n" : "]\n");
}
