/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures of an instance, as a whole and by server port or address: what became of the flows in its table, and how many
 * handshakes there were and how long they took. By server port the latter are the kernel's own histograms, which lose
 * nothing between two looks; by address they are made of the records in the table, so that of a flow that went nothing
 * is known.
 */
#ifndef SYNSCOPE_STATS_STATS_H
#define SYNSCOPE_STATS_STATS_H

#include "query/source.h"
#include "instance/histogram.h"

enum stats_by { STATS_ALL, STATS_SERVER_PORT, STATS_SERVER, STATS_CLIENT };

/* By their number, ended by NULL. */
extern const char *const stats_by_names[];

/* Which groups come first; equals by STATS_BUSIEST. */
enum stats_sort {
	STATS_BUSIEST, /* by server port, and of a look since another, most handshakes and refusals; else most flows */
	STATS_FAILED, /* most failed attempts; refusals that were counted break a tie */
	STATS_P50, /* slowest handshakes, those of none last; the next three likewise */
	STATS_P90,
	STATS_P99,
	STATS_P999,
};

/* By their number, ended by NULL. */
extern const char *const stats_sort_names[];

struct stats_options {
	enum stats_by by;
	enum stats_sort sort;
	__u32 prefix4, prefix6; /* STATS_SERVER, STATS_CLIENT: bits of an address that tell groups apart */
};

/* How an attempt to connect fails. */
enum stats_failure {
	FAILURE_REFUSED,
	FAILURE_UNANSWERED,
	FAILURE_HALF_OPEN,
	FAILURE_UNREACHABLE,
	FAILURE_RESET, /* by either end, before both SYNs were acknowledged */
	FAILURE_COUNT,
};

/* By their number. */
extern const char *const stats_failure_names[FAILURE_COUNT];

struct stats_figures {
	/* flows that are in the table at the time of the look */
	__u64 flows;
	__u64 closed; /* of these: closed, and still listed */
	__u64 states[SIDE_COUNT][STATE_COUNT];
	__u64 outcomes[OUTCOME_COUNT];
	__u64 attempts; /* of these: flows that were not picked up mid-stream */
	__u64 failed[FAILURE_COUNT]; /* of the attempts */
	/* handshakes, their parts, and refusals: of the time that the look is about */
	struct port_latencies latencies;
};

/* Which flows a group is of. */
struct stats_key {
	enum stats_by by;
	int port; /* STATS_SERVER_PORT: in host order, or NO_PORT: all that have no histogram of their own */
	struct ip_address ip; /* STATS_SERVER, STATS_CLIENT: the prefix, zeros behind it */
	__u32 prefix; /* bits of it */
};

#define STATS_KEY_ROOM (IP_ROOM + 1 + 3)

/*
 * "443", or "https" if there are services, "other", "10.0.0.1", "10.0.0.0/24". Writes at most STATS_KEY_ROOM bytes,
 * returns their end.
 */
char *put_stats_key(char *p, const struct stats_key *key, const struct services *services);

struct stats_group;
struct stats_sample;

/* An instance that is looked at, once or again and again. */
struct stats {
	struct stats_options options;
	struct flow_source *source; /* NULL: closed */
	__u64 since_ns, until_ns; /* what the last look is about, on the clock of the records; since 0: all there was */
	struct stats_figures whole; /* the latencies from where those of the groups are */
	size_t group_count; /* of the last look */

	/* The rest is for stats.c only. */
	struct histogram_reader histograms;
	struct port_latencies *before; /* by place, at the look before */
	struct stats_figures *places; /* flows only if STATS_SERVER_PORT */
	struct stats_sample *samples; /* STATS_SERVER, STATS_CLIENT: a flow each, by group */
	size_t sample_count, sample_room;
	struct stats_group *groups;
	bool used[SERVER_PORT_INDEXES]; /* by port index: something was counted; the others stay zero */
	int port[SERVER_PORT_INDEXES]; /* of each place, or NO_PORT */
};

/*
 * The source must outlive `stats`. Returns 0 or a negative errno (logged); -ENODEV (not logged): its instance was
 * detached meanwhile.
 */
int stats_open(struct stats *stats, const struct stats_options *options, struct flow_source *source);
void stats_close(struct stats *stats);

/*
 * Look: the first time at all there was, `since` the look before if asked to. States and outcomes are always of the
 * flows that are in the table now. Returns 0 or a negative errno (logged).
 */
int stats_look(struct stats *stats, bool since);

/* Do handshakes, refusals and latencies come from the kernel's histograms, not from the records in the table? */
bool stats_from_kernel(const struct stats *stats);

/* One group of the last look, in the order of options.sort. */
void stats_group(const struct stats *stats, size_t i, struct stats_key *key, struct stats_figures *figures);

/* Sums over figures. */
__u64 stats_failed(const struct stats_figures *figures);
__u64 stats_handshakes(const struct stats_figures *figures);

#endif
