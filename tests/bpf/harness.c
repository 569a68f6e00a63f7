// SPDX-License-Identifier: GPL-2.0-only
#include "harness.h"
#include "synscope/lifetime.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "synscope.skel.h"
#include "tests/bpf/slow_stores.skel.h"

#define LOOPBACK_IFINDEX 1
#define METADATA 32 /* bytes before an XDP frame, filled because they are not zero in practice */
#define CPUS_MAX 1024

struct harness {
	struct bpf_object *object;
	const struct synscope_config *config;
	struct synscope_bpf__bss *globals;
	struct flow_reader reader;
	struct flow_bucket *hot;
	struct flow_stamps *stamps;
	struct flow_cold *cold;
	struct port_latencies *latencies;
	struct server_ports *ports;
	struct flow_tunnel *tunnels;
	struct flow_round_trips *round_trips;
	struct port_round_trips *trip_histograms;
	const __u64 *late_stores; /* NULL: the programs do not count late stores */
	__u32 buckets;
};

static const __u64 timeouts[TIMEOUT_COUNT] = DEFAULT_TIMEOUTS_NS;

static void die(const char *what, int err)
{
	fprintf(stderr, "bpf-tests: cannot %s: %s\n", what, strerror(-err));
	exit(EXIT_FAILURE);
}

static void *map_memory(const struct bpf_map *map, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (memory == MAP_FAILED)
		die("map the flow table", -errno);
	return memory;
}

static struct bpf_map *map_of(const struct harness *harness, const char *suffix)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, harness->object) {
		const char *name = bpf_map__name(map);

		if (strlen(name) >= strlen(suffix) && !strcmp(name + strlen(name) - strlen(suffix), suffix))
			return map;
	}
	die("find a map of the BPF object", -ENOENT);
	return NULL;
}

static void configure(struct harness *harness, const struct harness_options *options)
{
	size_t size;
	const void *initial = bpf_map__initial_value(map_of(harness, ".rodata"), &size);
	struct synscope_bpf__rodata *rodata = malloc(size);
	struct synscope_config *config = &rodata->config;

	memcpy(rodata, initial, size);
	memcpy(config->timeout_ns, timeouts, sizeof(timeouts));
	for (__u32 i = 0; i < HASH_KEY_WORDS; i++)
		config->hash_key[i] = 0x9e3779b9U * (i + 1) ^ 0x5bd1e995U;
	config->buckets = harness->buckets;
	config->manual_clock = 1;
	config->key_vlan = options->key_vlan;
	config->key_tunnel = options->key_tunnel;
	config->decap = options->decap;
	config->rtt = options->rtt;
	config->min_mtu = options->mtu;
	config->mtu[0] = (struct interface_mtu){ .ifindex = LOOPBACK_IFINDEX, .mtu = options->mtu };
	harness->config = config;
	if (bpf_map__set_initial_value(map_of(harness, ".rodata"), rodata, size))
		die("configure the BPF object", -errno);
	bpf_map__set_max_entries(map_of(harness, "hot"), harness->buckets);
	bpf_map__set_max_entries(map_of(harness, "fingerprints"), harness->buckets);
	bpf_map__set_max_entries(map_of(harness, "stamps"), harness->buckets);
	bpf_map__set_max_entries(map_of(harness, "cold"), harness->buckets * FLOW_SLOTS_PER_BUCKET);
	if (!options->rtt)
		return;
	bpf_map__set_max_entries(map_of(harness, "round_trips"), harness->buckets * FLOW_SLOTS_PER_BUCKET);
	bpf_map__set_max_entries(map_of(harness, "round_trip_histograms"), SERVER_PORT_INDEXES);
}

static void load_only(struct bpf_object *object, const char *in_name)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		bpf_program__set_autoload(program, strstr(bpf_program__name(program), in_name));
	}
}

static size_t round_trips_entries(const struct harness *harness)
{
	return harness->config->rtt ? (size_t)harness->buckets * FLOW_SLOTS_PER_BUCKET : 1;
}

struct harness *harness_open(const struct harness_options *options)
{
	struct harness *harness = calloc(1, sizeof(*harness));
	size_t size, slots;
	const void *elf = options->slow_stores ? slow_stores_bpf__elf_bytes(&size) : synscope_bpf__elf_bytes(&size);
	int err;

