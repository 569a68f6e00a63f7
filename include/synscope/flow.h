/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow record, as it lies in the two mmapable arrays.
 *
 * A flow is one TCP connection (attempt): two endpoints, one record. The record is split by how often it is
 * touched: `struct flow_hot`, one cache line, is all that an established segment reads or writes;
 * `struct flow_cold` is for the handshake, the close and rare events. Both arrays are indexed by slot.
 *
 * Direction 0 is what the endpoint with the lower (address, port) pair sends, direction 1 the other one's.
 *
 * Byte order: addresses and ports are in network order, every other number is in host order.
 * Times are nanoseconds of CLOCK_BOOTTIME, or of the capture's clock in a replay.
 */
#ifndef SYNSCOPE_FLOW_H
#define SYNSCOPE_FLOW_H

#include <linux/types.h>

/* Raised whenever a struct in a pinned map changes its meaning or size (see struct instance_meta). */
#define FLOW_LAYOUT_VERSION 8

#define FLOW_SLOTS_PER_BUCKET 8
#define FLOW_DIRS 2

/* ---- tag: who lives in a slot ------------------------------------------------------------------------- */

#define TAG_LIVE (1U << 0) /* published: the key is valid */
#define TAG_BUSY (1U << 1) /* claimed by one CPU: being written, not to be read */
#define TAG_DIGEST (1U << 2) /* id[] is a keyed digest (IPv6, --key-vlan or --key-tunnel); addresses are in cold */
#define TAG_SIGNATURE_MASK (~0U << 3) /* 29 bits of the keyed hash */
#define TAG_FINGERPRINT(tag) ((tag) >> 24) /* the byte of it in flow_fingerprints */

/* ---- facts word: bits 0-13 facts, 14-17 window scale, 18-24 largest window, 25-31 generation ------------- */

#define FACT_SYN (1U << 0) /* sent a SYN; cold.isn is its number */
#define FACT_INFERRED \
	(1U << 1) /* its SYN was not seen but must have been sent (mid-stream, or first seen at SYN/ACK) */
#define FACT_ACKED_SYN (1U << 2) /* sent an ACK in (peer.isn, peer.next_seq]; latched */
#define FACT_FIN (1U << 3) /* sent a FIN; cold.fin_seq and cold.fin_ack are valid */
#define FACT_ACKED_FIN (1U << 4) /* acknowledged the peer's FIN; latched */
#define FACT_RST (1U << 5) /* sent a RST that the receiver would believe */
#define FACT_LATE_ACK (1U << 6) /* cold.late_ack is valid: the last ACK beyond what the peer was seen to send */
#define FACT_PROOF (1U << 7) /* sent an ACK without SYN while the peer's SYN was unseen: the handshake took place */
#define FACT_CLIENT (1U << 8) /* this endpoint is the client; set in exactly one direction */
#define FACT_SEQ (1U << 9) /* was seen to speak: next_seq was learnt from its own segments */
#define FACT_ACK (1U << 10) /* max_ack is valid */
#define FACT_HISTORY_ACK (1U << 11) /* a pure ACK is in the history, that of a later segment than the record's first */
#define FACT_HISTORY_DATA (1U << 12) /* data is in the history, likewise */
#define FACT_WRITING (1U << 13) /* one CPU is changing the facts of this direction, in hot and cold */
#define FACTS_MASK ((1U << 14) - 1)

#define FACTS_WSCALE_SHIFT 14
#define FACTS_WSCALE_MASK 0xfU
#define WSCALE_MAX 14 /* RFC 7323 2.3: more counts as 14 */
#define FACTS_WSCALE_NONE 0xfU /* no window scale option was seen; 0..14 is the offered shift */

#define FACTS_WINDOW_SHIFT 18
#define FACTS_WINDOW_MASK 0x7fU /* largest raw window as a logarithm, see window_log() */

#define FACTS_GENERATION_SHIFT 25
#define FACTS_GENERATION_MASK 0x7fU /* one more whenever the slot begins another flow or incarnation */

/* Unit of flow_dir.last_seen: 2^24 ns (16.8 ms), wraps after 2.3 years. */
#define LAST_SEEN_SHIFT 24

