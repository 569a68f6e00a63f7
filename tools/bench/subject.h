/* SPDX-License-Identifier: GPL-2.0-only */
/* A program under test, loaded with a table of its own. */
#ifndef SYNSCOPE_BENCH_SUBJECT_H
#define SYNSCOPE_BENCH_SUBJECT_H

#include <linux/types.h>
#include <stdbool.h>

enum subject_kind {
	SUBJECT_EMPTY, /* a program that does nothing */
	SUBJECT_PARSE, /* the parser of bpf/packet/parse.h, unchanged, and nothing else */
	SUBJECT_FLOOR, /* parser, hash, and one cache line touched in an array of the size of synscope's hot records */
	SUBJECT_HASH, /* a tracker on BPF_MAP_TYPE_HASH */
	SUBJECT_LRU, /* … on BPF_MAP_TYPE_LRU_HASH */
	SUBJECT_SYNSCOPE, /* the programs of this project, as they are attached */
	SUBJECT_RTT, /* the same, attached with --rtt */
	SUBJECT_KINDS,
};

/* All subjects have room for the same number of flows: twice `max_flows`, as with --max-flows. */
struct subject_options {
	__u32 max_flows;
	bool ipv6; /* the address family whose hash map has room */
	bool tc; /* load the program for tc too */
	bool manual_clock; /* SUBJECT_SYNSCOPE, SUBJECT_RTT: the time is *programs_clock() */
};

struct subject {
	enum subject_kind kind;
	int xdp_fd, tc_fd; /* owned by the members below */
	struct programs *programs; /* SUBJECT_SYNSCOPE, SUBJECT_RTT */
	struct trackers_bpf *trackers; /* for all other kinds */
	__u32 buckets; /* of these two and SUBJECT_FLOOR: buckets of eight slots */
};

/* Loads the programs. Returns 0 or a negative errno (logged); then there is nothing to close. */
int subject_open(struct subject *subject, enum subject_kind kind, const struct subject_options *options);
void subject_close(struct subject *subject);

/* A rough upper bound of the memory that a subject takes, in bytes. */
__u64 subject_memory(enum subject_kind kind, __u32 max_flows);

#endif
