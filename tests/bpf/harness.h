/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF object loaded, with the clock in the test's hands: frames go in through BPF_PROG_TEST_RUN, records and
 * counters come out. Any failure of the means, and a program that does not let a frame pass unchanged, fails the test.
 */
#ifndef SYNSCOPE_TESTS_BPF_HARNESS_H
#define SYNSCOPE_TESTS_BPF_HARNESS_H

#include "synscope/config.h"
#include "synscope/histogram.h"
#include "flow/view.h"
#include "instance/instance.h"
#include "packet.h"

#define USEC 1000ULL
#define MSEC 1000000ULL
#define SEC_NS 1000000000ULL

#define CLOCK_START (1000 * SEC_NS)

enum entry { ENTRY_XDP, ENTRY_TC };

struct harness;

struct harness_options {
	__u32 buckets; /* 0: 64 */
	bool key_vlan;
	const char *programs; /* load only those with this in their names: each takes its time; NULL: all */
	bool slow_stores; /* see slow_stores.bpf.c */
	__u32 mtu; /* of the loopback interface, on which test runs arrive; 0: not known */
};

/* Loads the programs; ends the program when that fails. Never freed: test processes inherit it. */
struct harness *harness_open(const struct harness_options *options);

/* Empties the table, the counters, the histograms and sets the clock to CLOCK_START. */
void harness_reset(struct harness *harness);

void harness_set_clock(struct harness *harness, __u64 now_ns);
__u64 harness_clock(const struct harness *harness);

/* Runs one frame. `gso`: segments of a GSO skb, 0 or 1 for none; tc only. */
void harness_frame(struct harness *harness, enum entry entry, bool no_link, const void *frame, size_t size, __u32 gso);

/* Builds and runs. */
void harness_packet(struct harness *harness, enum entry entry, const struct packet *packet);

/* Sum over all CPUs. */
__u64 harness_counter(const struct harness *harness, enum synscope_counter counter);
void harness_counters(const struct harness *harness, __u64 values[COUNTER_COUNT]);

/* The histograms by port index, SERVER_PORT_INDEXES in all, and the ports that have one. */
struct port_latencies *harness_latencies(const struct harness *harness);
struct server_ports *harness_server_ports(const struct harness *harness);

/*
 * An instance as the commands open it, for as long as the harness is there. Its timeouts are off, because its readers
 * go by the real clock.
 */
struct instance harness_instance(const struct harness *harness);

/* Copies the flows, at most `room`; returns how many there are in the table. */
size_t harness_flows(struct harness *harness, struct flow_record *records, size_t room);

/* One try to copy the flow of a slot. */
enum copy_result harness_try_flow(const struct harness *harness, __u32 slot, struct flow_record *record);

/* Counter of the programs with slow stores: how many stores came too late (see slow_stores.bpf.c). */
__u64 harness_late_stores(const struct harness *harness);

/* A record as users see it, now. */
struct flow_view harness_view(const struct harness *harness, const struct flow_record *record);

/* What userspace of the program never does: the table to write to. */
struct flow_hot *harness_hot(struct harness *harness, __u32 slot);
__u32 harness_slots(const struct harness *harness);
const struct synscope_config *harness_config(const struct harness *harness);
int harness_program(const struct harness *harness, enum entry entry, bool no_link);
int harness_flush_program(const struct harness *harness);

#endif
