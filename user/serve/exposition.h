/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a format of metrics can write, so that metrics.c says once what there is. openmetrics.h has the texts, and
 * protobuf.h the binary form.
 */
#ifndef SYNSCOPE_SERVE_EXPOSITION_H
#define SYNSCOPE_SERVE_EXPOSITION_H

#include "base/buffer.h"
#include "base/text.h"
#include "synscope/histogram.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_INFO };

struct metric_family {
	const char *name; /* of its samples: with _total or _info, but without _bucket, _sum or _count */
	enum metric_type type;
	const char *unit; /* "seconds" (values are given in ns), "bytes", or NULL */
	const char *help; /* without backslashes and newlines */
};

#define METRIC_LABELS_MAX 4

struct metric_labels {
	struct {
		const char *name, *value; /* the value may be text of others */
	} label[METRIC_LABELS_MAX];
	int count;
};

/* A flow that stands for those in a bucket. */
struct metric_exemplar {
	__u64 ns; /* its latency */
	__u64 wall_ns; /* when it was measured, since 1970 */
	__u32 place; /* of the histogram that counted it, by index into `latencies` */
	char flow[FLOW_ID_SIZE + 1]; /* "": there is none */
};

struct metric_histogram {
	__u64 count[HISTOGRAM_BUCKETS];
	__u64 sum_ns;
	const struct metric_exemplar *const *exemplars; /* of this histogram, at most one in an octave */
	int exemplar_count;
};

struct exposition;

struct exposition_ops {
	/* All samples of a family stand between begin and end. */
	void (*begin)(struct exposition *to, const struct metric_family *family);
	void (*sample)(struct exposition *to, const struct metric_labels *labels, __u64 value);
	void (*histogram)(struct exposition *to, const struct metric_labels *labels,
			  const struct metric_histogram *histogram);
	void (*end)(struct exposition *to);
	void (*finish)(struct exposition *to); /* after the last family */
	bool is_sparse; /* a histogram of its own for every port is cheap */
};

/* The beginning of the struct of each format. */
struct exposition {
	const struct exposition_ops *ops;
	struct buffer *out; /* a BUFFER_MEMORY */
	const struct metric_family *family; /* between begin and end */
};

/* The labels, and one more. */
static inline struct metric_labels metric_label(struct metric_labels labels, const char *name, const char *value)
{
	labels.label[labels.count].name = name;
	labels.label[labels.count++].value = value;
	return labels;
}

static inline void metric_put(struct exposition *to, struct metric_labels labels, __u64 value)
{
	to->ops->sample(to, &labels, value);
}

#endif
