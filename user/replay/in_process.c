// SPDX-License-Identifier: GPL-2.0-only
#include "replay/in_process.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/table_room.h"
#include "bpf/host/helpers.h"
#include "bpf/host/programs.h"

#define CACHE_LINE 64
#define HUGE_PAGE (2UL << 20)

struct in_process {
	struct host host;
	void *mapped; /* all maps in one piece, of which only what is used takes memory */
	size_t mapped_bytes;
	struct flow_event event; /* the one that is being written */
	struct histogram_reader histograms; /* the maps themselves: not to be closed */
};

/* The programs are functions with one set of maps: those of the replay that is open. */
static struct in_process *running;

/* ---- what the programs call */

__u64 *host_counters(void)
{
	return running->host.counters;
}

void *bpf_ringbuf_reserve(void *ring, __u64 bytes, __u64 flags)
{
	(void)ring;
	(void)flags;
	return bytes == EVENT_BYTES(running->host.config.rtt) ? &running->event : NULL;
}

void bpf_ringbuf_submit(void *record, __u64 flags)
{
	(void)flags;
	running->host.on_event(record, running->host.argument);
}

void bpf_ringbuf_discard(void *record, __u64 flags)
{
	(void)record;
	(void)flags;
}

long bpf_skb_pull_data(struct __sk_buff *ctx, __u32 bytes)
{
	(void)ctx;
	(void)bytes;
	return -ENOMEM; /* there is nothing to pull: each frame is in one piece */
}

/* ---- the engine */

static size_t take(size_t *bytes, size_t count, size_t size)
{
	size_t at = *bytes;

	*bytes += (count * size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	return at;
}

/*
 * Zeroed memory. In huge pages, if the system has some to give: otherwise the reader, which looks at every bucket,
 * would need a page fault for each 4 KiB of an empty table, and take longer than all the rest for a small capture.
 */
static char *reserve(struct in_process *process, size_t bytes)
{
	size_t whole = bytes + HUGE_PAGE;
	void *mapped = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *aligned;

	if (mapped == MAP_FAILED) {
		message_error("no room for the flow table: %s; try a smaller --max-flows", reason_of(-errno).text);
		return NULL;
	}
	process->mapped = mapped;
	process->mapped_bytes = whole;
	aligned = (char *)(((uintptr_t)mapped + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
	madvise(aligned, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
	return aligned;
}

/* Zeroed memory for all maps; each begins with a cache line, as in the kernel. */
static int open_maps(struct in_process *process)
{
	struct host *host = &process->host;
	size_t bytes = 0, hot = take(&bytes, host->config.buckets, sizeof(*host->hot));
	size_t prints = take(&bytes, host->config.buckets, sizeof(*host->fingerprints));
	size_t stamps = take(&bytes, host->config.buckets, sizeof(*host->stamps));
	size_t cold = take(&bytes, host_slots(host), sizeof(*host->cold));
	size_t trips = take(&bytes, host->config.rtt ? host_slots(host) : 1, sizeof(*host->round_trips)), table = bytes;
	size_t latencies = take(&bytes, SERVER_PORT_INDEXES, sizeof(*host->latencies));
	size_t trip_histograms =
		take(&bytes, host->config.rtt ? SERVER_PORT_INDEXES : 1, sizeof(*host->round_trip_histograms));
	size_t ports = take(&bytes, 1, sizeof(*host->ports));
	size_t tunnels = take(&bytes, TUNNELS_MAX, sizeof(*host->tunnels));
	const struct table_room room = { .buckets = host->config.buckets, .table = table, .beside = bytes - table };
	int err = table_room_check(&room);
	char *maps;

	if (err)
		return err;
	maps = reserve(process, bytes);
	if (!maps)
		return -ENOMEM;
	host->hot = (void *)(maps + hot);
	host->fingerprints = (void *)(maps + prints);
	host->stamps = (void *)(maps + stamps);
	host->cold = (void *)(maps + cold);
	host->round_trips = (void *)(maps + trips);
	host->round_trip_histograms = (void *)(maps + trip_histograms);
	host->latencies = (void *)(maps + latencies);
	host->ports = (void *)(maps + ports);
	host->tunnels = (void *)(maps + tunnels);
	return 0;
}

static int in_process_open(void **state, const struct synscope_config *config, const struct replay_events *events,
			   struct flow_reader *table)
{
	struct in_process *process = *state = array_new(1, sizeof(*process), "the replay");
	int err;

	if (!process)
		return -ENOMEM;
	process->host.config = *config;
	process->host.on_event = events->handler;
	process->host.argument = events->context;
	process->host.readers[0] = (struct reader_slot){ .heartbeat_ns = EVENT_FOREVER, .only = events->only };
	err = open_maps(process);
	if (err)
		return err;
	flow_reader_init_memory(table, process->host.hot, process->host.cold, config->buckets);
	table->tunnels = process->host.tunnels;
	table->round_trips = config->rtt ? process->host.round_trips : NULL;
	process->histograms = (struct histogram_reader){
		.latencies = process->host.latencies,
		.ports = process->host.ports,
		.round_trips = config->rtt ? process->host.round_trip_histograms : NULL,
	};
	running = process;
	programs_use(&process->host);
	return 0;
}

static void in_process_close(void *state)
{
	struct in_process *process = state;

	if (!process)
		return;
	if (process->mapped)
		munmap(process->mapped, process->mapped_bytes);
	free(process);
	running = NULL;
}

static void in_process_set_clock(void *state, __u64 now, bool is_believed)
{
	(void)state;
	programs_set_clock(now, is_believed);
}

static int in_process_run(void *state, const struct capture_frame *frame)
{
	struct host_xdp ctx = {
		.data = (uintptr_t)frame->data,
		.data_end = (uintptr_t)(frame->data + frame->captured),
		.frame = frame->data,
		.length = frame->captured,
		.ingress_ifindex = frame->interface ? frame->interface : HOST_IFINDEX,
	};

	(void)state;
	programs_set_wire_length(frame->length);
	if (frame->no_link_header)
		xdp_raw(&ctx);
	else
		xdp_ether(&ctx);
	return 0;
}

static int in_process_sweep(void *state)
{
	const struct in_process *process = state;
	struct sweep_request request = { .slots = SWEEP_SLOTS_MAX };

	for (; request.first < host_slots(&process->host); request.first += SWEEP_SLOTS_MAX)
		sweep(&request);
	return 0;
}

/* Events do not wait. */
static int in_process_drain(void *state)
{
	(void)state;
	return 0;
}

static int in_process_count(void *state, __u64 *counters, __u64 *events_lost)
{
	const struct in_process *process = state;

	memcpy(counters, process->host.counters, COUNTER_COUNT * sizeof(*counters));
	*events_lost = process->host.readers[0].lost;
	return 0;
}

static const struct histogram_reader *in_process_histograms(const void *state)
{
	const struct in_process *process = state;

	return &process->histograms;
}

const struct replay_engine in_process_engine = {
	.open = in_process_open,
	.close = in_process_close,
	.set_clock = in_process_set_clock,
	.run = in_process_run,
	.sweep = in_process_sweep,
	.drain = in_process_drain,
	.count = in_process_count,
	.histograms = in_process_histograms,
};
