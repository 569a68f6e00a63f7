/* SPDX-License-Identifier: GPL-2.0-only */
/* The latency histograms of an instance, and what they say: counts and percentiles. */
#ifndef SYNSCOPE_INSTANCE_HISTOGRAM_H
#define SYNSCOPE_INSTANCE_HISTOGRAM_H

#include "synscope/histogram.h"
#include "synscope/latency.h"

#define NO_PORT (-1)

struct histogram_reader {
	const struct port_latencies *latencies; /* by place */
	const struct server_ports *ports;
};

/* Map the histograms of an instance. The fds may be closed afterwards. Returns 0 or a negative errno (not logged). */
int histogram_reader_open(struct histogram_reader *reader, int latencies_fd, int ports_fd);

void histogram_reader_close(struct histogram_reader *reader);

/* Adds all places, that is the whole instance, to `sum`. */
void histogram_reader_add(const struct histogram_reader *reader, struct port_latencies *sum);

/* The port of each place that has one, in host order, else NO_PORT; the last place is that of all others. */
void histogram_reader_ports(const struct histogram_reader *reader, int port[SERVER_PORT_INDEXES]);

/*
 * Give these ports, at most SERVER_PORTS, the places there are, and no port one later. 0 or a negative errno (not
 * logged).
 */
int server_ports_fix(int ports_fd, const __u16 *ports, unsigned int count);

void latencies_add(struct port_latencies *sum, const struct port_latencies *add);

/* What would be below 0 is 0: of an instance that went, nothing is counted any more. */
void latencies_subtract(struct port_latencies *sum, const struct port_latencies *less);

/* How many latencies a histogram holds. */
__u64 histogram_total(const __u64 count[HISTOGRAM_BUCKETS]);

/*
 * The latency, in ns, that `of_10000` in ten thousand do not exceed (nearest rank), within 1/16: the middle of a
 * bucket. LATENCY_UNKNOWN of an empty histogram.
 */
__s64 histogram_percentile(const __u64 count[HISTOGRAM_BUCKETS], unsigned int of_10000);

#endif
