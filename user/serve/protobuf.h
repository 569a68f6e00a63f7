/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics as io.prometheus.client.MetricFamily messages, each after its length: the form in which Prometheus takes
 * native histograms. The numbers of the fields are those of github.com/prometheus/client_model,
 * io/prometheus/client/metrics.proto.
 */
#ifndef SYNSCOPE_SERVE_PROTOBUF_H
#define SYNSCOPE_SERVE_PROTOBUF_H

#include "serve/exposition.h"

#define PROTOBUF_NAME "io.prometheus.client.MetricFamily"
#define PROTOBUF_TYPE "application/vnd.google.protobuf; proto=" PROTOBUF_NAME "; encoding=delimited"

/*
 * Buckets of native histograms have 2^(i/8) seconds as upper bounds (schema 3); those of the kernel end at parts of
 * powers of two of ns. Bucket k of octave n is bucket 8n+k+1-239 here, where 239 is 8 * log2(10^9), rounded: every
 * bound moves by -4.3 to +1.6 percent, and no bucket is split.
 */
#define NATIVE_SCHEMA 3
#define NATIVE_INDEX(bucket) ((int)(bucket) + 8 * HISTOGRAM_LEAST_SHIFT - 239)

struct protobuf {
	struct exposition to;
	size_t family_at; /* where the message of the family begins */
	bool has_samples;
};

void protobuf_init(struct protobuf *protobuf, struct buffer *out);

#endif
