/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of one kind, one after the other, in any format. */
#ifndef SYNSCOPE_FORMAT_OUTPUT_H
#define SYNSCOPE_FORMAT_OUTPUT_H

#include "format/sink.h"

struct output {
	/* filled in by the caller, also for output_begin() */
	enum output_format format;
	struct buffer *out;
	void (*fields)(struct sink *sink, const void *record); /* the walk over a record: json, jsonl, csv */
	void (*text)(void *context, const void *record); /* for people; NULL: the caller prints the table */
	void *context;

	struct sink sink;
	__u64 records;
};

/* `empty`: a record to walk over for the csv header. */
void output_begin(struct output *output, const void *empty);
void output_add(struct output *output, const void *record);
void output_end(struct output *output);

#endif
