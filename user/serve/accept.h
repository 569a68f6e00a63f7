/* SPDX-License-Identifier: GPL-2.0-only */
/* Which format of metrics a client wants. */
#ifndef SYNSCOPE_SERVE_ACCEPT_H
#define SYNSCOPE_SERVE_ACCEPT_H

enum metrics_format {
	METRICS_OPENMETRICS,
	METRICS_TEXT, /* the older text of Prometheus, 0.0.4 */
	METRICS_PROTOBUF, /* with native histograms: only for those that name it */
	METRICS_FORMATS,
};

/*
 * The format that the field Accept prefers (RFC 9110, 12.5.1); of equals the one that is named more exactly, then
 * protobuf, then OpenMetrics. OpenMetrics if there is no field, or nothing in it that can be served.
 */
enum metrics_format accept_format(const char *accept);

#endif