	harness->buckets = options->buckets ? options->buckets : 64;
	slots = (size_t)harness->buckets * FLOW_SLOTS_PER_BUCKET;
	harness->object = bpf_object__open_mem(elf, size, NULL);
	if (!harness->object)
		die("open the BPF object", -errno);
	configure(harness, options);
	if (options->programs)
		load_only(harness->object, options->programs);
	err = bpf_object__load(harness->object);
	if (err)
		die("load the BPF object", err);
	harness->hot = map_memory(map_of(harness, "hot"), harness->buckets * sizeof(struct flow_bucket));
	harness->cold = map_memory(map_of(harness, "cold"), slots * sizeof(struct flow_cold));
	harness->stamps = map_memory(map_of(harness, "stamps"), harness->buckets * sizeof(struct flow_stamps));
	harness->latencies =
		map_memory(map_of(harness, "latencies"), SERVER_PORT_INDEXES * sizeof(*harness->latencies));
	harness->ports = map_memory(map_of(harness, "server_ports"), sizeof(*harness->ports));
	harness->globals = map_memory(map_of(harness, ".bss"), sizeof(*harness->globals));
	if (options->slow_stores)
		harness->late_stores = map_memory(map_of(harness, ".late"), sizeof(*harness->late_stores));
	flow_reader_init_memory(&harness->reader, harness->hot, harness->cold, harness->buckets);
	harness->tunnels = map_memory(map_of(harness, "tunnels"), TUNNELS_MAX * sizeof(struct flow_tunnel));
	harness->reader.tunnels = harness->tunnels;
	harness->round_trips = map_memory(map_of(harness, "round_trips"),
					  round_trips_entries(harness) * sizeof(*harness->round_trips));
	harness->trip_histograms =
		map_memory(map_of(harness, "round_trip_histograms"),
			   (options->rtt ? SERVER_PORT_INDEXES : 1) * sizeof(*harness->trip_histograms));
	harness->reader.round_trips = options->rtt ? harness->round_trips : NULL;
	harness_reset(harness);
	return harness;
}

void harness_reset(struct harness *harness)
{
	static const __u64 zero[COUNTERS_MAX * CPUS_MAX];
	__u32 key = 0;

	memset(harness->hot, 0, harness->buckets * sizeof(struct flow_bucket));
	memset(harness->stamps, 0, harness->buckets * sizeof(struct flow_stamps));
	memset(harness->cold, 0, (size_t)harness->buckets * FLOW_SLOTS_PER_BUCKET * sizeof(struct flow_cold));
	memset(harness->latencies, 0, SERVER_PORT_INDEXES * sizeof(*harness->latencies));
	memset(harness->ports, 0, sizeof(*harness->ports));
	memset(harness->round_trips, 0, round_trips_entries(harness) * sizeof(*harness->round_trips));
	if (harness->config->rtt)
		memset(harness->trip_histograms, 0, SERVER_PORT_INDEXES * sizeof(*harness->trip_histograms));
	if (harness->config->decap)
		memset(harness->tunnels, 0, TUNNELS_MAX * sizeof(struct flow_tunnel));
	if (bpf_map_update_elem(bpf_map__fd(map_of(harness, "counters")), &key, zero, BPF_ANY))
		ck_abort_msg("cannot reset the counters: %s", strerror(errno));
	harness_set_clock(harness, CLOCK_START);
	harness_set_untimed(harness, false);
}

void harness_set_stamp(struct harness *harness, __u32 slot, __u32 stamp)
{
	harness->stamps[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET] = stamp;
}

void harness_set_clock(struct harness *harness, __u64 now_ns)
{
	harness->globals->clock_ns = now_ns;
}

void harness_set_wire_length(struct harness *harness, __u32 bytes)
{
	harness->globals->wire_length = bytes;
}

void harness_set_untimed(struct harness *harness, bool untimed)
{
	harness->globals->untimed = untimed;
}

__u64 harness_clock(const struct harness *harness)
{
	return harness->globals->clock_ns;
}

int harness_program(const struct harness *harness, enum entry entry, bool no_link)
{
	static const char *const names[2][2] = { { "xdp_ether", "xdp_raw" }, { "tc_ether", "tc_raw" } };

	return bpf_program__fd(bpf_object__find_program_by_name(harness->object, names[entry == ENTRY_TC][no_link]));
}

int harness_flush_program(const struct harness *harness)
{
	return bpf_program__fd(bpf_object__find_program_by_name(harness->object, "flush"));
}

static void test_run(int program, struct bpf_test_run_opts *options, int expected)
{
	__u8 *out = malloc(options->data_size_in);

	options->data_out = out;
	options->data_size_out = options->data_size_in;
	if (bpf_prog_test_run_opts(program, options))
		ck_abort_msg("BPF_PROG_TEST_RUN of %u bytes: %s", options->data_size_in, strerror(errno));
	if ((int)options->retval != expected)
		ck_abort_msg("the program returned %d, expected %d", (int)options->retval, expected);
	if (options->data_size_out != options->data_size_in || memcmp(out, options->data_in, options->data_size_in))
		ck_abort_msg("the frame was changed");
	free(out);
}

