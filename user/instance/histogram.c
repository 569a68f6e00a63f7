// SPDX-License-Identifier: GPL-2.0-only
#include "instance/histogram.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define LATENCIES_SIZE (SERVER_PORT_INDEXES * sizeof(struct port_latencies))

int histogram_reader_open(struct histogram_reader *reader, int latencies_fd, int ports_fd)
{
	void *latencies = mmap(NULL, LATENCIES_SIZE, PROT_READ, MAP_SHARED, latencies_fd, 0);
	void *ports;
	int err;

	*reader = (struct histogram_reader){ 0 };
	if (latencies == MAP_FAILED)
		return -errno;
	ports = mmap(NULL, sizeof(struct server_ports), PROT_READ, MAP_SHARED, ports_fd, 0);
	if (ports == MAP_FAILED) {
		err = -errno;
		munmap(latencies, LATENCIES_SIZE);
		return err;
	}
	*reader = (struct histogram_reader){ .latencies = latencies, .ports = ports };
	return 0;
}

void histogram_reader_close(struct histogram_reader *reader)
{
	if (!reader->latencies)
		return;
	munmap((void *)reader->latencies, LATENCIES_SIZE);
	munmap((void *)reader->ports, sizeof(struct server_ports));
	*reader = (struct histogram_reader){ 0 };
}

void latencies_add(struct port_latencies *sum, const struct port_latencies *add)
{
	for (int which = 0; which < LATENCY_COUNT; which++) {
		for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
			sum->count[which][i] += __atomic_load_n(&add->count[which][i], __ATOMIC_RELAXED);
		sum->sum_ns[which] += __atomic_load_n(&add->sum_ns[which], __ATOMIC_RELAXED);
	}
	sum->refused += __atomic_load_n(&add->refused, __ATOMIC_RELAXED);
}

static void subtract(__u64 *from, __u64 less)
{
	*from = *from > less ? *from - less : 0;
}

void latencies_subtract(struct port_latencies *sum, const struct port_latencies *less)
{
	for (int which = 0; which < LATENCY_COUNT; which++) {
		for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
			subtract(&sum->count[which][i], less->count[which][i]);
		subtract(&sum->sum_ns[which], less->sum_ns[which]);
	}
	subtract(&sum->refused, less->refused);
}

void histogram_reader_add(const struct histogram_reader *reader, struct port_latencies *sum)
{
	for (int index = 0; index < SERVER_PORT_INDEXES; index++)
		latencies_add(sum, &reader->latencies[index]);
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
