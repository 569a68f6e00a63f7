/* SPDX-License-Identifier: GPL-2.0-only */
/* The histograms of an instance, of latencies and of round trips; counts and percentiles of them. */
#ifndef SYNSCOPE_INSTANCE_HISTOGRAM_H
#define SYNSCOPE_INSTANCE_HISTOGRAM_H

#include "synscope/histogram.h"
#include "synscope/latency.h"
#include "synscope/round_trip.h"

#define NO_PORT (-1)

struct histogram_reader {
	const struct port_latencies *latencies; /* by index, see struct server_ports */
	const struct server_ports *ports;
	const struct port_round_trips *round_trips; /* by the same index; NULL: without --rtt */
};

/*
 * Map the histograms of an instance; round_trips_fd < 0: it has none of round trips. The fds may be closed afterwards.
 * Returns 0 or a negative errno (not logged).
 */
int histogram_reader_open(struct histogram_reader *reader, int latencies_fd, int ports_fd, int round_trips_fd);

void histogram_reader_close(struct histogram_reader *reader);

/* Add the latencies of all ports to `sum`. */
void histogram_reader_add(const struct histogram_reader *reader, struct port_latencies *sum);

/* The same for round trips, which the reader must have. */
void histogram_reader_add_round_trips(const struct histogram_reader *reader, struct port_round_trips *sum);

/* The port of each index, in host order, or NO_PORT; the last index is for all other ports. */
void histogram_reader_ports(const struct histogram_reader *reader, int port[SERVER_PORT_INDEXES]);

/* The index of a port in host order: its own, or SERVER_PORT_OTHER. */
__u32 histogram_reader_place(const struct histogram_reader *reader, __u16 port);

/*
 * Have histograms of their own for these ports (at most SERVER_PORTS), and for no others later. Returns 0 or a negative
 * errno (not logged).
 */
int server_ports_set(int ports_fd, const __u16 *ports, unsigned int count);

void latencies_add(struct port_latencies *sum, const struct port_latencies *add);

/* Results below 0 become 0; an instance that was detached in between is missing from `sum`. */
void latencies_subtract(struct port_latencies *sum, const struct port_latencies *less);

/* The same for round trips. */
void round_trips_add(struct port_round_trips *sum, const struct port_round_trips *add);
void round_trips_subtract(struct port_round_trips *sum, const struct port_round_trips *less);

/* How many latencies a histogram holds. */
__u64 histogram_total(const __u64 count[HISTOGRAM_BUCKETS]);

/*
 * The latency, in ns, that `of_10000` in ten thousand do not exceed (nearest rank). It is the middle of a bucket, and
 * so within 1/16. LATENCY_UNKNOWN if the histogram is empty.
 */
__s64 histogram_percentile(const __u64 count[HISTOGRAM_BUCKETS], unsigned int of_10000);

#endif
