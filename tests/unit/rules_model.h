/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of docs/specification.md once more, as tables, written from that page: test_rules.c compares bpf/rules/
 * with them. The first row that applies to a segment decides.
 */
#ifndef SYNSCOPE_TESTS_UNIT_RULES_MODEL_H
#define SYNSCOPE_TESTS_UNIT_RULES_MODEL_H

#include <stdbool.h>

#include <linux/types.h>

#include "model_ends.h"

enum { MODEL_SENDER, MODEL_RECEIVER };

enum model_kind { MODEL_SYN, MODEL_SYNACK, MODEL_ACK, MODEL_FIN, MODEL_RST };

struct model_segment {
	enum model_kind kind;
	bool ack_valid; /* of a RST; all others but a SYN have it */
	__u32 seq, ack, payload;
	bool open; /* a first fragment, with data of unknown length */
	bool tsval_valid;
	__u32 tsval;
};

struct model {
	struct model_end end[2]; /* the segment's sender, its receiver */
	bool sender_is_client;
	bool expired; /* the timeout has passed */
	bool remembered; /* there is a SYN of rule 13, and the receiver sent it */
	bool copy; /* rule 31: the segment is the last SYN or SYN/ACK once more, within 10 ms */
	__u32 remembered_isn, remembered_payload;
};

/* What a segment is. */
enum model_fate {
	FATE_LEARNT, /* its facts are in `end` */
	FATE_NOTHING, /* nothing changes */
	FATE_BAD_ACK,
	FATE_BAD_RST,
	FATE_BAD_SEQ,
	FATE_CHALLENGE_SYN,
	FATE_DUPLICATE,
	FATE_NEW_SYN, /* a new incarnation begins, with this SYN, … */
	FATE_NEW_SYNACK,
	FATE_NEW_MIDSTREAM,
	FATE_NEW_REMEMBERED, /* … with the SYN that was remembered */
	FATE_NO_FLOW,
};

struct model_answer {
	const char *rule; /* that decided */
	enum model_fate fate;
	bool ack_dropped; /* rule 11: the acknowledgement number is not believed */
	bool ack_unseen, fin_is_old; /* learnt, but counted: rules 21 and 14a */
	bool rst_refuted,
		fin_refuted; /* rule 19a: the facts are gone, and the segment is judged as if they never were */
	bool remember, refused, again, retransmit, reordered;
};

/* Judges a segment and changes the facts of its sender, and those of its receiver that it refutes. */
struct model_answer model_judge(struct model *model, const struct model_segment *seg);

#endif