static void run_xdp(int program, const void *frame, size_t size)
{
	__u8 *data = malloc(METADATA + size);
	struct xdp_md context = { .data = METADATA, .data_end = METADATA + size };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = data, .data_size_in = METADATA + size, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	memset(data, 0xff, METADATA);
	memcpy(data + METADATA, frame, size);
	test_run(program, &options, XDP_PASS);
	free(data);
}

static void run_tc(int program, const void *frame, size_t size, __u32 gso)
{
	struct __sk_buff context = { .gso_segs = gso };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = size, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	test_run(program, &options, -1); /* TC_ACT_UNSPEC */
}

void harness_frame(struct harness *harness, enum entry entry, bool no_link, const void *frame, size_t size, __u32 gso)
{
	int program = harness_program(harness, entry, no_link);

	if (entry == ENTRY_TC)
		run_tc(program, frame, size, gso);
	else
		run_xdp(program, frame, size);
}

void harness_packet(struct harness *harness, enum entry entry, const struct packet *packet)
{
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = packet_build(packet, frame);

	harness_frame(harness, entry, packet->no_link, frame, size, 0);
	free(frame);
}

struct port_latencies *harness_latencies(const struct harness *harness)
{
	return harness->latencies;
}

struct port_round_trips *harness_round_trips(const struct harness *harness)
{
	return harness->trip_histograms;
}

struct server_ports *harness_server_ports(const struct harness *harness)
{
	return harness->ports;
}

const struct flow_tunnel *harness_tunnels(const struct harness *harness)
{
	return harness->tunnels;
}

struct instance harness_instance(const struct harness *harness)
{
	struct instance instance = {
		.meta = { .name = "harness", .config.buckets = harness->buckets, .config.rtt = harness->config->rtt },
		.fd[OBJECT_HOT] = bpf_map__fd(map_of(harness, "hot")),
		.fd[OBJECT_COLD] = bpf_map__fd(map_of(harness, "cold")),
		.fd[OBJECT_LATENCIES] = bpf_map__fd(map_of(harness, "latencies")),
		.fd[OBJECT_SERVER_PORTS] = bpf_map__fd(map_of(harness, "server_ports")),
		.fd[OBJECT_TUNNELS] = bpf_map__fd(map_of(harness, "tunnels")),
		.fd[OBJECT_ROUND_TRIPS] = bpf_map__fd(map_of(harness, "round_trips")),
		.fd[OBJECT_ROUND_TRIP_HISTOGRAMS] = bpf_map__fd(map_of(harness, "round_trip_histograms")),
	};

	for (int i = 0; i < TIMEOUT_COUNT; i++)
		instance.meta.config.timeout_ns[i] = TIMEOUT_NONE;
	return instance;
}

int harness_map_fd(const struct harness *harness, const char *suffix)
{
	return bpf_map__fd(map_of(harness, suffix));
}

void harness_counters(const struct harness *harness, __u64 values[COUNTER_COUNT])
{
	int cpus = libbpf_num_possible_cpus();
	__u64(*per_cpu)[COUNTERS_MAX] = calloc(cpus, sizeof(*per_cpu));
	__u32 key = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(map_of(harness, "counters")), &key, per_cpu))
		ck_abort_msg("cannot read the counters: %s", strerror(errno));
	memset(values, 0, COUNTER_COUNT * sizeof(*values));
	for (int cpu = 0; cpu < cpus; cpu++)
		for (int i = 0; i < COUNTER_COUNT; i++)
			values[i] += per_cpu[cpu][i];
	free(per_cpu);
}

__u64 harness_counter(const struct harness *harness, enum synscope_counter counter)
{
	__u64 values[COUNTER_COUNT];

	harness_counters(harness, values);
	return values[counter];
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

enum copy_result harness_try_flow(const struct harness *harness, __u32 slot, struct flow_record *record)
{
	return flow_reader_try_slot(&harness->reader, slot, record);
}

__u64 harness_late_stores(const struct harness *harness)
{
	return *harness->late_stores;
}

struct flow_view harness_view(const struct harness *harness, const struct flow_record *record)
{
	struct flow_view view;

	memset(&view, 0xff, sizeof(view));
	flow_view_decode(&view, record, timeouts, harness_clock(harness));
	return view;
}

struct flow_hot *harness_hot(struct harness *harness, __u32 slot)
{
	return &harness->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

__u32 harness_slots(const struct harness *harness)
{
	return harness->buckets * FLOW_SLOTS_PER_BUCKET;
}

const struct synscope_config *harness_config(const struct harness *harness)
{
	return harness->config;
}
