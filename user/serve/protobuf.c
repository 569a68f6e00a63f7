// SPDX-License-Identifier: GPL-2.0-only
#include "serve/protobuf.h"

#include <endian.h>

#include "base/clock.h"

#define VARINT_SIZE 10

/* Every latency below the first bucket: the lower bound of that, 2^(-167/8) seconds. */
#define ZERO_THRESHOLD (0x1.172b83c7d517bp+0 * 0x1p-21)

/* Empty buckets of the kernel that are written as such; a longer gap begins a new span. */
#define GAP_MAX 2

enum wire_type { WIRE_VARINT = 0, WIRE_DOUBLE = 1, WIRE_BYTES = 2 };

enum { LABEL_PAIR_NAME = 1, LABEL_PAIR_VALUE = 2 };
enum { VALUE = 1 }; /* of Gauge and of Counter */
enum { TIMESTAMP_SECONDS = 1, TIMESTAMP_NANOS = 2 };
enum { EXEMPLAR_LABEL = 1, EXEMPLAR_VALUE = 2, EXEMPLAR_TIMESTAMP = 3 };
enum { SPAN_OFFSET = 1, SPAN_LENGTH = 2 };
enum {
	HISTOGRAM_SAMPLE_COUNT = 1,
	HISTOGRAM_SAMPLE_SUM = 2,
	HISTOGRAM_SCHEMA = 5,
	HISTOGRAM_ZERO_THRESHOLD = 6,
	HISTOGRAM_ZERO_COUNT = 7,
	HISTOGRAM_POSITIVE_SPAN = 12,
	HISTOGRAM_POSITIVE_DELTA = 13,
	HISTOGRAM_EXEMPLARS = 16,
};
enum { METRIC_LABEL = 1, METRIC_GAUGE_VALUE = 2, METRIC_COUNTER_VALUE = 3, METRIC_HISTOGRAM_VALUE = 7 };
enum { FAMILY_NAME = 1, FAMILY_HELP = 2, FAMILY_TYPE = 3, FAMILY_METRIC = 4, FAMILY_UNIT = 5 };
enum { TYPE_COUNTER = 0, TYPE_GAUGE = 1, TYPE_HISTOGRAM = 4 };

/* ---- the encoding */

static char *write_varint(char *p, __u64 value)
{
	for (; value >= 0x80; value >>= 7)
		*p++ = (char)(value | 0x80);
	*p++ = (char)value;
	return p;
}

static void put_varint(struct buffer *out, __u64 value)
{
	buffer_used(out, write_varint(buffer_reserve(out, VARINT_SIZE), value));
}

static void put_key(struct buffer *out, int field, enum wire_type type)
{
	put_varint(out, (__u64)field << 3 | type);
}

static void put_number(struct buffer *out, int field, __u64 value)
{
	put_key(out, field, WIRE_VARINT);
	put_varint(out, value);
}

/* sint32 and sint64: small numbers of either sign are short. */
static void put_signed(struct buffer *out, int field, __s64 value)
{
	put_number(out, field, (__u64)value << 1 ^ (__u64)(value < 0 ? -1 : 0));
}

static void put_double(struct buffer *out, int field, double value)
{
	__u64 bits;

	memcpy(&bits, &value, sizeof(bits));
	bits = htole64(bits);
	put_key(out, field, WIRE_DOUBLE);
	buffer_bytes(out, (const char *)&bits, sizeof(bits));
}

static void put_string(struct buffer *out, int field, const char *text, size_t bytes)
{
	put_key(out, field, WIRE_BYTES);
	put_varint(out, bytes);
	buffer_bytes(out, text, bytes);
}

/* Begin a message; its length is put before it at the end. */
static size_t begin_message(struct buffer *out, int field)
{
	put_key(out, field, WIRE_BYTES);
	return out->used;
}

static void end_message(struct buffer *out, size_t at)
{
	char length[VARINT_SIZE];
	size_t bytes, size;

	buffer_reserve(out, VARINT_SIZE);
	if (buffer_failed(out))
		return;
	bytes = out->used - at;
	size = write_varint(length, bytes) - length;
	memmove(out->data + at + size, out->data + at, bytes);
	memcpy(out->data + at, length, size);
	out->used += size;
}

/* ---- metrics */

static double seconds(__u64 ns)
{
	return (double)ns / NS_PER_S;
}

static void put_label(struct buffer *out, int field, const char *name, const char *value)
{
	struct foreign_text text = foreign_text(value, strlen(value), false);
	size_t label = begin_message(out, field);

	put_string(out, LABEL_PAIR_NAME, name, strlen(name));
	put_string(out, LABEL_PAIR_VALUE, text.text, text.bytes);
	end_message(out, label);
}

static size_t begin_metric(struct protobuf *protobuf, const struct metric_labels *labels)
{
	struct buffer *out = protobuf->to.out;
	size_t metric = begin_message(out, FAMILY_METRIC);

	protobuf->has_samples = true;
	for (int i = 0; i < labels->count; i++)
		put_label(out, METRIC_LABEL, labels->label[i].name, labels->label[i].value);
	return metric;
}

static void protobuf_sample(struct exposition *to, const struct metric_labels *labels, __u64 value)
{
	const char *unit = to->family->unit;
	bool counts = to->family->type == METRIC_COUNTER, in_ns = unit && !strcmp(unit, "seconds");
	size_t metric = begin_metric((struct protobuf *)to, labels);
	size_t sample = begin_message(to->out, counts ? METRIC_COUNTER_VALUE : METRIC_GAUGE_VALUE);

	put_double(to->out, VALUE, in_ns ? seconds(value) : (double)value);
	end_message(to->out, sample);
	end_message(to->out, metric);
}

