// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flood of SYNs from addresses that never answer: does it displace established flows, do new connections still
 * succeed, and are their latencies right? The counts do not depend on the machine's speed.
 */
#include "groups.h"

#include "flow/view.h"
#include "lane.h"
#include "kernel/programs.h"
#include "survivors.h"
#include "instance/options.h"

#define FLOWS_LOG2 20 /* --max-flows 1048576: 2M slots */
#define FLOOD_SYNS 10000000ULL
#define FLOOD_FIRST (1U << 24) /* number of the first flow of the flood */

#define SMALLEST_LOG2 13 /* enough for the handshakes, and for the SYNs of the flood meanwhile */
#define HANDSHAKES 1000
#define HANDSHAKE_FIRST 1000000U /* the number of the first flow of a round's handshakes */
#define RTT_NS 10000000ULL
#define TICK_NS 100000ULL
#define SYNS_PER_TICK 10 /* 100,000 per second */
#define TICKS_PER_HANDSHAKE 10 /* a handshake begins every millisecond */
#define TICKS_PER_HALF_RTT (RTT_NS / 2 / TICK_NS)
#define CLOCK_START 1000000000000ULL

/* ---- established flows */

/* Counts the established flows, of 2^flows_log2, that a flood displaced from a table of 2M slots. */
static int measure_lost(const struct bench *bench, enum subject_kind kind, __u32 flows_log2, double *lost)
{
	const struct subject_options options = { .max_flows = 1U << (bench->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2) };
	const struct traffic_config traffic = { .flows_log2 = flows_log2 };
	struct lane lane;
	__u64 alive;
	double ns;
	int err = lane_open(&lane, kind, &options, &traffic);

	if (err)
		return err;
	err = lane_fill(&lane);
	lane_rewind(&lane, FLOOD_FIRST);
	if (!err)
		err = lane_run(&lane, LANE_SYNS, bench->quick ? 10000 : FLOOD_SYNS, &ns);
	if (!err)
		err = count_open(&lane.subject, &alive);
	if (!err)
		*lost = (double)(1U << flows_log2) - (double)alive;
	lane_close(&lane);
	return err;
}

static int report_lost(const struct bench *bench, const char *name, __u32 flows_log2)
{
	struct series ours = { 0 }, lru = { 0 };
	double lost;
	int err = measure_lost(bench, SUBJECT_SYNSCOPE, flows_log2, &lost);

	if (err)
		return err;
	series_add(&ours, lost);
	err = measure_lost(bench, SUBJECT_LRU, flows_log2, &lost);
	if (err)
		return err;
	series_add(&lru, lost);
	report_figure(bench->report, name, "flows", &ours, &lru);
	return 0;
}

/* ---- new handshakes */

struct siege {
	struct lane lane;
	__u64 flood; /* the number of the flood's next flow */
	__u64 now_ns;
	__u32 first; /* the number of this round's first handshake */
};

static int send_flood(struct siege *siege, __u64 syns)
{
	double ns;

	lane_rewind(&siege->lane, siege->flood);
	siege->flood += syns;
	return lane_run(&siege->lane, LANE_SYNS, syns, &ns);
}

static int send_step(struct siege *siege, __u32 handshake, int step)
{
	double ns;

	lane_rewind(&siege->lane, (__u64)(siege->first + handshake) * TRAFFIC_OPENING_STEPS + step);
	return lane_run(&siege->lane, LANE_OPEN, 1, &ns);
}

static void set_clock(const struct siege *siege)
{
	if (siege->lane.subject.programs)
		*programs_clock(siege->lane.subject.programs) = siege->now_ns;
}

/* One tick: the flood's SYNs, and the steps of handshakes that are due. */
static int tick(struct siege *siege, __u32 number)
{
	int err;

	siege->now_ns += TICK_NS;
	set_clock(siege);
	err = send_flood(siege, SYNS_PER_TICK);
	for (__u32 step = 0; !err && step < 3; step++) {
		__u32 since = number - step * TICKS_PER_HALF_RTT;

		if (number >= step * TICKS_PER_HALF_RTT && since % TICKS_PER_HANDSHAKE == 0 &&
		    since / TICKS_PER_HANDSHAKE < HANDSHAKES)
			err = send_step(siege, since / TICKS_PER_HANDSHAKE, (int)step);
	}
	return err;
}