/*
 * One direction of a flow: what an established segment touches. The numbers are only good once the direction is grown,
 * see facts_are_young(); next_seq_of() and max_ack_of() know where they are.
 */
struct flow_dir {
	__u32 facts;
	__u32 next_seq; /* highest sequence number used, plus one; valid with FACT_SEQ or FACT_INFERRED */
	__u32 max_ack; /* highest acknowledgement number sent; valid with FACT_ACK */
	__u32 packets; /* bits 0-4: flags, see dir_flags(); 5-31: segments, whose carry is cold.packets_high */
	__u32 bytes; /* IP datagram bytes, low word; the carry is cold.bytes_high */
	__u32 last_seen; /* coarse clock >> LAST_SEEN_SHIFT */
};

/* flow_dir.packets: one segment, and the flags of TCP from PSH to CWR that the fast path saw. */
#define PACKETS_SHIFT 5
#define PACKETS_ONE (1U << PACKETS_SHIFT)
#define PACKETS_FLAGS_SHIFT 3 /* from SEGMENT_PSH on */
#define PACKETS_FLAGS_MASK (PACKETS_ONE - 1)

struct flow_hot {
	union {
		struct {
			__u32 tag;
			__u32 id[2]; /* IPv4 addresses of direction 0 and 1, or a 64-bit digest (TAG_DIGEST) */
			union {
				__be16 port[2]; /* of the sender of direction 0 and 1 */
				__u32 ports; /* both, as they lie there */
			};
		};
		__u64 key[2]; /* all of that */
	};
	struct flow_dir dir[FLOW_DIRS];
};

struct flow_bucket {
	struct flow_hot slot[FLOW_SLOTS_PER_BUCKET];
};

/*
 * One byte of the tag of each slot of a bucket. The fingerprints of eight buckets share a cache line, so that they are
 * in the cache when slots are not, and say which slot to fetch. Those of a slot that is changing hands may be wrong:
 * the tag decides.
 */
struct flow_fingerprints {
	__u8 slot[FLOW_SLOTS_PER_BUCKET];
};

/* ---- cold ------------------------------------------------------------------------------------------------ */

#define OPTION_MSS (1U << 0) /* the SYN carried an MSS option */
#define OPTION_SACK (1U << 1) /* … SACK permitted */
#define OPTION_TIMESTAMPS (1U << 2) /* … timestamps */
#define OPTION_KNOWN (1U << 3) /* the options of the SYN were seen: one whose bit is not set was not among them */

/* What one endpoint sent, beyond flow_dir. Counters saturate. */
struct flow_cold_dir {
	__u64 syn_first_ns; /* first SYN (SYN/ACK of a server); in the direction FLOW_FIRST_DIR: first segment */
	__u64 syn_last_ns; /* last SYN or SYN/ACK while it was unanswered */
	__u32 isn; /* SYN's number, inferred (FACT_INFERRED), or the first one seen */
	union {
		__u32 fin_seq; /* the number the first FIN itself occupies */
		__u32 kept_next_seq; /* before that: next_seq as of the last segment of the slow path */
	};
	union {
		__u32 fin_ack; /* ACK number of the first FIN */
		__u32 kept_max_ack; /* before that: max_ack, likewise */
	};
	__u32 late_ack;
	__u32 syn_first_tsval;
	__u32 last_tsval; /* TSval of the last SYN, and of every segment once either FIN was seen (RFC 6191) */
	__u32 retransmits; /* segments with only sequence space already sent */
	__u32 seq_wraps; /* how often next_seq passed 2^32 */
	__u32 bytes_high;
	__u16 packets_high; /* in units of 2^27 segments */
	__u16 syns; /* segment counts, believed or not */
	__u16 fins;
	__u16 rsts;
	__u16 syn_retransmits; /* SYNs, or SYN/ACKs of a server, sent again */
	__u16 mss;
};

/* A SYN inside a live connection, kept until a SYN/ACK that answers exactly it starts a new incarnation. */
struct remembered_syn {
	__u64 ns;
	__u32 isn;
	__u32 tsval;
	__u16 payload;
	__u16 mss;
	__u16 headers; /* bytes of the IP datagram before the payload */
	__u8 wscale; /* bits 0-3: or FACTS_WSCALE_NONE; 4-7: PSH, URG, ECE, CWR, see remembered_tcp_flags() */
	__u8 flags; /* OPTION_*, REMEMBERED_* */
};

