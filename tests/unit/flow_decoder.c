// SPDX-License-Identifier: GPL-2.0-only
#include "flow_decoder.h"

#include <assert.h>
#include <string.h>

#define VARIABLE 65535

struct reading {
	struct flow_decoder *decoder;
	const __u8 *p, *end; /* of the set */
	bool ipfix;
	size_t records; /* in the message */
};

static __u64 take(struct reading *reading, size_t bytes)
{
	__u64 value = 0;

	assert((size_t)(reading->end - reading->p) >= bytes);
	while (bytes--)
		value = value << 8 | *reading->p++;
	return value;
}

static struct decoded_flow *template_of(struct flow_decoder *decoder, __u64 id)
{
	assert(id >= 256 && id < 256 + DECODED_TEMPLATES);
	return &decoder->templates[id - 256];
}

static void read_template(struct reading *reading, bool options)
{
	__u64 id = take(reading, 2), count = take(reading, 2);
	struct decoded_flow *template = template_of(reading->decoder, id);

	assert(count && count <= DECODED_FIELDS);
	if (options) {
		__u64 scopes = take(reading, 2);

		assert(scopes && scopes <= count);
	}
	*template = (struct decoded_flow){ .template = id, .fields = count, .options = options };
	for (__u64 i = 0; i < count; i++) {
		struct decoded_field *field = &template->field[i];

		field->id = take(reading, 2);
		field->bytes = take(reading, 2);
		assert(field->bytes && (reading->ipfix || field->bytes != VARIABLE));
		if (reading->ipfix && field->id & 0x8000)
			field->enterprise = take(reading, 4);
		if (reading->ipfix)
			field->id &= 0x7fff;
		for (__u64 j = 0; j < i; j++)
			assert(template->field[j].id != field->id ||
			       template->field[j].enterprise != field->enterprise);
	}
	reading->records++;
}

static void read_record(struct reading *reading, const struct decoded_flow *template)
{
	struct flow_decoder *decoder = reading->decoder;
	struct decoded_flow *flow =
		template->options ? &decoder->option[decoder->options % 16] : &decoder->flow[decoder->flows];

	assert(template->options || decoder->flows < DECODED_FLOWS);
	*flow = *template;
	for (__u16 i = 0; i < flow->fields; i++) {
		struct decoded_field *field = &flow->field[i];

		if (field->bytes == VARIABLE)
			field->bytes = take(reading, 1);
		assert(field->bytes < 255);
		field->value = reading->p;
		assert(field->bytes <= reading->end - reading->p);
		reading->p += field->bytes;
	}
	*(template->options ? &decoder->options : &decoder->flows) += 1;
	reading->records++;
}

/* What is left of a set is padding, which is shorter than any record, and zero. */
static size_t smallest_record(const struct decoded_flow *template)
{
	size_t bytes = 0;

	for (__u16 i = 0; i < template->fields; i++)
		bytes += template->field[i].bytes == VARIABLE ? 1 : template->field[i].bytes;
	return bytes;
}

static void read_set(struct reading *reading, __u64 id)
{
	const struct decoded_flow *template;

	if (id == (reading->ipfix ? 2 : 0) || id == (reading->ipfix ? 3 : 1)) {
		while (reading->p < reading->end)
			read_template(reading, id == 3 || id == 1);
		return;
	}
	template = template_of(reading->decoder, id);
	assert(template->fields); /* a template comes first */
	do
		read_record(reading, template);
	while ((size_t)(reading->end - reading->p) >= smallest_record(template));
	assert(reading->end - reading->p < 4);
	while (reading->p < reading->end)
		assert(!*reading->p++);
}

void flow_decoder_read(struct flow_decoder *decoder, const __u8 *message, size_t bytes)
{
	struct reading whole = { .decoder = decoder, .p = decoder->message, .end = decoder->message + bytes };
	__u64 version, count;

	assert(bytes < sizeof(decoder->message));
	memcpy(decoder->message, message, bytes);
	decoder->flows = 0;
	version = take(&whole, 2);
	count = take(&whole, 2);
	whole.ipfix = version == 10;
	assert(whole.ipfix ? count == bytes : version == 9);
	take(&whole, 4);
	take(&whole, 8);
	if (!whole.ipfix)
		take(&whole, 4);
	while (whole.p < whole.end) {
		struct reading set = whole;
		__u64 id = take(&set, 2), length = take(&set, 2);

		assert(length > 4 && length <= (size_t)(whole.end - whole.p));
		assert(whole.ipfix || length % 4 == 0);
		set.end = whole.p + length;
		read_set(&set, id);
		assert(set.p == set.end);
		whole.p = set.end;
		whole.records = set.records;
	}
	assert(whole.ipfix || whole.records == count);
}

static const struct decoded_field *find(const struct decoded_flow *flow, __u32 enterprise, __u16 id)
{
	for (__u16 i = 0; i < flow->fields; i++)
		if (flow->field[i].enterprise == enterprise && flow->field[i].id == id)
			return &flow->field[i];
	return NULL;
}

bool decoded_has(const struct decoded_flow *flow, __u32 enterprise, __u16 id)
{
	return find(flow, enterprise, id);
}

const __u8 *decoded_bytes(const struct decoded_flow *flow, __u32 enterprise, __u16 id)
{
	const struct decoded_field *field = find(flow, enterprise, id);

	assert(field);
	return field->value;
}

size_t decoded_length(const struct decoded_flow *flow, __u32 enterprise, __u16 id)
{
	const struct decoded_field *field = find(flow, enterprise, id);

	assert(field);
	return field->bytes;
}

__u64 decoded_number(const struct decoded_flow *flow, __u32 enterprise, __u16 id)
{
	const __u8 *value = decoded_bytes(flow, enterprise, id);
	__u64 number = 0;

	for (size_t i = 0; i < decoded_length(flow, enterprise, id); i++)
		number = number << 8 | value[i];
	return number;
}
