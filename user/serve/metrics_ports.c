// SPDX-License-Identifier: GPL-2.0-only
#include "serve/metrics_ports.h"

#include "flow/names.h"

#define PORT_SIZE (U64_SIZE + 1)

/* Ports that come after these places are summed up with those that have none, so that no series ever falls. */
static unsigned int own_places(const struct exposition *to, const struct metrics_input *input)
{
	return to->ops->is_sparse || input->ports > SERVER_PORTS ? SERVER_PORTS : input->ports;
}

static __u64 read_once(const __u64 *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

static void add_histogram(struct metric_histogram *histogram, const __u64 count[HISTOGRAM_BUCKETS], const __u64 *sum_ns)
{
	for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram->count[i] += read_once(&count[i]);
	histogram->sum_ns += read_once(sum_ns);
}

/* The flows that stand for those in the histograms of these places. */
static int exemplars_of(const struct metrics_tracker *tracker, enum flow_latency which, unsigned int first,
			unsigned int last, const struct metric_exemplar *found[EXEMPLAR_OCTAVES])
{
	int count = 0;

	for (int i = 0; tracker->exemplars && i < EXEMPLAR_OCTAVES; i++) {
		const struct metric_exemplar *exemplar = &tracker->events->exemplar[which][i];

		if (*exemplar->flow && exemplar->place >= first && exemplar->place <= last)
			found[count++] = exemplar;
	}
	return count;
}

static void put_histogram(struct exposition *to, const struct metrics_tracker *tracker, enum flow_latency which,
			  const char *port, unsigned int first, unsigned int last)
{
	struct metric_labels labels = metric_label(metrics_tracker_label(tracker), "server_port", port);
	const struct metric_exemplar *exemplars[EXEMPLAR_OCTAVES];
	struct metric_histogram histogram = { .exemplars = exemplars };

	histogram.exemplar_count = exemplars_of(tracker, which, first, last, exemplars);
	for (unsigned int place = first; place <= last; place++)
		add_histogram(&histogram, tracker->latencies[place].count[which],
			      &tracker->latencies[place].sum_ns[which]);
	to->ops->histogram(to, &labels, &histogram);
}

static void put_round_trips(struct exposition *to, const struct metrics_tracker *tracker, enum flow_latency unused,
			    const char *port, unsigned int first, unsigned int last)
{
	struct metric_labels of_port = metric_label(metrics_tracker_label(tracker), "server_port", port);

	(void)unused;
	for (int side = 0; side < SIDE_COUNT && tracker->round_trips; side++) {
		struct metric_labels labels = metric_label(of_port, "side", side_names[side]);
		struct metric_histogram histogram = { 0 };

		for (unsigned int place = first; place <= last; place++)
			add_histogram(&histogram, tracker->round_trips[place].count[side],
				      &tracker->round_trips[place].sum_ns[side]);
		to->ops->histogram(to, &labels, &histogram);
	}
}

static void put_refused(struct exposition *to, const struct metrics_tracker *tracker, enum flow_latency unused,
			const char *port, unsigned int first, unsigned int last)
{
	__u64 refused = 0;

	(void)unused;
	for (unsigned int place = first; place <= last; place++)
		refused += read_once(&tracker->latencies[place].refused);
	metric_put(to, metric_label(metrics_tracker_label(tracker), "server_port", port), refused);
}

typedef void (*put_places)(struct exposition *to, const struct metrics_tracker *tracker, enum flow_latency which,
			   const char *port, unsigned int first, unsigned int last);

/* Write something of each port with a place of its own, and of all others together. */
static void for_each_port(struct exposition *to, const struct metrics_input *input, put_places put,
			  enum flow_latency which)
{
	unsigned int own = own_places(to, input);

	for (size_t i = 0; i < input->tracker_count; i++) {
		const struct metrics_tracker *tracker = &input->tracker[i];
		char port[PORT_SIZE];

		for (unsigned int place = 0; place < own; place++) {
			if (tracker->port[place] == NO_PORT)
				continue;
			*put_u64(port, tracker->port[place]) = '\0';
			put(to, tracker, which, port, place, place);
		}
		put(to, tracker, which, "other", own, SERVER_PORT_OTHER);
	}
}

void metrics_put_histograms(struct exposition *to, const struct metrics_input *input, enum flow_latency which)
{
	for_each_port(to, input, put_histogram, which);
}

bool metrics_any_round_trips(const struct metrics_input *input)
{
	for (size_t i = 0; i < input->tracker_count; i++)
		if (input->tracker[i].round_trips)
			return true;
	return false;
}

void metrics_put_round_trips(struct exposition *to, const struct metrics_input *input)
{
	for_each_port(to, input, put_round_trips, LATENCY_COUNT);
}

void metrics_put_refused(struct exposition *to, const struct metrics_input *input)
{
	for_each_port(to, input, put_refused, LATENCY_COUNT);
}
