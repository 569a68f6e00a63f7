/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON Schemas (2020-12) of what is printed: the files of docs/schema, which are in the program. */
#ifndef SYNSCOPE_FORMAT_SCHEMA_H
#define SYNSCOPE_FORMAT_SCHEMA_H

#include "format/sink.h"

/* What a command prints. */
struct schema_choice {
	const char *record; /* the file of docs/schema that describes a record, without .json */
	enum output_format format; /* OUTPUT_TABLE: not chosen */
	bool single; /* one record, which is in no array, in json too */
};

/* Write the schema, with all that it refers to. `command`: which prints that, for the title. Not of OUTPUT_CSV. */
void schema_put(struct buffer *out, const char *command, const struct schema_choice *choice);

#endif
