// SPDX-License-Identifier: GPL-2.0-only
#include "format/schema.h"

/* One file of docs/schema. It refers to another one as "#/$defs/NAME". */
struct schema_part {
	const char *name;
	const char *text;
};

#include "synscope_schemas.h" /* schema_parts[], made by tools/embed-schemas.sh */

#define PARTS (sizeof(schema_parts) / sizeof(schema_parts[0]))
#define REFERENCE "\"#/$defs/"

static void need(bool needed[PARTS], const char *name, size_t length);

/* All that the text refers to. No part refers to one that refers to it. */
static void need_references(bool needed[PARTS], const char *text)
{
	while ((text = strstr(text, REFERENCE))) {
		text += strlen(REFERENCE);
		need(needed, text, strcspn(text, "\""));
	}
}

static void need(bool needed[PARTS], const char *name, size_t length)
{
	for (size_t i = 0; i < PARTS; i++) {
		if (strncmp(schema_parts[i].name, name, length) != 0 || schema_parts[i].name[length] || needed[i])
			continue;
		needed[i] = true;
		need_references(needed, schema_parts[i].text);
	}
}

static void put_joined(struct buffer *out, const char *before, const char *name, const char *after)
{
	buffer_text(out, before);
	buffer_text(out, name);
	buffer_text(out, after);
}

/* A part as a member of "$defs": two levels deeper than in its file. */
static void put_part(struct buffer *out, const struct schema_part *part)
{
	const char *line = part->text;

	put_joined(out, "\t\t\"", part->name, "\": ");
	for (;;) {
		size_t length = strcspn(line, "\n");

		buffer_bytes(out, line, length);
		line += length + 1;
		if (!*line)
			return;
		buffer_text(out, "\n\t\t");
	}
}

void schema_put(struct buffer *out, const char *command, const struct schema_choice *choice)
{
	bool array = choice->format != OUTPUT_JSONL && !choice->single, needed[PARTS] = { false };
	const char *separator = "\n";

	buffer_text(out, "{\n\t\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
	put_joined(out,
		   choice->format == OUTPUT_JSONL ? "\t\"title\": \"A line of" : "\t\"title\": \"What is printed by",
		   " synscope ", command);
	buffer_text(out, "\",\n");
	if (array)
		put_joined(out, "\t\"type\": \"array\",\n\t\"items\": { \"$ref\": \"#/$defs/", choice->record,
			   "\" },\n");
	else
		put_joined(out, "\t\"$ref\": \"#/$defs/", choice->record, "\",\n");
	buffer_text(out, "\t\"$defs\": {");
	need(needed, choice->record, strlen(choice->record));
	for (size_t i = 0; i < PARTS; i++) {
		if (!needed[i])
			continue;
		buffer_text(out, separator);
		put_part(out, &schema_parts[i]);
		separator = ",\n";
	}
	buffer_text(out, "\n\t}\n}\n");
}
