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
	TOKEN_WORD, /* may be a keyword, which depends on its position */
	TOKEN_QUOTED, /* without its quotes; never a keyword */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_AND, /* && */
	TOKEN_OR, /* || */
	TOKEN_NOT, /* ! */
	TOKEN_EQUAL, /* the comparisons are consecutive, from here to TOKEN_AT_LEAST */
	TOKEN_NOT_EQUAL,
	TOKEN_LESS,
	TOKEN_AT_MOST,
	TOKEN_MORE,
	TOKEN_AT_LEAST,
	TOKEN_UNENDED, /* a quote without its closing quote */
	TOKEN_STRAY, /* a character that has no meaning here */
};

/* A piece of the text, not terminated by NUL. */
struct token {
	enum token_kind kind;
	const char *at;
	size_t length;
};

/* The token that begins at `text`, or after the blanks there. */
struct token token_next(const char *text);

/* The first byte of the text after the token. */
const char *token_end(const struct token *token);

/* Is the token this word? Case does not matter, and - is the same as _. */
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
	FIELD_RTT, /* smoothed; the next three are for rtt min, rtt last and rtt samples */
	FIELD_RTT_MIN,
	FIELD_RTT_LAST,
	FIELD_RTT_SAMPLES,
	/* numbers of a flow */
	FIELD_SYN_TO_SYNACK,
	FIELD_SYNACK_TO_ACK,
	FIELD_HANDSHAKE,
	FIELD_AGE,
	FIELD_IDLE,
	FIELD_DURATION,
	FIELD_STARTED,
	FIELD_ENDED,
	FIELD_INCARNATION,
	FIELD_SYN_RETRANSMITS,
	FIELD_SYNACK_RETRANSMITS,
	FIELD_ANOMALIES,
	FIELD_ANOMALY, /* one for each of ANOMALY_COUNT, in their order */
	FIELD_VLAN = FIELD_ANOMALY + ANOMALY_COUNT,
	/* numbers of its tunnels */
	FIELD_VNI,
	FIELD_TUNNEL_ID,
	/* names */
	FIELD_STATE,
	FIELD_OUTCOME,
	FIELD_UNREACHABLE_BY,
	FIELD_REASON,
	FIELD_ORIGIN,
	FIELD_CONN_STATE,
	FIELD_FLAGS,
	FIELD_TUNNEL,
	FIELD_ADDRESS,
	FIELD_INTERFACE,
	FIELD_INSTANCE,
	/* of the process at an end; see filter_needs_processes() */
	FIELD_PROCESS,
	FIELD_PID,
	FIELD_CONTAINER,
	/* yes or no */
	FIELD_TCP, /* every flow */
	FIELD_ONE_WAY,
	FIELD_IPV4,
	FIELD_IPV6,
	FIELD_RTT_AMBIGUOUS,
	FIELD_PACKETS_ESTIMATED,
	FIELD_FAILED,
};

enum filter_kind {
	KIND_NUMBER, /* its suffixes are powers of 1000 */
	KIND_BYTES, /* its suffixes are powers of 1024, as `list` shows bytes */
	KIND_TIME, /* in ns; written with a unit */
	KIND_WHEN, /* in ns since 1970, or ns ago; a date, with a time of day or without, or -2h */
	KIND_WORD, /* one of a set of words, or a group of them */
	KIND_ADDRESS,
	KIND_NAME,
	KIND_FLAG,
};

/* Which end a field belongs to, if neither `client` nor `server` precedes it. */
enum filter_sides {
	SIDES_FLOW, /* to the flow; `client` and `server` are errors */
	SIDES_EITHER, /* to either endpoint */
	SIDES_SUM, /* to both; their numbers are added */
};

struct filter_field {
	const char *name;
	enum filter_field_id id;
	enum filter_kind kind;
	enum filter_sides sides;
	__u64 most; /* the maximum of a number; 0: none */
	const char *expected; /* description of a value, for messages */
	const char *help; /* NULL: the name is an alias of the field before it */
};

extern const struct filter_field filter_fields[]; /* ends with a zeroed element */