/* What a direction sent in fragments, of which the first one alone has a TCP header (rule 25): flow_cold.open_flags. */
#define OPEN_END 0x1 /* open_seq is valid */
#define OPEN_FIN 0x2 /* the FIN was in it: fin_seq is the lowest number that it may have */
#define DATAGRAM_MAX 65536U /* numbers that a datagram in fragments may take: never more than its 16 bits of length */

/* Types of ICMP and ICMPv6 errors (RFC 792, RFC 4443); programs cannot include linux/icmp.h. */
#define ICMP_UNREACHABLE 3
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETER_PROBLEM 12
#define ICMPV6_UNREACHABLE 1
#define ICMPV6_TIME_EXCEEDED 3
#define ICMPV6_PARAMETER_PROBLEM 4

/*
 * The first ICMP error that quoted the unanswered SYN. It lies in the place of a remembered SYN, which there is only
 * after an answer.
 */
struct unreachable_report {
	__u32 by[4]; /* who sent it, network order; IPv4: first word */
	__u8 type; /* as in the ICMP or ICMPv6 header */
	__u8 code;
	__u8 unused[5];
	__u8 flags; /* 0: no REMEMBERED_VALID */
};

#define REMEMBERED_DIR 0x40 /* the direction it went */
#define REMEMBERED_VALID 0x80

/* One step of the ladder. */
struct flow_step {
	__u16 delta_low; /* time since first seen, in units of 2^10 ns, low and high half */
	__u16 delta_high;
	__u8 flags; /* SEGMENT_*, all of the TCP header */
	__u8 remark; /* bits 0-5: enum flow_remark; 6: carried payload; 7: direction */
};

enum flow_remark {
	REMARK_NONE,
	REMARK_RETRANSMIT,
	REMARK_BAD_ACK,
	REMARK_BAD_RST,
	REMARK_BAD_SEQ,
	REMARK_ACK_UNSEEN,
	REMARK_CHALLENGE_SYN,
	REMARK_REORDERED,
	REMARK_DUPLICATE,
	REMARK_RST_REFUTED,
	REMARK_FIN_REFUTED,
};

#define STEP_REMARK_MASK 0x3f
#define STEP_PAYLOAD 0x40
#define STEP_DIR 0x80

#define FLOW_OPENING_STEPS 6
#define FLOW_CLOSING_STEPS 6

enum flow_anomaly {
	ANOMALY_BAD_ACK,
	ANOMALY_BAD_RST,
	ANOMALY_BAD_SEQ,
	ANOMALY_ACK_UNSEEN,
	ANOMALY_CHALLENGE_SYN,
	ANOMALY_REORDERED, /* filled a hole (rule 32) */
	ANOMALY_DUPLICATE, /* a copy of the last SYN or SYN/ACK (rule 31) */
	ANOMALY_RST_REFUTED,
	ANOMALY_FIN_REFUTED,
	ANOMALY_COUNT,
};

#define REMARK_OF_ANOMALY(kind) (REMARK_BAD_ACK + (int)(kind))
#define ANOMALY_SLOTS 10 /* whole 32-bit words, so that they can be added to atomically */

/* What a direction remembers of RSTs (rule 19a): flow_cold.mark. 0: nothing. */
#define MARK_FACTS ((1U << 13) - 1) /* FACT_* without FACT_WRITING: bits 0-12 those of the sender at its RST, … */
#define MARK_PEER_FACTS_SHIFT 13 /* … bits 13-25 those of the receiver */
#define MARK_RST (1U << 26) /* sent a RST that was believed */
#define MARK_SYNACK (1U << 27) /* sent a SYN/ACK while a RST stood */

enum flow_origin {
	ORIGIN_HANDSHAKE, /* first seen at its SYN */
	ORIGIN_SYNACK, /* first seen at its SYN/ACK */
	ORIGIN_MIDSTREAM, /* first seen without SYN */
};

