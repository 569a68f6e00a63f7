/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A decoder of io.prometheus.client.MetricFamily that shares nothing with the encoder: it prints messages as protoc
 * does, by the fields of the official metrics.proto.
 */
#ifndef SYNSCOPE_TESTS_UNIT_METRICS_DECODE_H
#define SYNSCOPE_TESTS_UNIT_METRICS_DECODE_H

#include <stddef.h>

/*
 * The family of that name among messages that stand after their lengths, as a string that the caller frees: a field a
 * line, without indentation. NULL: there is none. The test fails if any of the messages is malformed.
 */
char *decode_family(const char *data, size_t bytes, const char *name);

/* All families in the same form, with a line "---" before each. */
char *decode_all(const char *data, size_t bytes);

#endif
