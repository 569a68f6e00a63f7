/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What userspace decides before the programs are loaded, what they count, and what a pinned instance says of
 * itself.
 */
#ifndef SYNSCOPE_CONFIG_H
#define SYNSCOPE_CONFIG_H

#include <linux/types.h>

#include "flow.h"
#include "tunnel.h"

/* Timeouts of docs/specification.md, section 6, by the class of a flow (see lifetime.h). */
enum flow_timeout {
	TIMEOUT_SYN_SENT,
	TIMEOUT_SYN_RECEIVED,
	TIMEOUT_ESTABLISHED,
	TIMEOUT_FIN_WAIT,
	TIMEOUT_CLOSE_WAIT,
	TIMEOUT_LAST_ACK,
	TIMEOUT_TIME_WAIT,
	TIMEOUT_ONE_WAY,
	TIMEOUT_CLOSED,
	TIMEOUT_COUNT,
};

#define TIMEOUT_NONE (~0ULL) /* ns: never expires */

#define HASH_KEY_WORDS 32
#define MAX_INTERFACES 256 /* a power of two, see bpf/packet/mtu.h */

struct interface_mtu {
	__u32 ifindex;
	__u32 mtu; /* bytes of IP datagram */
};

/*
 * The `const volatile struct synscope_config config` of the BPF object's .rodata; also kept in the `meta` map, so
 * that readers and an upgrade know it.
 */
struct synscope_config {
	__u64 timeout_ns[TIMEOUT_COUNT]; /* by enum flow_timeout; TIMEOUT_NONE: off */
	__u32 hash_key[HASH_KEY_WORDS]; /* from the kernel's random source, secret, odd words not required */
	__u32 buckets; /* entries of `hot`; `cold` has FLOW_SLOTS_PER_BUCKET times as many */
	__u32 manual_clock; /* 1: the time is the global `clock_ns`, set by userspace (replay, tests) */
	__u32 key_vlan; /* 1: the VLAN ids are part of a flow's identity */
	__u32 key_tunnel; /* 1: kind and id of tunnels are, too */
	__u32 decap; /* TUNNEL_BIT() of the kinds of tunnels that are followed */
	__u32 min_mtu; /* smallest mtu[].mtu, 0: never estimate segment counts */
	__u32 rtt; /* 1: round trips are timed (round_trip.h) */
	__u32 unused;
	struct interface_mtu mtu[MAX_INTERFACES]; /* by ascending ifindex; the rest is 0 */
};

#define COUNTERS_MAX 64 /* room in the map: a new counter at the end is no new layout */

/*
 * Counters of an instance: the value of the one entry of the per-CPU array `counters`, an array of COUNTERS_MAX __u64
 * by this enum. user/instance/counters.c names them; the parser's refusals come first.
 */
enum synscope_counter {
	/* a frame that creates nothing, by reason (docs/specification.md, rules 22 to 29) */
	COUNTER_NON_IP, /* neither IPv4 nor IPv6 */
	COUNTER_NON_TCP, /* another protocol */
	COUNTER_TRUNCATED, /* a header or the IP length goes beyond the frame */
	COUNTER_BAD_IP_HEADER, /* version or header length cannot be */
	COUNTER_FRAGMENT, /* a later fragment, or a first one without the whole TCP header */
	COUNTER_BAD_TCP_HEADER, /* data offset below 5 or beyond the packet */
	COUNTER_BAD_FLAGS, /* a combination of flags that no TCP sends */
	COUNTER_VLAN_DEPTH, /* more than 3 VLAN tags */
	COUNTER_EXTENSION_DEPTH, /* more than 6 IPv6 extension headers */
	/* a tunnel that is not followed (rule 34), by its kind, from TUNNEL_PPPOE on */
	COUNTER_NOT_FOLLOWED,
	COUNTER_NOT_FOLLOWED_LAST = COUNTER_NOT_FOLLOWED + TUNNEL_KINDS - 2,
	/* segments that changed no state, by reason (section 3) */
	COUNTER_BAD_ACK,
	COUNTER_BAD_RST,
	COUNTER_BAD_SEQ,
	COUNTER_ACK_UNSEEN,
	COUNTER_CHALLENGE_SYN,
	COUNTER_REORDERED,
	COUNTER_DUPLICATE,
	COUNTER_RST_REFUTED,
	COUNTER_FIN_REFUTED,
	COUNTER_NO_FLOW, /* a RST, a FIN or a stray segment to no live flow */
	COUNTER_BUSY, /* given up after several tries against other CPUs: counted, nothing learnt */
	/* the flow table */
	COUNTER_SYN, /* SYNs seen */
	COUNTER_SYNACK, /* SYN/ACKs seen */
	COUNTER_INSERTED, /* flows created */
	COUNTER_INCARNATION, /* records that began a new incarnation */
	COUNTER_TWIN, /* another CPU was inserting this flow, or one with the same first bucket: this one tried again */
	/* room taken from others, by class, in the victim order of section 7 */
	COUNTER_EVICTED_EXPIRED,
	COUNTER_EVICTED_CLOSED,
	COUNTER_EVICTED_TIME_WAIT,
	COUNTER_EVICTED_HALF_OPEN,
	COUNTER_EVICTED_CLOSING,
	COUNTER_EVICTED_ESTABLISHED,
	/* new flows for which no room could be had */
	COUNTER_REFUSED_FULL, /* both buckets are full of connections of which both ends were seen */
	COUNTER_REFUSED_BUSY, /* every candidate was being written by other CPUs */
	COUNTER_UNREACHABLE, /* ICMP unreachables that quoted a tracked, unanswered SYN */
	COUNTER_TUNNEL_UNKNOWN, /* segments in a tunnel for which `tunnels` has no room, of those that changed a flow */
	COUNTER_COUNT,
};

