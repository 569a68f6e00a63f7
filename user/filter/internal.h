/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the filter share: tokens (lex.c), the table of fields (field.c), values (value.c), and the steps
 * that parse.c makes of them and match.c runs.
 */
#ifndef SYNSCOPE_FILTER_INTERNAL_H
#define SYNSCOPE_FILTER_INTERNAL_H

#include <stddef.h>

#include "filter/filter.h"

/* ---- tokens ---- */

enum token_kind {
	TOKEN_END,
	TOKEN_WORD, /* a keyword, too: whether a word is one depends on its position */
	TOKEN_QUOTED, /* a word that is never a keyword; without its quotes */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_AND, /* && */
	TOKEN_OR, /* || */
	TOKEN_NOT, /* ! */
	TOKEN_EQUAL, /* the comparisons follow each other */
	TOKEN_NOT_EQUAL,
	TOKEN_LESS,
	TOKEN_AT_MOST,
	TOKEN_MORE,
	TOKEN_AT_LEAST,
	TOKEN_UNENDED, /* a quote that is not closed */
	TOKEN_STRAY, /* a character that means nothing */
};

/* A piece of the text, not terminated by NUL. */
struct token {
	enum token_kind kind;
	const char *at;
	size_t length;
};

/* The token that begins at `text`, or after the blanks there. */
struct token token_next(const char *text);

/* Where the text goes on after it. */
const char *token_end(const struct token *token);

/* Is it this word, in upper or lower case, - as good as _? */
bool token_is(const struct token *token, const char *word);

/* ---- fields ---- */

enum filter_field_id {
	/* numbers of an endpoint */
	FIELD_PORT,
	FIELD_MSS,
	FIELD_PACKETS,
	FIELD_BYTES,
	FIELD_PAYLOAD,
	FIELD_RETRANSMITS,
	FIELD_SYN,
	FIELD_FIN,
	FIELD_RST,
	/* numbers of a flow */
	FIELD_SYN_TO_SYNACK,
	FIELD_SYNACK_TO_ACK,
	FIELD_HANDSHAKE,
	FIELD_AGE,
	FIELD_IDLE,
	FIELD_DURATION,
	FIELD_INCARNATION,
	FIELD_SYN_RETRANSMITS,
	FIELD_SYNACK_RETRANSMITS,
	FIELD_ANOMALIES,
	FIELD_ANOMALY, /* ANOMALY_COUNT of them, in their order */
	FIELD_VLAN = FIELD_ANOMALY + ANOMALY_COUNT,
	/* names */
	FIELD_STATE,
	FIELD_OUTCOME,
	FIELD_ORIGIN,
	FIELD_CONN_STATE,
	FIELD_ADDRESS,
	FIELD_INTERFACE,
	FIELD_INSTANCE,
	/* yes or no */
	FIELD_ONE_WAY,
	FIELD_IPV4,
	FIELD_IPV6,
	FIELD_RTT_AMBIGUOUS,
	FIELD_PACKETS_ESTIMATED,
	FIELD_FAILED,
};

enum filter_kind {
	KIND_NUMBER, /* suffixes are powers of 1000 */
	KIND_BYTES, /* … of 1024, as `list` shows bytes */
	KIND_TIME, /* ns, and written with a unit */
	KIND_WORD, /* one of a set, or of a group of it */
	KIND_ADDRESS,
	KIND_NAME,
	KIND_FLAG,
};

/* What a field without `client` or `server` is about. */
enum filter_sides {
	SIDES_FLOW, /* the flow; the words are not allowed */
	SIDES_EITHER, /* either endpoint */
	SIDES_SUM, /* both together */
};

struct filter_field {
	const char *name;
	enum filter_field_id id;
	enum filter_kind kind;
	enum filter_sides sides;
	__u64 most; /* of a number; 0: any */
	const char *expected; /* a value, in messages */
	const char *help; /* NULL: another name of the field before it */
};

extern const struct filter_field filter_fields[]; /* ends with a zeroed one */

/* The field of that name, or NULL. */
const struct filter_field *filter_field_find(const struct token *name);

/* ---- values ---- */

struct filter_net {
	__u32 word[4], mask[4]; /* network order; all bits outside of the mask are 0 */
	bool ipv6;
};

#define NUMBER_UNKNOWN (~0ULL)
#define NUMBER_MAX (NUMBER_UNKNOWN - 1)

/* One comparison of a flow, or a flag. */
struct filter_test {
	enum filter_field_id field;
	enum filter_kind kind;
	enum filter_sides sides;
	enum flow_side side; /* SIDE_COUNT: not given */
	bool negate;
	union {
		struct {
			__u64 low, high; /* both included; nothing is between them if low > high */
		};
		__u32 mask; /* KIND_WORD: by its number */
		struct filter_net net;
		char name[INSTANCE_NAME_MAX];
	};
};

/*
 * The value of a test's field into the test: of a number low and high, which differ if it is written as a range. False:
 * it is none.
 */
bool filter_value(const struct filter_field *field, const struct token *value, struct filter_test *test);

/*
 * The words that a KIND_WORD field knows, one after the other from 0, ended by NULL; groups and other spellings last.
 */
const char *filter_word(enum filter_field_id field, int index);

/* ---- steps ---- */

/*
 * A filter runs from its first step to behind its last one, with one truth value, in the order of the text; `and` and
 * `or` jump over what no longer matters.
 */
enum step_kind {
	STEP_TEST, /* the value is what the test says */
	STEP_NOT, /* … its opposite */
	STEP_AND, /* false: go on at the target */
	STEP_OR, /* true: … */
};

struct filter_step {
	enum step_kind kind;
	int target;
	struct filter_test test;
};

#endif