/* The end of the span that begins with this bucket: up to a gap of more than GAP_MAX empty ones. */
static __u32 span_end(const __u64 *count, __u32 first)
{
	__u32 end = first + 1;

	for (__u32 i = end; i < HISTOGRAM_BUCKETS && i <= end + GAP_MAX; i++)
		if (count[i])
			end = i + 1;
	return end;
}

static __u32 next_filled(const __u64 *count, __u32 from)
{
	while (from < HISTOGRAM_BUCKETS && !count[from])
		from++;
	return from;
}

static void put_span(struct buffer *out, __s64 offset, __u32 length)
{
	size_t span = begin_message(out, HISTOGRAM_POSITIVE_SPAN);

	put_signed(out, SPAN_OFFSET, offset);
	put_number(out, SPAN_LENGTH, length);
	end_message(out, span);
}

/* Spans of buckets, each at a distance from the end of the one before; without them it would be a classic histogram. */
static void put_spans(struct buffer *out, const __u64 *count)
{
	__u32 first = next_filled(count, 1), end;
	int at = 0; /* the index after the last span */

	if (first == HISTOGRAM_BUCKETS)
		put_span(out, 0, 0);
	for (; first < HISTOGRAM_BUCKETS; first = next_filled(count, end)) {
		end = span_end(count, first);
		put_span(out, NATIVE_INDEX(first) - at, end - first);
		at = NATIVE_INDEX(end);
	}
}

/* The count of each bucket in the spans, as a difference to the one before. */
static void put_deltas(struct buffer *out, const __u64 *count)
{
	__u64 before = 0;

	for (__u32 first = next_filled(count, 1), end; first < HISTOGRAM_BUCKETS; first = next_filled(count, end)) {
		end = span_end(count, first);
		for (__u32 i = first; i < end; i++) {
			put_signed(out, HISTOGRAM_POSITIVE_DELTA, (__s64)(count[i] - before));
			before = count[i];
		}
	}
}

static void put_exemplar(struct buffer *out, const struct metric_exemplar *exemplar)
{
	size_t message = begin_message(out, HISTOGRAM_EXEMPLARS), timestamp;

	put_label(out, EXEMPLAR_LABEL, "flow", exemplar->flow);
	put_double(out, EXEMPLAR_VALUE, seconds(exemplar->ns));
	timestamp = begin_message(out, EXEMPLAR_TIMESTAMP);
	put_number(out, TIMESTAMP_SECONDS, exemplar->wall_ns / NS_PER_S);
	put_number(out, TIMESTAMP_NANOS, exemplar->wall_ns % NS_PER_S);
	end_message(out, timestamp);
	end_message(out, message);
}

static void protobuf_histogram(struct exposition *to, const struct metric_labels *labels,
			       const struct metric_histogram *histogram)
{
	size_t metric = begin_metric((struct protobuf *)to, labels);
	size_t message = begin_message(to->out, METRIC_HISTOGRAM_VALUE);
	__u64 total = 0;

	for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += histogram->count[i];
	put_number(to->out, HISTOGRAM_SAMPLE_COUNT, total);
	put_double(to->out, HISTOGRAM_SAMPLE_SUM, seconds(histogram->sum_ns));
	put_signed(to->out, HISTOGRAM_SCHEMA, NATIVE_SCHEMA);
	put_double(to->out, HISTOGRAM_ZERO_THRESHOLD, ZERO_THRESHOLD);
	put_number(to->out, HISTOGRAM_ZERO_COUNT, histogram->count[0]);
	put_spans(to->out, histogram->count);
	put_deltas(to->out, histogram->count);
	for (int i = 0; i < histogram->exemplar_count; i++)
		put_exemplar(to->out, histogram->exemplars[i]);
	end_message(to->out, message);
	end_message(to->out, metric);
}

/* ---- families */

static void protobuf_begin(struct exposition *to, const struct metric_family *family)
{
	struct protobuf *protobuf = (struct protobuf *)to;
	__u64 type = family->type == METRIC_COUNTER	? TYPE_COUNTER
		     : family->type == METRIC_HISTOGRAM ? TYPE_HISTOGRAM
							: TYPE_GAUGE;

	to->family = family;
	protobuf->family_at = to->out->used;
	protobuf->has_samples = false;
	put_string(to->out, FAMILY_NAME, family->name, strlen(family->name));
	put_string(to->out, FAMILY_HELP, family->help, strlen(family->help));
	put_number(to->out, FAMILY_TYPE, type);
	if (family->unit)
		put_string(to->out, FAMILY_UNIT, family->unit, strlen(family->unit));
}

/* A family without samples is left out: some readers take it for an error. */
static void protobuf_end(struct exposition *to)
{
	struct protobuf *protobuf = (struct protobuf *)to;

	if (protobuf->has_samples)
		end_message(to->out, protobuf->family_at);
	else if (!buffer_failed(to->out))
		to->out->used = protobuf->family_at;
	to->family = NULL;
}

static void protobuf_finish(struct exposition *to)
{
	(void)to;
}

static const struct exposition_ops protobuf_ops = {
	.begin = protobuf_begin,
	.sample = protobuf_sample,
	.histogram = protobuf_histogram,
	.end = protobuf_end,
	.finish = protobuf_finish,
	.is_sparse = true,
};

void protobuf_init(struct protobuf *protobuf, struct buffer *out)
{
	*protobuf = (struct protobuf){ .to = { .ops = &protobuf_ops, .out = out } };
}
