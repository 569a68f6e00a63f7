// SPDX-License-Identifier: GPL-2.0-only
#include "format/sink.h"

void record_stream_begin(struct record_stream *stream, enum output_format format, struct buffer *out)
{
	*stream = (struct record_stream){
		.format = format,
		.sink = { .ops = format == OUTPUT_CSV ? &csv_sink : &json_sink, .out = out },
	};
	if (format == OUTPUT_JSON)
		buffer_char(out, '[');
}

struct sink *record_begin(struct record_stream *stream)
{
	struct sink *sink = &stream->sink;

	if (stream->format == OUTPUT_JSON)
		buffer_text(sink->out, stream->records ? ",\n" : "\n");
	sink->more = false;
	stream->records++;
	return sink;
}

void record_end(struct record_stream *stream)
{
	if (stream->format == OUTPUT_JSONL)
		buffer_char(stream->sink.out, '\n');
}

void record_stream_end(struct record_stream *stream)
{
	if (stream->format == OUTPUT_JSON)
		buffer_text(stream->sink.out, stream->records ? "\n]\n" : "]\n");
}

struct sink csv_header(struct buffer *out)
{
	return (struct sink){ .ops = &csv_header_sink, .out = out };
}
