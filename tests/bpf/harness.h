/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the BPF object with a clock that the test sets: frames go in through BPF_PROG_TEST_RUN, records and counters
 * come out. A failing system call fails the test, and so does a program that changes or drops a frame.
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
	bool key_tunnel;
	__u32 decap; /* TUNNEL_BIT() of the kinds of tunnels that are followed */
	const char *programs; /* load only the programs with this in their names, because each takes time; NULL: all */
	bool slow_stores; /* see slow_stores.bpf.c */
	bool rtt; /* --rtt */
	__u32 mtu; /* MTU of the loopback interface, on which test runs arrive; 0: unknown */
};

/* Loads the programs; ends the process on failure. Never freed: the processes of the tests inherit it. */
struct harness *harness_open(const struct harness_options *options);

/* Empties the table, the counters and the histograms, and sets the clock to CLOCK_START. */
void harness_reset(struct harness *harness);

/* What the programs believe of a slot until they look at it: STAMP_OTHER is true of any. */
void harness_set_stamp(struct harness *harness, __u32 slot, __u32 stamp);

void harness_set_clock(struct harness *harness, __u64 now_ns);

/* The length of the next frames, of which only the beginning is given; 0: they are given whole. */
void harness_set_wire_length(struct harness *harness, __u32 bytes);

/* Whether the next frames have no time of their own. */
void harness_set_untimed(struct harness *harness, bool untimed);
__u64 harness_clock(const struct harness *harness);

/* Runs one frame. `gso`: the number of segments of a GSO skb, 0 or 1 for none; tc only. */
void harness_frame(struct harness *harness, enum entry entry, bool no_link, const void *frame, size_t size, __u32 gso);

/* Builds a frame and runs it. */
void harness_packet(struct harness *harness, enum entry entry, const struct packet *packet);

/* Sum over all CPUs. */
__u64 harness_counter(const struct harness *harness, enum synscope_counter counter);
void harness_counters(const struct harness *harness, __u64 values[COUNTER_COUNT]);

/* The histograms by port index, SERVER_PORT_INDEXES in all, and the ports that have one. */
struct port_latencies *harness_latencies(const struct harness *harness);
/* Likewise the histograms of round trips, or one entry without --rtt. */
struct port_round_trips *harness_round_trips(const struct harness *harness);
struct server_ports *harness_server_ports(const struct harness *harness);

/* TUNNELS_MAX entries, see tunnel_of_number(). */
const struct flow_tunnel *harness_tunnels(const struct harness *harness);

/*
 * An instance as commands open it, valid as long as the harness. Its timeouts are off, because its readers use the real
 * clock.
 */
struct instance harness_instance(const struct harness *harness);

/* The map whose name ends so, as a file descriptor of the harness. */
int harness_map_fd(const struct harness *harness, const char *suffix);

/* Copies the flows, at most `room`; returns how many are in the table. */
size_t harness_flows(struct harness *harness, struct flow_record *records, size_t room);

/* Tries once to copy the flow of a slot. */
enum copy_result harness_try_flow(const struct harness *harness, __u32 slot, struct flow_record *record);

/* The number of stores that came too late, from programs with slow stores (see slow_stores.bpf.c). */
__u64 harness_late_stores(const struct harness *harness);

/* The decoded record, at the present time of the clock. */
struct flow_view harness_view(const struct harness *harness, const struct flow_record *record);

/* The table, writable. synscope itself never writes to it from user space. */
struct flow_hot *harness_hot(struct harness *harness, __u32 slot);
__u32 harness_slots(const struct harness *harness);
const struct synscope_config *harness_config(const struct harness *harness);
int harness_program(const struct harness *harness, enum entry entry, bool no_link);
int harness_flush_program(const struct harness *harness);

#endif
