// SPDX-License-Identifier: GPL-2.0-only
#include "serve/openmetrics.h"

#include "base/clock.h"

#define NS_DIGITS 9

/* ---- numbers and labels */

/* ns as seconds, exactly, without an exponent. */
static char *put_seconds(char *p, __u64 ns)
{
	__u64 fraction = ns % NS_PER_S;

	p = put_u64(p, ns / NS_PER_S);
	if (!fraction)
		return p;
	*p++ = '.';
	for (__u64 digit = NS_PER_S / 10; fraction; digit /= 10) {
		*p++ = (char)('0' + fraction / digit);
		fraction %= digit;
	}
	return p;
}

/*
 * A bound in seconds as Go prints it, which is how OpenMetrics wants values of `le`: with an exponent below 1e-4. A
 * label is text, so that another way to write the same number would be another series.
 */
static char *put_bound(char *p, __u64 ns)
{
	char digits[U64_SIZE], *end;
	int exponent;

	if (ns >= NS_PER_S / 10000)
		return put_seconds(p, ns);
	end = put_u64(digits, ns);
	exponent = NS_DIGITS - (int)(end - digits - 1);
	while (end > digits + 1 && end[-1] == '0')
		end--;
	*p++ = *digits;
	if (end > digits + 1)
		*p++ = '.';
	memcpy(p, digits + 1, end - digits - 1);
	p += end - digits - 1;
	memcpy(p, "e-0", 3);
	p[3] = (char)('0' + exponent);
	return p + 4;
}

/* Room for twice the bytes of the text. */
static char *put_escaped(char *p, const char *text, int bytes)
{
	for (int i = 0; i < bytes; i++) {
		if (text[i] == '\\' || text[i] == '"')
			*p++ = '\\';
		*p++ = text[i];
	}
	return p;
}

/* Write NAME="VALUE",NAME="VALUE" to text->labels. */
static void render_labels(struct openmetrics *text, const struct metric_labels *labels)
{
	char *p = text->labels;

	for (int i = 0; i < labels->count; i++) {
		const char *name = labels->label[i].name, *raw = labels->label[i].value;
		struct foreign_text value = foreign_text(raw, strlen(raw), false);

		if (i)
			*p++ = ',';
		memcpy(p, name, strlen(name));
		p += strlen(name);
		memcpy(p, "=\"", 2);
		p = put_escaped(p + 2, value.text, value.bytes);
		*p++ = '"';
	}
	text->label_bytes = (int)(p - text->labels);
}

/* The name of a sample with a suffix, and the rendered labels without the closing brace, as le may follow. */
static void put_series(struct openmetrics *text, const char *suffix, bool more_labels)
{
	struct buffer *out = text->to.out;

	buffer_text(out, text->to.family->name);
	buffer_text(out, suffix);
	if (!text->label_bytes && !more_labels)
		return;
	buffer_char(out, '{');
	buffer_bytes(out, text->labels, text->label_bytes);
	if (more_labels && text->label_bytes)
		buffer_char(out, ',');
}

static void append_number(struct buffer *out, __u64 value)
{
	buffer_used(out, put_u64(buffer_reserve(out, U64_SIZE), value));
}

static void append_seconds(struct buffer *out, __u64 ns)
{
	buffer_used(out, put_seconds(buffer_reserve(out, U64_SIZE + 1), ns));
}

/* ---- families and samples */

static const char *type_name(enum metric_type type, bool is_open)
{
	switch (type) {
	case METRIC_COUNTER:
		return "counter";
	case METRIC_HISTOGRAM:
		return "histogram";
	case METRIC_INFO:
		return is_open ? "info" : "gauge";
	default:
		return "gauge";
	}
}

/* OpenMetrics names a family without the suffix of its samples. */
static size_t family_bytes(const struct openmetrics *text, const struct metric_family *family)
{
	size_t bytes = strlen(family->name);

	if (!text->is_open || family->type == METRIC_GAUGE || family->type == METRIC_HISTOGRAM)
		return bytes;
	return bytes - strlen(family->type == METRIC_COUNTER ? "_total" : "_info");
}

static void put_about(struct openmetrics *text, const char *what, const char *value)
{
	struct buffer *out = text->to.out;

	buffer_text(out, what);
	buffer_bytes(out, text->to.family->name, family_bytes(text, text->to.family));
	buffer_char(out, ' ');
	buffer_text(out, value);
	buffer_char(out, '\n');
}

static void text_begin(struct exposition *to, const struct metric_family *family)
{
	struct openmetrics *text = (struct openmetrics *)to;

	to->family = family;
	put_about(text, "# HELP ", family->help);
	put_about(text, "# TYPE ", type_name(family->type, text->is_open));
	if (text->is_open && family->unit)
		put_about(text, "# UNIT ", family->unit);
}