/*
 * flow_cold.flags: bits 0-15 FLOW_*, 16-19 and 20-23 OPTION_* of direction 0 and 1, 24-27 and 28-31 how many
 * opening and closing steps were claimed (may pass the number kept). Both directions' CPUs write it, atomically.
 */
#define FLOW_ORIGIN_MASK 0x3U /* enum flow_origin */
#define FLOW_IPV6 (1U << 2) /* addr[] holds IPv6 addresses, else IPv4 in the first word */
#define FLOW_FIRST_DIR (1U << 3) /* direction of the first segment */
#define FLOW_SYN_TO_SYNACK (1U << 4) /* syn_to_synack_ns is known */
#define FLOW_ACKED (1U << 5) /* acked_ns is known */
#define FLOW_SYNACK_AMBIGUOUS (1U << 6) /* which SYN was answered is not known (Karn) */
#define FLOW_ACK_AMBIGUOUS (1U << 7) /* which SYN/ACK was answered is not known */
#define FLOW_PACKETS_ESTIMATED (1U << 8) /* a packet was counted by its length (LRO, generic XDP) */
#define FLOW_UNREACHABLE (1U << 9) /* an ICMP unreachable quoted the unanswered SYN */
#define FLOW_ACK_OF_FIRST_SYNACK (1U << 10) /* acked_ns answers the first SYN/ACK, else the last */
#define FLOW_SIMULTANEOUS (FLOW_ACK_AMBIGUOUS | FLOW_ACK_OF_FIRST_SYNACK) /* both: a simultaneous open (rule 7) */
#define FLOW_VLANS_SHIFT 11
#define FLOW_VLANS_MASK 0x3U /* how many of vlan[] are used */
#define FLOW_COUNTED(which) (1U << (13 + (which))) /* bits 13 to 15: this enum flow_latency is in the histograms */
#define FLOW_OPTIONS_SHIFT(dir) (16 + 4 * (dir))
#define FLOW_OPTIONS_MASK 0xfU
#define FLOW_OPENING_SHIFT 24
#define FLOW_CLOSING_SHIFT 28
#define FLOW_STEPS_MASK 0xfU

/* Sequence space that lies below next_seq and was not seen: [from, to). There is none if both are equal. */
struct sequence_hole {
	__u32 from;
	__u32 to;
};

/* How far both ends had come when the sender sent its last RST that was believed (rule 19a). */
struct rst_numbers {
	__u32 next_seq; /* of the sender of the RST */
	__u32 peer_next_seq; /* of its receiver */
};

/*
 * Of a direction, host byte order. While its RST stands, its hole is not kept: a RST that is refuted is too rare to
 * make every record larger for it.
 */
union flow_span {
	struct sequence_hole hole; /* the latest one (rule 32) */
	struct rst_numbers at_rst; /* with FACT_RST */
};

/* The last SYN or SYN/ACK of a direction, to know a copy of it by (rule 31). */
struct last_syn {
	__u32 digest; /* of all that a copy has in common with it, see syn_digest(); 0: there was none */
	__u32 at; /* its time in units of 2^LAST_SYN_SHIFT ns, wraps after 9 minutes */
};

#define LAST_SYN_SHIFT 7

#define TCP_FLAGS(flags, dir) ((__u32)(flags) << (8 * (dir))) /* in flow_cold.tcp_flags */

