/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures of an instance, as a whole and by server port, address, process or container: the states and outcomes of the
 * flows in its table, and the number and latencies of handshakes. By server port, latencies come from the histograms
 * that the programs count, which miss nothing between two refreshes. By all else, they come from the records in the
 * table, so flows that have left the table are not counted.
 */
#ifndef SYNSCOPE_STATS_STATS_H
#define SYNSCOPE_STATS_STATS_H

#include "query/source.h"
#include "stats/counted.h"
#include "stats/key.h"
#include "stats/owners.h"

/* Which groups come first; equal ones by STATS_BUSIEST. */
enum stats_sort {
	STATS_BUSIEST, /* most handshakes and refusals with an interval and by server port, else most flows */
	STATS_FAILED, /* most failed attempts; equal ones by counted refusals */
	STATS_P50, /* slowest handshakes, groups without any last; the same for the next three */
	STATS_P90,
	STATS_P99,
	STATS_P999,
};

/* Names of the values above, ended by NULL. */
extern const char *const stats_sort_names[];

struct stats_options {
	enum stats_by by;
	enum stats_sort sort;
	__u32 prefix4, prefix6; /* STATS_SERVER, STATS_CLIENT: bits of an address that tell groups apart */
};

/* Why an attempt to connect failed. */
enum stats_failure {
	FAILURE_REFUSED,
	FAILURE_UNANSWERED,
	FAILURE_HALF_OPEN,
	FAILURE_UNREACHABLE,
	FAILURE_RESET, /* by either end, before both SYNs were acknowledged */
	FAILURE_COUNT,
};

/* Names of the values above. */
extern const char *const stats_failure_names[FAILURE_COUNT];

struct stats_figures {
	/* flows that are in the table at the time of the refresh */
	__u64 flows;
	__u64 closed; /* of these: flows that are closed, and still listed */
	__u64 states[SIDE_COUNT][STATE_COUNT];
	__u64 outcomes[OUTCOME_COUNT];
	__u64 attempts; /* of these: flows that were not picked up mid-stream */
	__u64 failed[FAILURE_COUNT]; /* of the attempts */
	__u64 unreachable[UNREACHABLE_COUNT]; /* those that failed as unreachable, by reason */
	/* handshakes, their parts, refusals, and round trips, in the interval of the refresh */
	struct stats_counted counted;
};

struct stats_group;
struct stats_sample;

/* The figures of an instance, which can be refreshed. */
struct stats {
	struct stats_options options;
	struct flow_source *source; /* NULL: closed */
	const char *recorded; /* see stats_open_recorded(); NULL: the flows are those of an instance */
	__u64 since_ns,
		until_ns; /* the interval of the last refresh, on the clock of the records; since 0: since the attach */
	struct stats_figures whole; /* the latencies, from the same source as those of the groups */
	size_t group_count; /* of the last refresh */

	/* The rest is for stats.c only. */
	struct histogram_reader histograms; /* recorded: those of the caller */
	struct stats_counted *before; /* by port index, at the refresh before */
	struct stats_figures *ports; /* flows only if STATS_SERVER_PORT */
	struct stats_owners owners; /* STATS_PROCESS, STATS_CONTAINER */
	struct stats_sample *samples; /* of groups from records: one for each flow or owner, sorted by group */
	size_t sample_count, sample_room;
	struct stats_group *groups;
	bool used[SERVER_PORT_INDEXES]; /* counted anything; if not, what it counted stays zero */
	int port[SERVER_PORT_INDEXES]; /* by port index, or NO_PORT */
};

/*
 * The source must outlive `stats`. Returns 0 or a negative errno (logged), and then `stats` is closed; -ENODEV (not
 * logged): its instance was detached meanwhile.
 */
int stats_open(struct stats *stats, const struct stats_options *options, struct flow_source *source);

/*
 * For recorded flows: all latencies come from the flows, which the caller hands to stats_take(), between stats_begin()
 * and stats_end(). Of the source, only the name and the clock are used. `place`: where the flows are, as "in the
 * capture". `histograms`: what the replay of them has counted, from which the round trips come; it must outlive
 * `stats`. NULL: nothing is known of that.
 */
void stats_open_recorded(struct stats *stats, const struct stats_options *options, struct flow_source *source,
			 const char *place, const struct histogram_reader *histograms);
void stats_close(struct stats *stats);

/*
 * Compute the figures, since the attach or, with `since`, since the last refresh. States and outcomes are always of the
 * flows that are in the table now. Returns 0 or a negative errno (logged).
 */
int stats_refresh(struct stats *stats, bool since);

/*
 * The parts of that, for flows that the caller scans, as of the source's clock: read the histograms, count a flow, and
 * make the groups. Return 0 or -ENOMEM (logged).
 */
void stats_begin(struct stats *stats, bool since);
int stats_take(struct stats *stats, const struct flow_record *record, const struct flow_view *view);
int stats_end(struct stats *stats);

/*
 * Do handshakes, refusals and latencies come from the histograms of the programs, and not from the records in the
 * table?
 */
bool stats_from_kernel(const struct stats *stats);

/* One group of the last refresh, in the order of options.sort. */
void stats_group(const struct stats *stats, size_t i, struct stats_key *key, struct stats_figures *figures);

/* Sums over figures. */
__u64 stats_failed(const struct stats_figures *figures);
__u64 stats_handshakes(const struct stats_figures *figures);

#endif
