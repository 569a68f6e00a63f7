// SPDX-License-Identifier: GPL-2.0-only
#include "instance/histogram.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#define LATENCIES_SIZE (SERVER_PORT_INDEXES * sizeof(struct port_latencies))
#define ROUND_TRIPS_SIZE (SERVER_PORT_INDEXES * sizeof(struct port_round_trips))

/* Returns 0 or a negative errno (not logged). */
static int map(const void **memory, int fd, size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (mapped == MAP_FAILED)
		return -errno;
	*memory = mapped;
	return 0;
}

static void unmap(const void *memory, size_t size)
{
	if (memory)
		munmap((void *)memory, size);
}

int histogram_reader_open(struct histogram_reader *reader, int latencies_fd, int ports_fd, int round_trips_fd)
{
	const void *latencies = NULL, *ports = NULL, *round_trips = NULL;
	int err = map(&latencies, latencies_fd, LATENCIES_SIZE);

	if (!err)
		err = map(&ports, ports_fd, sizeof(struct server_ports));
	if (!err && round_trips_fd >= 0)
		err = map(&round_trips, round_trips_fd, ROUND_TRIPS_SIZE);
	*reader = (struct histogram_reader){ .latencies = latencies, .ports = ports, .round_trips = round_trips };
	if (err)
		histogram_reader_close(reader);
	return err;
}

void histogram_reader_close(struct histogram_reader *reader)
{
	unmap(reader->latencies, LATENCIES_SIZE);
	unmap(reader->ports, sizeof(struct server_ports));
	unmap(reader->round_trips, ROUND_TRIPS_SIZE);
	*reader = (struct histogram_reader){ 0 };
}

/* Histograms with their sums are nothing but counters, which the programs may be adding to. */
static void add_counters(void *sum, const void *add, size_t size)
{
	const __u64 *from = add;
	__u64 *to = sum;

	for (size_t i = 0; i < size / sizeof(*to); i++)
		to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

static void subtract_counters(void *sum, const void *less, size_t size)
{
	const __u64 *by = less;
	__u64 *from = sum;

	for (size_t i = 0; i < size / sizeof(*from); i++)
		from[i] = from[i] > by[i] ? from[i] - by[i] : 0;
}

void latencies_add(struct port_latencies *sum, const struct port_latencies *add)
{
	add_counters(sum, add, sizeof(*sum));
}

void latencies_subtract(struct port_latencies *sum, const struct port_latencies *less)
{
	subtract_counters(sum, less, sizeof(*sum));
}

void round_trips_add(struct port_round_trips *sum, const struct port_round_trips *add)
{
	add_counters(sum, add, sizeof(*sum));
}

void round_trips_subtract(struct port_round_trips *sum, const struct port_round_trips *less)
{
	subtract_counters(sum, less, sizeof(*sum));
}

void histogram_reader_add(const struct histogram_reader *reader, struct port_latencies *sum)
{
	for (int index = 0; index < SERVER_PORT_INDEXES; index++)
		latencies_add(sum, &reader->latencies[index]);
}

void histogram_reader_add_round_trips(const struct histogram_reader *reader, struct port_round_trips *sum)
{
	for (int index = 0; index < SERVER_PORT_INDEXES; index++)
		round_trips_add(sum, &reader->round_trips[index]);
}

void histogram_reader_ports(const struct histogram_reader *reader, int port[SERVER_PORT_INDEXES])
{
	for (int index = 0; index < SERVER_PORT_INDEXES; index++)
		port[index] = NO_PORT;
	for (int i = 0; i < 65536; i++) {
		__u32 index = __atomic_load_n(&reader->ports->index[i], __ATOMIC_RELAXED);

		if (index && index <= SERVER_PORTS)
			port[index - 1] = i;
	}
}

__u32 histogram_reader_place(const struct histogram_reader *reader, __u16 port)
{
	__u32 index = __atomic_load_n(&reader->ports->index[port], __ATOMIC_RELAXED);

	return index && index <= SERVER_PORTS ? index - 1 : SERVER_PORT_OTHER;
}

int server_ports_set(int ports_fd, const __u16 *ports, unsigned int count)
{
	struct server_ports *map = mmap(NULL, sizeof(*map), PROT_READ | PROT_WRITE, MAP_SHARED, ports_fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	for (unsigned int i = 0; i < count; i++)
		map->index[ports[i]] = i + 1;
	map->taken = SERVER_PORTS;
	munmap(map, sizeof(*map));
	return 0;
}

__u64 histogram_total(const __u64 count[HISTOGRAM_BUCKETS])
{
	__u64 total = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += count[i];
	return total;
}

static __s64 middle(unsigned int bucket)
{
	if (bucket >= HISTOGRAM_LAST)
		return histogram_least(HISTOGRAM_LAST);
	return (histogram_least(bucket) + histogram_least(bucket + 1)) / 2;
}

__s64 histogram_percentile(const __u64 count[HISTOGRAM_BUCKETS], unsigned int of_10000)
{
	__u64 total = histogram_total(count), below = 0;
	__u64 rank = (__u64)(((unsigned __int128)total * of_10000 + 9999) / 10000);

	if (!total)
		return LATENCY_UNKNOWN;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		below += count[i];
		if (below >= rank && count[i])
			return middle(i);
	}
	return LATENCY_UNKNOWN;
}