struct flow_cold {
	__u32 addr[FLOW_DIRS][4]; /* network order; of the sender of direction 0 and 1 */
	struct flow_cold_dir dir[FLOW_DIRS];
	__u64 syn_to_synack_ns; /* valid with FLOW_SYN_TO_SYNACK */
	__u64 acked_ns; /* time of the client's first believed ACK; valid with FLOW_ACKED */
	__u64 last_exact_ns; /* time of the last segment that was timed exactly */
	__u64 history; /* 5-bit letters of Zeek's history, first one lowest, see history.h */
	union {
		struct remembered_syn remembered;
		struct unreachable_report unreachable; /* valid with FLOW_UNREACHABLE, until remembered is */
	};
	__u32 ifindex; /* where the first segment was seen */
	__u32 announced; /* what events have said, see event.h */
	__u32 flags;
	__u16 vlan[3]; /* VLAN ids of the first segment, outermost first */
	__u16 incarnation; /* of this 4-tuple, from 1, saturating */
	__u16 anomalies[ANOMALY_SLOTS]; /* by enum flow_anomaly, saturating */
	__u32 tcp_flags; /* SEGMENT_* that the slow path saw, see TCP_FLAGS(); those of a remembered SYN are with it */
	__u16 tunnel; /* that of the first segment, see tunnel.h */
	/* of each direction, written by its holder */
	__u8 open_flags[FLOW_DIRS]; /* OPEN_* */
	union flow_span span[FLOW_DIRS];
	struct last_syn last_syn[FLOW_DIRS];
	__u32 open_seq[FLOW_DIRS]; /* begin of a datagram that ends somewhere in the DATAGRAM_MAX numbers after that */
	__u32 mark[FLOW_DIRS]; /* MARK_* */
	/* last, because listings leave them out */
	struct flow_step opening[FLOW_OPENING_STEPS];
	struct flow_step closing[FLOW_CLOSING_STEPS];
};

_Static_assert(sizeof(struct flow_dir) == 24, "flow_dir");
_Static_assert(FACT_HISTORY_DATA == FACT_HISTORY_ACK << 1, "is_ordinary() computes which one it needs");
_Static_assert(sizeof(struct flow_hot) == 64, "flow_hot is one cache line");
_Static_assert(__builtin_offsetof(struct flow_hot, id) == 4, "flow_hot.id");
_Static_assert(__builtin_offsetof(struct flow_hot, port) == 12, "flow_hot.port");
_Static_assert(__builtin_offsetof(struct flow_hot, dir) == 16, "flow_hot.dir");
_Static_assert(sizeof(struct flow_bucket) == 512, "flow_bucket");
_Static_assert(sizeof(struct flow_fingerprints) == 8, "flow_fingerprints");
_Static_assert(sizeof(struct flow_cold_dir) == 64, "flow_cold_dir");
_Static_assert(sizeof(struct remembered_syn) == 24, "remembered_syn");
_Static_assert(sizeof(struct unreachable_report) == sizeof(struct remembered_syn) &&
		       __builtin_offsetof(struct unreachable_report, flags) ==
			       __builtin_offsetof(struct remembered_syn, flags),
	       "unreachable_report has no remembered SYN");
_Static_assert(sizeof(struct flow_step) == 6, "flow_step");
_Static_assert(__builtin_offsetof(struct flow_cold, dir) == 32, "flow_cold.dir");
_Static_assert(__builtin_offsetof(struct flow_cold, syn_to_synack_ns) == 160, "flow_cold.syn_to_synack_ns");
_Static_assert(__builtin_offsetof(struct flow_cold, remembered) == 192, "flow_cold.remembered");
_Static_assert(ANOMALY_COUNT <= ANOMALY_SLOTS && ANOMALY_SLOTS % 2 == 0, "anomalies");
_Static_assert(REMARK_OF_ANOMALY(ANOMALY_FIN_REFUTED) == (int)REMARK_FIN_REFUTED &&
		       REMARK_FIN_REFUTED - REMARK_BAD_ACK + 1 == (int)ANOMALY_COUNT,
	       "a remark for each anomaly, in the same order");
_Static_assert(__builtin_offsetof(struct flow_cold, flags) == 224, "flow_cold.flags");
_Static_assert(__builtin_offsetof(struct flow_cold, anomalies) == 236, "flow_cold.anomalies");
_Static_assert(__builtin_offsetof(struct flow_cold, tcp_flags) == 256, "flow_cold.tcp_flags: the fifth cache line");
_Static_assert(__builtin_offsetof(struct flow_cold, tunnel) == 260, "flow_cold.tunnel");
_Static_assert(sizeof(union flow_span) == 8 && __builtin_offsetof(struct flow_cold, span) == 264, "flow_cold.span");
_Static_assert(__builtin_offsetof(struct flow_cold, last_syn) == 280, "flow_cold.last_syn");
_Static_assert(__builtin_offsetof(struct flow_cold, open_seq) == 296, "flow_cold.open_seq");
_Static_assert(__builtin_offsetof(struct flow_cold, mark) == 304, "flow_cold.mark");
_Static_assert(MARK_FACTS == (FACTS_MASK & ~FACT_WRITING) && MARK_FACTS << MARK_PEER_FACTS_SHIFT < MARK_RST, "marks");
_Static_assert(__builtin_offsetof(struct flow_cold, opening) == 312, "flow_cold.opening");
_Static_assert(sizeof(struct flow_cold) == 384, "flow_cold: with hot and fingerprint, two slots are 898 bytes");

