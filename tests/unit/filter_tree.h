/* SPDX-License-Identifier: GPL-2.0-only */
/* Random filters, as trees and as texts with the same meaning. */
#ifndef SYNSCOPE_TESTS_UNIT_FILTER_TREE_H
#define SYNSCOPE_TESTS_UNIT_FILTER_TREE_H

#include <stddef.h>

#include "base/text.h"

/* A number from 0 to `most` - 1; the sequence is always the same. */
__u32 chance(__u32 most);

#define PICK(array) ((array)[chance(sizeof(array) / sizeof((array)[0]))])

/* A value from a small set, so that values of flows often equal those of filters. */
__u64 some_number(void);
__u64 some_time(void);
struct ip_address some_address(bool ipv6);
const char *some_interface(void);
const char *some_instance(void);

enum node_kind {
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_ENDPOINT_NUMBER,
	NODE_FLOW_NUMBER,
	NODE_TIME,
	NODE_STATE,
	NODE_TCP_FLAG,
	NODE_WORD,
	NODE_NET,
	NODE_NAME,
	NODE_FLAG,
};

struct node {
	enum node_kind kind;
	int left, right; /* indices of the operands; `right` of a NODE_NOT is not used */
	const char *field; /* the field's first name */
	const char *side; /* "", "client ", "server " */
	const char *comparison; /* "==", "!=", … */
	__u64 low, high;
	const char *word;
	struct ip_address ip;
	int bits;
};

#define NODES_MAX 64

struct tree {
	struct node node[NODES_MAX]; /* the first one is the root */
	int nodes;
};

void tree_grow(struct tree *tree, int depth);

#define FILTER_TEXT_SIZE 16384

void tree_write(const struct tree *tree, char text[FILTER_TEXT_SIZE]);

#endif