struct tally {
	__u64 now_ns;
	const __u64 *timeouts;
	__u32 first; /* flow number, see traffic.h */
	__u32 right;
};

static void judge(const struct flow_record *record, void *context)
{
	struct tally *tally = context;
	struct flow_view view;
	__u32 number;

	if (!(record->hot.dir[0].facts & record->hot.dir[1].facts & FACT_SYN))
		return;
	flow_view_decode(&view, record, tally->timeouts, tally->now_ns);
	number = __builtin_bswap32(view.side[SIDE_CLIENT].ip.word[0]) - 0x0a000000;
	tally->right += number - tally->first < HANDSHAKES && view.outcome == OUTCOME_OPEN &&
			view.syn_to_synack_ns == (__s64)RTT_NS / 2 && view.synack_to_ack_ns == (__s64)RTT_NS / 2 &&
			view.handshake_ns == (__s64)RTT_NS;
}

/*
 * The percentage of the round's handshakes that are in the table with the right values. A tracker on a map has no
 * latencies that could be wrong.
 */
static int judge_round(const struct siege *siege, __u64 open_before, double *percent)
{
	struct attach_options defaults;
	struct tally tally = { .now_ns = siege->now_ns, .first = siege->first };
	__u64 open;
	int err;

	if (siege->lane.subject.kind != SUBJECT_SYNSCOPE) {
		err = count_open(&siege->lane.subject, &open);
		*percent = 100 * ((double)open - (double)open_before) / HANDSHAKES;
		return err;
	}
	attach_options_defaults(&defaults);
	tally.timeouts = defaults.timeout_ns;
	err = visit_flows(&siege->lane.subject, judge, &tally);
	*percent = 100.0 * tally.right / HANDSHAKES;
	return err;
}

static int measure_handshakes(void *context, double *percent)
{
	struct siege *siege = context;
	__u64 open_before;
	int err = count_open(&siege->lane.subject, &open_before);

	for (__u32 i = 0; !err && i < HANDSHAKES * TICKS_PER_HANDSHAKE + 2 * TICKS_PER_HALF_RTT; i++)
		err = tick(siege, i);
	if (!err)
		err = judge_round(siege, open_before, percent);
	siege->first += HANDSHAKES;
	return err;
}

/* Sends enough SYNs, at their usual pace, to fill the table one and a half times. */
static int open_siege(struct siege *siege, const struct bench *bench, enum subject_kind kind, int place)
{
	const __u32 log2 = bench->quick ? SMALLEST_LOG2 : FLOWS_LOG2;
	const struct subject_options options = { .max_flows = 1U << log2, .manual_clock = true };
	const struct traffic_config traffic = { 0 };
	int err = lane_open(&siege->lane, kind, &options, &traffic);

	if (err)
		return err;
	siege->flood = FLOOD_FIRST;
	siege->first = HANDSHAKE_FIRST;
	siege->now_ns = CLOCK_START;
	if (!bench->quick)
		err = lane_hold(&siege->lane, place, LANE_SYNS);
	for (__u64 sent = 0; !err && sent < 3ULL << log2; sent += 100 * SYNS_PER_TICK) {
		siege->now_ns += 100 * TICK_NS;
		set_clock(siege);
		err = send_flood(siege, 100 * SYNS_PER_TICK);
	}
	return err;
}

static int report_handshakes(const struct bench *bench)
{
	struct siege ours = { 0 }, lru = { 0 };
	struct contestant contestants[] = {
		{ .measure = measure_handshakes, .context = &ours },
		{ .measure = measure_handshakes, .context = &lru },
	};
	int err = open_siege(&ours, bench, SUBJECT_SYNSCOPE, 0);

	if (!err)
		err = open_siege(&lru, bench, SUBJECT_LRU, 1);
	if (!err)
		err = run_rounds(contestants, 2, bench->rounds);
	if (!err)
		report_figure(bench->report, "flood_handshakes_ok", "percent", &contestants[0].series,
			      &contestants[1].series);
	if (ours.lane.traffic)
		lane_close(&ours.lane);
	if (lru.lane.traffic)
		lane_close(&lru.lane);
	return err;
}

int group_flood(struct bench *bench)
{
	const __u32 log2 = bench->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2;
	int err;

	err = report_lost(bench, "flood_established_lost", log2 - 1);
	if (!err)
		err = report_lost(bench, "flood_rated_established_lost", log2);
	return err ? err : report_handshakes(bench);
}