#define COUNTER_OF_TUNNEL(kind) (COUNTER_NOT_FOLLOWED + (int)(kind)-1)
#define COUNTER_OF_ANOMALY(kind) (COUNTER_BAD_ACK + (int)(kind))

#define META_MAGIC 0x65706f63736e7973ULL /* "synscope" */
#define META_BYTE_ORDER 0x01020304U
#define INSTANCE_NAME_MAX 64
#define IFNAME_MAX 16

enum xdp_mode {
	XDP_MODE_NONE,
	XDP_MODE_NATIVE,
	XDP_MODE_GENERIC,
};

enum tc_mode {
	TC_MODE_NONE,
	TC_MODE_TCX, /* a tcx link, Linux 6.6 and later */
	TC_MODE_CLSACT, /* a clsact filter named `synscope:<instance>` */
};

struct meta_interface {
	__u32 ifindex;
	__u32 xdp; /* enum xdp_mode */
	__u32 tc_ingress; /* enum tc_mode (--mode tc) */
	__u32 tc_egress; /* enum tc_mode */
	__u32 made_clsact; /* 1: the clsact qdisc was made by the attach */
	__u32 no_link_header; /* 1: frames start at IP */
	char ifname[IFNAME_MAX]; /* at attach */
};

/* The one entry of the pinned array `meta`. The first five fields never move: any version can read them. */
struct instance_meta {
	__u64 magic; /* META_MAGIC */
	__u32 byte_order; /* META_BYTE_ORDER as the writer stored it */
	__u32 layout_version; /* FLOW_LAYOUT_VERSION */
	char program_version[32];
	__u32 hot_size; /* sizeof(struct flow_bucket) */
	__u32 cold_size; /* sizeof(struct flow_cold) */
	char name[INSTANCE_NAME_MAX];
	char netns[INSTANCE_NAME_MAX]; /* as given to --netns, "" for the one attach ran in */
	__u64 netns_inode;
	__u64 attached_ns; /* CLOCK_BOOTTIME */
	__u64 memory_bytes; /* of all maps of the instance */
	__u32 max_flows;
	__u32 interfaces;
	struct meta_interface interface[MAX_INTERFACES];
	struct synscope_config config;
};

_Static_assert(COUNTER_OF_ANOMALY(ANOMALY_FIN_REFUTED) == (int)COUNTER_FIN_REFUTED &&
		       COUNTER_FIN_REFUTED - COUNTER_BAD_ACK + 1 == (int)ANOMALY_COUNT,
	       "a counter for each anomaly, in the same order");
_Static_assert(COUNTER_COUNT <= COUNTERS_MAX, "there is room for all counters");
_Static_assert(sizeof(struct interface_mtu) == 8, "interface_mtu");
_Static_assert(sizeof(struct synscope_config) == 2280, "synscope_config");
_Static_assert(sizeof(struct meta_interface) == 40, "meta_interface");
_Static_assert(__builtin_offsetof(struct instance_meta, program_version) == 16, "instance_meta.program_version");
_Static_assert(__builtin_offsetof(struct instance_meta, name) == 56, "instance_meta.name");
_Static_assert(__builtin_offsetof(struct instance_meta, interface) == 216, "instance_meta.interface");
_Static_assert(__builtin_offsetof(struct instance_meta, config) == 10456, "instance_meta.config");
_Static_assert(sizeof(struct instance_meta) == 12736, "instance_meta");

#endif
