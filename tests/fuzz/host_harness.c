// SPDX-License-Identifier: GPL-2.0-only
#include "host_harness.h"

#include <check.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bpf/harness.h"
#include "input.h"

#define HARNESSES_MAX 8
#define PATH_SIZE 512
#define SWEEP_AFTER (200 * SEC_NS) /* most timeouts have passed, but not all */

struct harness {
	struct host *host;
	struct flow_reader reader;
	__u32 wire_length; /* of the next frames */
	__u8 options; /* first byte of the recorded sequence */
	__u8 *sequence;
	size_t size;
	__u64 recorded_ns; /* the clock at the last recorded frame */
};

static struct harness *harnesses[HARNESSES_MAX];
static const char *directory;

void host_harness_record(const char *into)
{
	directory = into;
}

/* FNV-1a, which distinguishes the sequences of one corpus. */
static __u64 digest(const __u8 *bytes, size_t size)
{
	__u64 hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
	return hash;
}

static void write_sequence(const struct harness *harness)
{
	char path[PATH_SIZE];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%016llx", directory, digest(harness->sequence, harness->size));
	if (access(path, F_OK) == 0)
		return;
	file = fopen(path, "wb");
	if (!file || fwrite(harness->sequence, harness->size, 1, file) != 1 || fclose(file)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

static void begin_sequence(struct harness *harness)
{
	if (directory && harness->size > 1 &&
	    input_append_sweep(harness->sequence, INPUT_MAX, &harness->size, SWEEP_AFTER))
		write_sequence(harness);
	harness->sequence[0] = harness->options;
	harness->size = 1;
	harness->recorded_ns = CLOCK_START;
}

void host_harness_finish(void)
{
	for (int i = 0; i < HARNESSES_MAX && harnesses[i]; i++)
		begin_sequence(harnesses[i]);
}

static void record(struct harness *harness, const struct host_frame *frame)
{
	__s64 delta = harness->host->clock_ns - harness->recorded_ns;

	if (input_append(harness->sequence, INPUT_MAX, &harness->size, delta, frame))
		harness->recorded_ns = harness->host->clock_ns;
}

struct harness *harness_open(const struct harness_options *options)
{
	struct harness *harness = calloc(1, sizeof(*harness));
	struct synscope_config config = host_config(options->buckets ? options->buckets : 64);
	int i = 0;

	config.key_vlan = options->key_vlan;
	config.key_tunnel = options->key_tunnel;
	config.decap = options->decap;
	config.rtt = options->rtt;
	config.min_mtu = options->mtu;
	config.mtu[0] = (struct interface_mtu){ .ifindex = HOST_IFINDEX, .mtu = options->mtu };
	harness->host = host_open(&config);
	flow_reader_init_memory(&harness->reader, harness->host->hot, harness->host->cold, config.buckets);
	harness->reader.tunnels = harness->host->tunnels;
	harness->reader.round_trips = config.rtt ? harness->host->round_trips : NULL;
	harness->options = INPUT_LISTENING | (config.buckets > 1 ? 2 : 0) | (config.key_vlan ? INPUT_KEY_VLAN : 0) |
			   (config.min_mtu ? INPUT_MTU : 0) | (config.decap ? INPUT_DECAP : 0) |
			   (config.key_tunnel ? INPUT_KEY_TUNNEL : 0);
	harness->sequence = malloc(INPUT_MAX);
	while (i < HARNESSES_MAX && harnesses[i])
		i++;
	if (i == HARNESSES_MAX)
		abort();
	harnesses[i] = harness;
	harness_reset(harness);
	return harness;
}

void harness_reset(struct harness *harness)
{
	begin_sequence(harness);
	host_reset(harness->host);
	harness_set_clock(harness, CLOCK_START);
	harness_set_untimed(harness, false);
}

void harness_set_stamp(struct harness *harness, __u32 slot, __u32 stamp)
{
	harness->host->stamps[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET] = stamp;
}

void harness_set_clock(struct harness *harness, __u64 now_ns)
{
	harness->host->clock_ns = now_ns;
}

void harness_set_wire_length(struct harness *harness, __u32 bytes)
{
	harness->wire_length = bytes;
}

void harness_set_untimed(struct harness *harness, bool untimed)
{
	harness->host->untimed = untimed;
}

__u64 harness_clock(const struct harness *harness)
{
	return harness->host->clock_ns;
}

static void run_frame(struct harness *harness, const struct host_frame *frame)
{
	record(harness, frame);
	ck_assert_int_eq(host_run(harness->host, frame), frame->tc ? TC_ACT_UNSPEC : XDP_PASS);
}

void harness_frame(struct harness *harness, enum entry entry, bool no_link, const void *frame, size_t size, __u32 gso)
{
	run_frame(harness, &(struct host_frame){ .bytes = frame,
						 .size = size,
						 .linear = size,
						 .wire_length = harness->wire_length,
						 .tc = entry == ENTRY_TC,
						 .no_link = no_link,
						 .gso_segments = gso });
}

void harness_packet(struct harness *harness, enum entry entry, const struct packet *packet)
{
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = packet_build(packet, frame);

	harness_frame(harness, entry, packet->no_link, frame, size, 0);
	free(frame);
}

void host_harness_split(struct harness *harness, enum entry entry, const struct packet *packet)
{
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = packet_build(packet, frame);

	run_frame(harness, &(struct host_frame){ .bytes = frame,
						 .size = size,
						 .linear = size / 2,
						 .tc = entry == ENTRY_TC,
						 .no_link = packet->no_link });
	free(frame);
}

void host_harness_tagged(struct harness *harness, const struct packet *packet, __u16 tci)
{
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = packet_build(packet, frame);

	run_frame(harness, &(struct host_frame){ .bytes = frame,
						 .size = size,
						 .linear = size,
						 .tc = true,
						 .no_link = packet->no_link,
						 .tag_beside = true,
						 .tci = tci });
	free(frame);
}

__u64 harness_counter(const struct harness *harness, enum synscope_counter counter)
{
	return harness->host->counters[counter];
}

void harness_counters(const struct harness *harness, __u64 values[COUNTER_COUNT])
{
	memcpy(values, harness->host->counters, COUNTER_COUNT * sizeof(*values));
}

struct port_latencies *harness_latencies(const struct harness *harness)
{
	return harness->host->latencies;
}

struct port_round_trips *harness_round_trips(const struct harness *harness)
{
	return harness->host->round_trip_histograms;
}

struct server_ports *harness_server_ports(const struct harness *harness)
{
	return harness->host->ports;
}

const struct flow_tunnel *harness_tunnels(const struct harness *harness)
{
	return harness->host->tunnels;
}

size_t harness_flows(struct harness *harness, struct flow_record *records, size_t room)
{
	struct flow_record record;
	size_t count = 0;

	for (__u32 slot = 0; slot < harness_slots(harness); slot++) {
		if (!flow_reader_read_slot(&harness->reader, slot, &record))
			continue;
		if (count < room)
			records[count] = record;
		count++;
	}
	return count;
}

struct flow_view harness_view(const struct harness *harness, const struct flow_record *record)
{
	struct flow_view view;

	memset(&view, 0xff, sizeof(view));
	flow_view_decode(&view, record, harness->host->config.timeout_ns, harness_clock(harness));
	return view;
}

struct flow_hot *harness_hot(struct harness *harness, __u32 slot)
{
	return host_hot(harness->host, slot);
}

__u32 harness_slots(const struct harness *harness)
{
	return host_slots(harness->host);
}

const struct synscope_config *harness_config(const struct harness *harness)
{
	return &harness->host->config;
}