static void text_sample(struct exposition *to, const struct metric_labels *labels, __u64 value)
{
	struct openmetrics *text = (struct openmetrics *)to;
	const char *unit = to->family->unit;

	render_labels(text, labels);
	put_series(text, "", false);
	buffer_text(to->out, labels->count ? "} " : " ");
	if (unit && !strcmp(unit, "seconds"))
		append_seconds(to->out, value);
	else
		append_number(to->out, value);
	buffer_char(to->out, '\n');
}

/* The newest flow whose latency is in these buckets of the kernel, or NULL. */
static const struct metric_exemplar *exemplar_between(const struct metric_histogram *histogram, __u32 from, __u32 to)
{
	const struct metric_exemplar *newest = NULL;

	for (int i = 0; i < histogram->exemplar_count; i++) {
		const struct metric_exemplar *exemplar = histogram->exemplars[i];
		__u32 bucket = histogram_bucket(exemplar->ns);

		if (bucket >= from && bucket < to && (!newest || exemplar->wall_ns > newest->wall_ns))
			newest = exemplar;
	}
	return newest;
}

static void put_exemplar(struct buffer *out, const struct metric_exemplar *exemplar)
{
	buffer_text(out, " # {flow=\"");
	buffer_text(out, exemplar->flow);
	buffer_text(out, "\"} ");
	append_seconds(out, exemplar->ns);
	buffer_char(out, ' ');
	append_seconds(out, exemplar->wall_ns);
}

static void put_bucket(struct openmetrics *text, int bound, __u64 cumulative, const struct metric_exemplar *exemplar)
{
	struct buffer *out = text->to.out;

	put_series(text, "_bucket", true);
	buffer_text(out, "le=\"");
	buffer_bytes(out, text->bound[bound].text, text->bound[bound].bytes);
	buffer_text(out, "\"} ");
	append_number(out, cumulative);
	if (exemplar && text->is_open)
		put_exemplar(out, exemplar);
	buffer_char(out, '\n');
}

/*
 * A bucket of the kernel ends below its bound, and one of a classic histogram with it: of latencies that are exactly a
 * bound, to the nanosecond, the next bucket says more.
 */
static void text_histogram(struct exposition *to, const struct metric_labels *labels,
			   const struct metric_histogram *histogram)
{
	struct openmetrics *text = (struct openmetrics *)to;
	__u64 cumulative = 0;
	__u32 bucket = 0;

	render_labels(text, labels);
	for (int i = 0; i <= text->bound_count; i++) {
		__u32 first = bucket;

		for (; bucket < text->bound[i].bucket; bucket++)
			cumulative += histogram->count[bucket];
		put_bucket(text, i, cumulative, exemplar_between(histogram, first, bucket));
	}
	put_series(text, "_sum", false);
	buffer_text(to->out, labels->count ? "} " : " ");
	append_seconds(to->out, histogram->sum_ns);
	buffer_char(to->out, '\n');
	put_series(text, "_count", false);
	buffer_text(to->out, labels->count ? "} " : " ");
	append_number(to->out, cumulative);
	buffer_char(to->out, '\n');
}

static void text_end(struct exposition *to)
{
	to->family = NULL;
}

static void text_finish(struct exposition *to)
{
	if (((struct openmetrics *)to)->is_open)
		buffer_text(to->out, "# EOF\n");
}

static const struct exposition_ops text_ops = {
	.begin = text_begin,
	.sample = text_sample,
	.histogram = text_histogram,
	.end = text_end,
	.finish = text_finish,
};

void openmetrics_init(struct openmetrics *text, struct buffer *out, bool is_open, unsigned int per_octave)
{
	unsigned int step = HISTOGRAM_SUBS / per_octave;
	__u32 last = histogram_bucket(1ULL << BOUND_LAST_SHIFT);
	int count = 0;

	text->to = (struct exposition){ .ops = &text_ops, .out = out };
	text->is_open = is_open;
	for (__u32 bucket = histogram_bucket(1ULL << BOUND_LEAST_SHIFT); bucket <= last; bucket += step) {
		char *end = put_bound(text->bound[count].text, histogram_least(bucket));

		text->bound[count].bytes = (int)(end - text->bound[count].text);
		text->bound[count++].bucket = bucket;
	}
	text->bound_count = count;
	memcpy(text->bound[count].text, "+Inf", 4);
	text->bound[count].bytes = 4;
	text->bound[count].bucket = HISTOGRAM_BUCKETS;
}
