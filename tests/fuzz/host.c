// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bpf/host/helpers.h"

#define ARENA_BYTES (256 * 1024)
#define ALIGN_IP 2 /* where drivers place the Ethernet header, so that IP is aligned */
#define LINE 64

/*
 * The tables of which a run uses next to nothing. They are mapped, and emptied by giving up the pages that were
 * written: to clear them, or to have the sanitizers watch them, would take ten times as long as the frames.
 */
struct large_tables {
	struct port_latencies latencies[SERVER_PORT_INDEXES];
	struct server_ports ports;
	struct flow_tunnel tunnels[TUNNELS_MAX];
	struct port_round_trips round_trip_histograms[SERVER_PORT_INDEXES];
};

/* The current run: the programs are single-threaded here. */
static struct run {
	struct host *host;
	const struct host_frame *frame;
	__u8 *arena;
	__u8 *data;
	size_t linear;
} run;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	abort();
}

static void open_large_tables(struct host *host)
{
	struct large_tables *large =
		mmap(NULL, sizeof(*large), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (large == MAP_FAILED)
		die("no memory");
	madvise(large, sizeof(*large),
		MADV_NOHUGEPAGE); /* of which each would be cleared as a whole; may be unsupported */
	host->latencies = large->latencies;
	host->ports = &large->ports;
	host->tunnels = large->tunnels;
	host->round_trip_histograms = large->round_trip_histograms;
}

static size_t trips_bytes(const struct host *host)
{
	return (host->config.rtt ? host_slots(host) : 1) * sizeof(*host->round_trips);
}

struct host *host_open(const struct synscope_config *config)
{
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		die("no memory");
	host->config = *config;
	host->hot = aligned_alloc(LINE, config->buckets * sizeof(*host->hot));
	host->fingerprints = calloc(config->buckets, sizeof(*host->fingerprints));
	host->stamps = calloc(config->buckets, sizeof(*host->stamps));
	host->cold = aligned_alloc(LINE, host_slots(host) * sizeof(*host->cold));
	host->round_trips = aligned_alloc(LINE, trips_bytes(host));
	if (!host->round_trips || !host->hot || !host->fingerprints || !host->stamps || !host->cold)
		die("no memory");
	open_large_tables(host);
	host_reset(host);
	return host;
}

void host_reset(struct host *host)
{
	memset(host->hot, 0, host->config.buckets * sizeof(*host->hot));
	memset(host->fingerprints, 0, host->config.buckets * sizeof(*host->fingerprints));
	memset(host->stamps, 0, host->config.buckets * sizeof(*host->stamps));
	memset(host->cold, 0, host_slots(host) * sizeof(*host->cold));
	memset(host->round_trips, 0, trips_bytes(host));
	memset(host->counters, 0, sizeof(host->counters));
	memset(host->readers, 0, sizeof(host->readers));
	if (madvise(host->latencies, sizeof(struct large_tables), MADV_DONTNEED))
		die("cannot empty the tables");
}

void host_close(struct host *host)
{
	free(host->hot);
	free(host->fingerprints);
	free(host->stamps);
	free(host->cold);
	free(host->round_trips);
	munmap(host->latencies, sizeof(struct large_tables));
	free(host);
}

/* Places the linear part where the program may read it, and poisons the memory around it. */
static void place_frame(size_t linear)
{
	if (!run.arena)
		run.arena = aligned_alloc(LINE, ARENA_BYTES);
	if (!run.arena)
		die("no memory");
	ASAN_UNPOISON_MEMORY_REGION(run.arena, ARENA_BYTES);
	run.data = run.arena + LINE + (run.frame->no_link ? 0 : ALIGN_IP);
	run.linear = linear;
	memcpy(run.data, run.frame->bytes, linear);
	ASAN_POISON_MEMORY_REGION(run.arena, run.data - run.arena);
	ASAN_POISON_MEMORY_REGION(run.data + linear, run.arena + ARENA_BYTES - run.data - linear);
}

static void begin_run(struct host *host, const struct host_frame *frame)
{
	run.host = host;
	run.frame = frame;
	host->wire_length = frame->wire_length;
	programs_use(host);
	place_frame(frame->linear < frame->size ? frame->linear : frame->size);
}

static int run_xdp(const struct host_frame *frame)
{
	struct host_xdp ctx = { .data = (uintptr_t)run.data,
				.data_end = (uintptr_t)run.data + run.linear,
				.frame = frame->bytes,
				.length = frame->size,
				.ingress_ifindex = HOST_IFINDEX };

	return frame->no_link ? xdp_raw(&ctx) : xdp_ether(&ctx);
}

static int run_tc(const struct host_frame *frame)
{
	struct host_skb ctx = { .data = (uintptr_t)run.data,
				.data_end = (uintptr_t)run.data + run.linear,
				.frame = frame->bytes,
				.len = frame->size,
				.ifindex = HOST_IFINDEX,
				.gso_segs = frame->gso_segments,
				.vlan_present = frame->tag_beside,
				.vlan_tci = frame->tag_beside ? frame->tci : 0 };

	return frame->no_link ? tc_raw(&ctx) : tc_ether(&ctx);
}

int host_run(struct host *host, const struct host_frame *frame)
{
	int verdict;

	begin_run(host, frame);
	verdict = frame->tc ? run_tc(frame) : run_xdp(frame);
	if (memcmp(run.data, frame->bytes, run.linear)) {
		fprintf(stderr, "the frame was changed\n");
		abort();
	}
	return verdict;
}

void host_sweep(struct host *host)
{
	struct sweep_request request = { .slots = host_slots(host) };
	static const struct host_frame none = { .bytes = (const __u8 *)"" };

	begin_run(host, &none);
	sweep(&request);
}

/* ---- the helpers */

__u64 *host_counters(void)
{
	return run.host->counters;
}

long bpf_skb_pull_data(struct __sk_buff *ctx, __u32 bytes)
{
	if (bytes > ctx->len)
		return -ENOMEM;
	if (bytes > run.linear)
		place_frame(bytes);
	ctx->data = (uintptr_t)run.data;
	ctx->data_end = (uintptr_t)run.data + run.linear;
	return 0;
}

void *bpf_ringbuf_reserve(void *ring, __u64 bytes, __u64 flags)
{
	(void)ring;
	(void)flags;
	return run.host->on_event ? malloc(bytes) : NULL;
}

void bpf_ringbuf_submit(void *record, __u64 flags)
{
	(void)flags;
	run.host->on_event(record, run.host->argument);
	free(record);
}

void bpf_ringbuf_discard(void *record, __u64 flags)
{
	(void)flags;
	free(record);
}
