// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "helpers.h"
#include "programs.h"

#define ARENA_BYTES (256 * 1024)
#define ALIGN_IP 2 /* where drivers place the Ethernet header, so that IP is aligned */
#define LINE 64

/* The current run: the programs are single-threaded here. */
static struct run {
	struct host *host;
	const struct host_frame *frame;
	__u8 *arena; /* below 4 GiB, because a context's pointers have 32 bits */
	__u8 *data;
	size_t linear;
} run;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	abort();
}

struct host *host_open(const struct synscope_config *config)
{
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		die("no memory");
	host->config = *config;
	host->hot = aligned_alloc(LINE, config->buckets * sizeof(*host->hot));
	host->fingerprints = calloc(config->buckets, sizeof(*host->fingerprints));
	host->cold = aligned_alloc(LINE, host_slots(host) * sizeof(*host->cold));
	host->latencies = calloc(SERVER_PORT_INDEXES, sizeof(*host->latencies));
	host->ports = calloc(1, sizeof(*host->ports));
	if (!host->hot || !host->fingerprints || !host->cold || !host->latencies || !host->ports)
		die("no memory");
	host_reset(host);
	return host;
}

void host_reset(struct host *host)
{
	memset(host->hot, 0, host->config.buckets * sizeof(*host->hot));
	memset(host->cold, 0, host_slots(host) * sizeof(*host->cold));
	memset(host->counters, 0, sizeof(host->counters));
	memset(host->place, 0, sizeof(host->place));
}

void host_close(struct host *host)
{
	free(host->hot);
	free(host->fingerprints);
	free(host->cold);
	free(host->latencies);
	free(host->ports);
	free(host);
}

struct flow_hot *host_hot(const struct host *host, __u32 slot)
{
	return &host->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

/* Places the linear part where the program may read it, and poisons the memory around it. */
static void place_frame(size_t linear)
{
	if (!run.arena) {
		run.arena =
			mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		if (run.arena == MAP_FAILED)
			die("no memory below 4 GiB");
	}
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
	programs_use(host);
	place_frame(frame->linear < frame->size ? frame->linear : frame->size);
}

static __u32 address(const __u8 *at)
{
	return (__u32)(uintptr_t)at;
}

static int run_xdp(const struct host_frame *frame)
{
	struct xdp_md ctx = { .data = address(run.data),
			      .data_end = address(run.data + run.linear),
			      .data_meta = address(run.data),
			      .ingress_ifindex = HOST_IFINDEX };

	return frame->no_link ? xdp_raw(&ctx) : xdp_ether(&ctx);
}

static int run_tc(const struct host_frame *frame)
{
	struct __sk_buff ctx = { .data = address(run.data),
				 .data_end = address(run.data + run.linear),
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

void *bpf_map_lookup_elem(void *map, const void *key)
{
	__u32 index;

	memcpy(&index, key, sizeof(index));
	return programs_value(run.host, map, index);
}

__u64 bpf_ktime_get_ns(void)
{
	return run.host->clock_ns;
}

__u64 bpf_jiffies64(void)
{
	return 0;
}

__u64 bpf_ktime_get_coarse_ns(void)
{
	return run.host->clock_ns;
}

__u32 bpf_get_prandom_u32(void)
{
	return rand();
}

__u32 bpf_get_smp_processor_id(void)
{
	return 0;
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx)
{
	(void)ctx;
	return run.frame->size;
}

static long load_bytes(__u32 offset, void *to, __u32 bytes)
{
	if ((__u64)offset + bytes > run.frame->size)
		return -EINVAL;
	memcpy(to, run.frame->bytes + offset, bytes);
	return 0;
}

long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 bytes)
{
	(void)ctx;
	return load_bytes(offset, to, bytes);
}

long bpf_skb_load_bytes(const void *ctx, __u32 offset, void *to, __u32 bytes)
{
	(void)ctx;
	return load_bytes(offset, to, bytes);
}

long bpf_skb_pull_data(struct __sk_buff *ctx, __u32 bytes)
{
	if (bytes > ctx->len)
		return -ENOMEM;
	if (bytes > run.linear)
		place_frame(bytes);
	ctx->data = address(run.data);
	ctx->data_end = address(run.data + run.linear);
	return 0;
}

void *bpf_ringbuf_reserve(void *ring, __u64 bytes, __u64 flags)
{
	(void)ring;
	(void)flags;
	return run.host->rings_full ? NULL : malloc(bytes);
}

void bpf_ringbuf_submit(void *record, __u64 flags)
{
	(void)flags;
	if (run.host->on_event)
		run.host->on_event(run.host->argument, record);
	free(record);
}