/* Returns the field of that name, or NULL. */
const struct filter_field *filter_field_find(const struct token *name);

/* Is that the word for an end, or for a field of an end (*field, otherwise NULL)? */
bool filter_end(const struct token *word, enum flow_side *side, const struct filter_field **field);

/*
 * The field that is meant by a value alone: :443, established, or after the word for an end an address. NULL: none, or
 * it could be several.
 */
const struct filter_field *filter_field_implied(const struct filter_names *names, const struct token *value,
						bool after_end);

/* The name of the field that a value without a field might belong to, or NULL: `443` may mean `port 443`. */
const char *filter_field_of_value(const struct token *value);

/* ---- values ---- */

#define NUMBER_UNKNOWN (~0ULL)
#define NUMBER_MAX (NUMBER_UNKNOWN - 1)

/* One comparison of a flow, or a flag. */
struct filter_test {
	enum filter_field_id field;
	enum filter_kind kind;
	enum filter_sides sides;
	enum flow_side side; /* SIDE_COUNT: not specified */
	bool negate;
	bool ago; /* KIND_WHEN: low and high are compared with how long ago it was */
	__u32 times_1000; /* compared with so many thousandths of a field of an endpoint; 0: with low and high */
	union {
		struct {
			enum filter_field_id than;
			enum flow_side than_side; /* SIDE_COUNT: the endpoint that is tested */
			int comparison; /* enum token_kind */
		};
		struct {
			__u64 low, high; /* the range includes both; it is empty if low > high */
		};
		__u32 mask; /* of KIND_WORD: bit N is set if the value N matches */
		struct filter_net net;
		char name[INSTANCE_NAME_MAX];
	};
};

/*
 * Parse the value of a test's field into the test. A number sets `low` and `high`, which differ only for a range or, of
 * KIND_WHEN, for all of the time that the value names: the whole day for a date.
 * Returns false if the value is invalid.
 */
bool filter_value(const struct filter_field *field, const struct token *value, struct filter_test *test);

/* Set the range of numbers that match, for a comparison with the test's value other than == and !=. */
void filter_bound(struct filter_test *test, enum token_kind comparison);

/* If the field is rtt, "min", "last" or "samples" after it make another field of it. Returns the token after that. */
struct token filter_rtt_figure(struct token after, struct filter_field *field);

/* Is the value of the test, a round trip, a multiple of a round trip: "3 x server rtt min", "client rtt"? */
bool filter_multiple_follows(const struct filter_test *test, const struct token *token);

/* Parse it into the test; *token becomes the token after it. False: *token is wrong, a round trip belongs there. */
bool filter_multiple(struct token *token, enum token_kind comparison, struct filter_test *test);

/* The words of a KIND_WORD field, by index from 0; NULL after the last one. Aliases and groups come last. */
const char *filter_word(enum filter_field_id field, int index);

/* ---- names that are looked up; without `names`, nothing is ---- */

#define FILTER_WHY_SIZE 384

/* Parse the value of a port as the name of a service. */
bool filter_service(const struct filter_names *names, const struct filter_field *field, const struct token *value,
		    struct filter_test *test);

/* Is the value of the field the name of a host? */
bool filter_is_host_name(const struct filter_names *names, const struct filter_field *field, const struct token *value);

/* The host of that name, looked up if need be. NULL: it has no address, or may not be looked up; `why` says why. */
const struct filter_host *filter_host(struct filter_names *names, const struct token *name, char *why, size_t size);

/* Make an address a net of its own; the word is in network order, and of IPv4 the first. */
void filter_net_of(struct filter_net *net, const __u32 *word, bool ipv6);

/* ---- steps ---- */

/*
 * A filter is run from the first step to the last, with one truth value; `and` and `or` jump over steps that can no
 * longer change it.
 */
enum step_kind {
	STEP_TEST, /* set the value to the result of the test */
	STEP_NOT, /* invert the value */
	STEP_AND, /* jump to the target if the value is false */
	STEP_OR, /* jump to the target if the value is true */
};

struct filter_step {
	enum step_kind kind;
	int target;
	struct filter_test test;
};

#endif