static inline __u32 facts_generation(__u32 facts)
{
	return facts >> FACTS_GENERATION_SHIFT;
}

/*
 * Has the direction had no pure ACK, data or FIN yet, beside the first segment of the record? The fast path, which
 * alone writes numbers without holding the direction, leaves young ones alone, so that the slow path has kept all their
 * numbers in cold. Those in the hot record may be of the flow that had the slot before: the fast path may have stored
 * them late.
 */
static inline _Bool facts_are_young(__u32 facts)
{
	return !(facts & (FACT_HISTORY_ACK | FACT_HISTORY_DATA | FACT_FIN));
}

static inline __u32 next_seq_of(__u32 facts, const struct flow_dir *hot, const struct flow_cold_dir *cold)
{
	return facts_are_young(facts) ? cold->kept_next_seq : hot->next_seq;
}

static inline __u32 max_ack_of(__u32 facts, const struct flow_dir *hot, const struct flow_cold_dir *cold)
{
	return facts_are_young(facts) ? cold->kept_max_ack : hot->max_ack;
}

/* Segments of a direction, believed or not. */
static inline __u64 dir_packets(const struct flow_dir *hot, const struct flow_cold_dir *cold)
{
	return (__u64)cold->packets_high << (32 - PACKETS_SHIFT) | hot->packets >> PACKETS_SHIFT;
}

/* The flags of the TCP header of a remembered SYN, and how they are kept beside its window scale. */
static inline __u8 remembered_tcp_flags(const struct remembered_syn *syn)
{
	return 0x02 | (syn->wscale & 0xe0) | (syn->wscale & 0x10) >> 1;
}

static inline __u8 remembered_wscale(__u8 wscale, __u8 tcp_flags)
{
	return (wscale & FACTS_WSCALE_MASK) | (tcp_flags & 0xe0) | (tcp_flags & 0x08) << 1;
}

/*
 * Every flag of the TCP header that the sender of a direction ever set, as they lie there. A remembered SYN belongs to
 * this incarnation as long as nothing answers it.
 */
static inline __u8 dir_flags(const struct flow_dir *hot, const struct flow_cold *cold, int dir)
{
	__u8 flags = cold->tcp_flags >> (8 * dir) | (hot->packets & PACKETS_FLAGS_MASK) << PACKETS_FLAGS_SHIFT;

	if ((cold->remembered.flags & REMEMBERED_VALID) && !(cold->remembered.flags & REMEMBERED_DIR) == !dir)
		flags |= remembered_tcp_flags(&cold->remembered);
	return flags;
}

static inline __u32 facts_wscale(__u32 facts)
{
	return (facts >> FACTS_WSCALE_SHIFT) & FACTS_WSCALE_MASK;
}

/*
 * The largest raw window is kept as a 7-bit logarithm: exponent above three bits of mantissa, rounded up, so
 * that the decoded value is never below what was offered (at most 1/8 above). 0 stands for no window.
 */
static inline __u32 window_decode(__u32 log)
{
	__u32 mantissa = log & 7;
	__u32 exponent = log >> 3;

	return exponent ? (8 + mantissa) << (exponent - 1) : mantissa;
}

static inline __u32 window_log(__u32 window)
{
	__u32 exponent = 0;

	while (window > 15) { /* at most 13 rounds for 16 bits */
		window = (window + 1) >> 1;
		exponent++;
	}
	return window > 7 ? ((exponent + 1) << 3) + (window - 8) : window;
}

static inline __u32 facts_window(__u32 facts)
{
	return window_decode((facts >> FACTS_WINDOW_SHIFT) & FACTS_WINDOW_MASK);
}

#endif
