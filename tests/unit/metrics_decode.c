// SPDX-License-Identifier: GPL-2.0-only
#include "metrics_decode.h"

#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY_BEGIN "---\n"

enum field_kind { NUMBER, SIGNED, DOUBLE, STRING, MESSAGE };

struct field {
	int number;
	const char *name;
	enum field_kind kind;
	const struct field *fields; /* of a MESSAGE */
};

/* https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto */
static const struct field label_pair[] = { { 1, "name", STRING, NULL }, { 2, "value", STRING, NULL }, { 0 } };
static const struct field value_only[] = { { 1, "value", DOUBLE, NULL }, { 0 } }; /* Gauge, Counter */
static const struct field timestamp[] = { { 1, "seconds", NUMBER, NULL }, { 2, "nanos", NUMBER, NULL }, { 0 } };
static const struct field exemplar[] = {
	{ 1, "label", MESSAGE, label_pair },
	{ 2, "value", DOUBLE, NULL },
	{ 3, "timestamp", MESSAGE, timestamp },
	{ 0 },
};
static const struct field bucket_span[] = { { 1, "offset", SIGNED, NULL }, { 2, "length", NUMBER, NULL }, { 0 } };
static const struct field histogram[] = {
	{ 1, "sample_count", NUMBER, NULL },
	{ 2, "sample_sum", DOUBLE, NULL },
	{ 5, "schema", SIGNED, NULL },
	{ 6, "zero_threshold", DOUBLE, NULL },
	{ 7, "zero_count", NUMBER, NULL },
	{ 12, "positive_span", MESSAGE, bucket_span },
	{ 13, "positive_delta", SIGNED, NULL },
	{ 16, "exemplars", MESSAGE, exemplar },
	{ 0 },
};
static const struct field metric[] = {
	{ 1, "label", MESSAGE, label_pair },
	{ 2, "gauge", MESSAGE, value_only },
	{ 3, "counter", MESSAGE, value_only },
	{ 7, "histogram", MESSAGE, histogram },
	{ 0 },
};
static const struct field family[] = {
	{ 1, "name", STRING, NULL },	  { 2, "help", STRING, NULL }, { 3, "type", NUMBER, NULL },
	{ 4, "metric", MESSAGE, metric }, { 5, "unit", STRING, NULL }, { 0 },
};

struct reader {
	const uint8_t *at, *end;
	FILE *out;
};

/* As ck_assert_msg(), which writes to a pipe each time; here it is done for each byte of megabytes. */
#define REQUIRE(condition, ...)                    \
	do {                                       \
		if (!(condition))                  \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

static uint64_t read_varint(struct reader *reader)
{
	uint64_t value = 0;

	for (int shift = 0;; shift += 7) {
		REQUIRE(reader->at < reader->end && shift < 64, "a number is cut off or too long");
		value |= (uint64_t)(*reader->at & 0x7f) << shift;
		if (!(*reader->at++ & 0x80))
			return value;
	}
}

static struct reader read_bytes(struct reader *reader)
{
	uint64_t bytes = read_varint(reader);
	struct reader part = { reader->at, reader->at + bytes, reader->out };

	REQUIRE(bytes <= (uint64_t)(reader->end - reader->at), "%" PRIu64 " bytes are cut off", bytes);
	reader->at += bytes;
	return part;
}

static double read_double(struct reader *reader)
{
	uint64_t bits = 0;
	double number;

	REQUIRE(reader->end - reader->at >= 8, "a double is cut off");
	for (int i = 7; i >= 0; i--)
		bits = bits << 8 | reader->at[i];
	reader->at += 8;
	memcpy(&number, &bits, sizeof(number));
	return number;
}

static void decode(struct reader reader, const struct field *fields);

static void decode_field(struct reader *reader, const struct field *field, int wire)
{
	static const int wire_of[] = { [NUMBER] = 0, [SIGNED] = 0, [DOUBLE] = 1, [STRING] = 2, [MESSAGE] = 2 };
	struct reader part = wire == 2 ? read_bytes(reader) : *reader;
	uint64_t value = wire == 0 ? read_varint(reader) : 0;
	double number;

	REQUIRE(wire == wire_of[field->kind], "%s has wire type %d", field->name, wire);
	switch (field->kind) {
	case MESSAGE:
		fprintf(reader->out, "%s {\n", field->name);
		decode(part, field->fields);
		fprintf(reader->out, "}\n");
		break;
	case STRING:
		fprintf(reader->out, "%s: \"%.*s\"\n", field->name, (int)(part.end - part.at), (const char *)part.at);
		break;
	case DOUBLE:
		number = read_double(reader);
		fprintf(reader->out, "%s: %.10g\n", field->name, number);
		break;
	case SIGNED:
		fprintf(reader->out, "%s: %" PRId64 "\n", field->name, (int64_t)(value >> 1 ^ -(value & 1)));
		break;
	default:
		fprintf(reader->out, "%s: %" PRIu64 "\n", field->name, value);
	}
}

static void decode(struct reader reader, const struct field *fields)
{
	while (reader.at < reader.end) {
		uint64_t key = read_varint(&reader);
		const struct field *field = fields;

		while (field->number && (uint64_t)field->number != key >> 3)
			field++;
		REQUIRE(field->number, "no field %" PRIu64, key >> 3);
		decode_field(&reader, field, (int)(key & 7));
	}
}

char *decode_family(const char *data, size_t bytes, const char *name)
{
	char *all = decode_all(data, bytes), *found = NULL, head[128];
	size_t head_bytes = (size_t)snprintf(head, sizeof(head), "%sname: \"%s\"\n", FAMILY_BEGIN, name);
	const char *at = strstr(all, head);

	if (at) {
		const char *next = strstr(at + head_bytes, FAMILY_BEGIN);

		at += strlen(FAMILY_BEGIN);
		found = next ? strndup(at, next - at) : strdup(at);
	}
	free(all);
	return found;
}

char *decode_all(const char *data, size_t bytes)
{
	struct reader reader = { (const uint8_t *)data, (const uint8_t *)data + bytes, NULL };
	char *text = NULL;
	size_t size;

	reader.out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(reader.out);
	while (reader.at < reader.end) {
		fputs(FAMILY_BEGIN, reader.out);
		decode(read_bytes(&reader), family);
	}
	fclose(reader.out);
	return text;
}
