// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path of real packets: generated frames leave by one end of a veth pair; the other end runs the program under test
 * as native XDP, and passes them to the stack. For tc, the stack forwards them through another pair.
 */
#include "groups.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "lane.h"
#include "base/message.h"
#include "sandbox.h"

#define FLOWS_LOG2 20
#define PACKETS 100000
#define BATCH 64 /* frames that the kernel makes at a time, as many as NAPI takes */

/* From the kernel's interface of Linux 6.6, which is missing from the headers of older distributions. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS ((enum bpf_attach_type)47)

/*
 * Frames are sent at `entry` and arrive at `receiver`, its peer, where XDP runs; tc runs where they leave, at `exit`.
 */
struct road {
	bool tc; /* the program under test is the tc program */
	int entry, receiver, exit; /* ifindex */
	int link; /* the link in which the programs under test replace each other */
	int other_links[2];
	struct subject empty;
	struct traffic_bpf *forwarder;
};

struct traveller {
	struct road *road;
	struct lane lane;
	__u64 packets;
	bool of_all; /* measure packets per second of the whole path; otherwise the time of the program alone */
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Time and number of a program's runs that the kernel has counted so far. */
static int read_stats(int program, __u64 *ns, __u64 *runs)
{
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &length))
		return -errno;
	*ns = info.run_time_ns;
	*runs = info.run_cnt;
	return 0;
}

static int send_frames(struct traveller *traveller)
{
	__u8 frame[BENCH_FRAME_SIZE];
	size_t size = frame_tcp(frame, false);
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = size,
		    .repeat = (int)traveller->packets, .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
	int program = bpf_program__fd(traveller->lane.traffic->progs.walk_out), err;

	do {
		err = bpf_prog_test_run_opts(program, &options);
	} while (err == -EAGAIN || err == -EINTR);
	return err;
}

static int measure_program(struct traveller *traveller, int program, double *value)
{
	__u64 ns[2] = { 0 }, runs[2] = { 0 };
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	int err = stats < 0 ? -errno : read_stats(program, &ns[0], &runs[0]);

	if (!err)
		err = send_frames(traveller);
	if (!err)
		err = read_stats(program, &ns[1], &runs[1]);
	if (!err && runs[1] - runs[0] < traveller->packets / 2)
		err = -ENOLINK;
	if (stats >= 0)
		close(stats);
	if (!err)
		*value = (double)(ns[1] - ns[0]) / (double)(runs[1] - runs[0]);
	return err;
}

static int measure_road(void *context, double *value)
{
	struct traveller *traveller = context;
	const struct subject *subject = &traveller->lane.subject;
	int program = traveller->road->tc ? subject->tc_fd : subject->xdp_fd;
	int err = bpf_link_update(traveller->road->link, program, NULL);
	double start = now_ns();

	if (!err && !traveller->of_all) {
		err = measure_program(traveller, program, value);
	} else if (!err) {
		err = send_frames(traveller);
		*value = (double)traveller->packets / (now_ns() - start) * 1e3;
	}
	if (err)
		message_error("cannot send frames over a veth pair: %s", strerror(-err));
	return err;
}

static int attach(int program, int ifindex, enum bpf_attach_type type, __u32 flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_link_create(program, ifindex, type, &options);

	return fd < 0 ? -errno : fd;
}

/* Makes the stack forward what it receives. -EINVAL: this kernel has no tcx. */
static int open_forwarder(struct road *road)
{
	int err;

	road->forwarder = traffic_bpf__open();
	if (!road->forwarder)
		return -errno;
	((struct traffic_config *)&road->forwarder->rodata->traffic)->redirect_ifindex = road->exit;
	err = traffic_bpf__load(road->forwarder);
	if (err)
		return err;
	road->other_links[1] = attach(bpf_program__fd(road->forwarder->progs.forward), road->receiver, TCX_INGRESS, 0);
	return road->other_links[1] < 0 ? road->other_links[1] : 0;
}

static int build_road(struct road *road)
{
	int err;

	road->entry = (int)if_nametoindex("bench0");
	road->receiver = (int)if_nametoindex("bench1");
	road->exit = (int)if_nametoindex("bench2");
	road->link = attach(road->empty.xdp_fd, road->receiver, BPF_XDP, XDP_FLAGS_DRV_MODE);
	if (road->link < 0 || !road->tc)
		return road->link < 0 ? road->link : 0;
	road->other_links[0] = road->link; /* this one stays: a veth without XDP accepts no frames from XDP */
	road->link = -1;
	err = open_forwarder(road);
	if (!err)
		road->link = attach(road->empty.tc_fd, road->exit, TCX_EGRESS, 0);
	return err ? err : road->link < 0 ? road->link : 0;
}

static void close_road(struct road *road)
{
	const int links[] = { road->link, road->other_links[0], road->other_links[1] };

	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (links[i] >= 0)
			close(links[i]);
	traffic_bpf__destroy(road->forwarder);
	subject_close(&road->empty);
}

/* Returns 0, or a negative errno (not logged). */
static int open_road(struct road *road, bool tc)
{
	const struct subject_options options = { .max_flows = 1, .tc = tc };
	int err;

	*road = (struct road){ .tc = tc, .link = -1, .other_links = { -1, -1 } };
	err = subject_open(&road->empty, SUBJECT_EMPTY, &options);
	if (err)
		return err;
	err = build_road(road);
	if (err)
		close_road(road);
	return err;
}

static const struct {
	enum subject_kind kind;
	const char *name;
} rivals[] = { { SUBJECT_HASH, "hash" }, { SUBJECT_FLOOR, "floor" }, { SUBJECT_EMPTY, "empty" } };

#define RIVALS (int)(sizeof(rivals) / sizeof(*rivals))

/* The last traveller is synscope. */
static int run_travellers(struct bench *bench, struct traveller *travellers, bool of_all, const char *names)
{
	struct contestant contestants[RIVALS + 1];
	char name[64];
	int err;

	for (int i = 0; i <= RIVALS; i++) {
		travellers[i].of_all = of_all;
		contestants[i] = (struct contestant){ .measure = measure_road, .context = &travellers[i] };
	}
	err = run_rounds(contestants, RIVALS + 1, bench->rounds);
	for (int i = 0; !err && i < RIVALS; i++) {
		snprintf(name, sizeof(name), "%s_vs_%s", names, rivals[i].name);
		report_figure(bench->report, name, of_all ? "Mpps" : "ns", &contestants[RIVALS].series,
			      &contestants[i].series);
	}
	return err;
}

static int open_traveller(struct bench *bench, struct traveller *traveller, struct road *road, enum subject_kind kind)
{
	const __u32 log2 = bench->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2;
	const struct subject_options options = { .max_flows = 1U << log2, .tc = road->tc };
	const struct traffic_config traffic = { .flows_log2 = log2, .redirect_ifindex = road->entry };
	int err = lane_open(&traveller->lane, kind, &options, &traffic);

	traveller->road = road;
	traveller->packets = bench->quick ? 10 * BATCH : PACKETS;
	if (!err && kind >= SUBJECT_HASH)
		err = lane_fill(&traveller->lane);
	return err;
}

static int run_road(struct bench *bench, struct road *road)
{
	struct traveller travellers[RIVALS + 1] = { 0 };
	int err = 0;

	for (int i = 0; !err && i <= RIVALS; i++)
		err = open_traveller(bench, &travellers[i], road, i < RIVALS ? rivals[i].kind : SUBJECT_SYNSCOPE);
	if (!err)
		err = run_travellers(bench, travellers, false, road->tc ? "tc_egress_1m" : "veth_1m");
	if (!err)
		err = run_travellers(bench, travellers, true, road->tc ? "tc_egress_1m_pps" : "veth_1m_pps");
	for (int i = 0; i <= RIVALS; i++)
		if (travellers[i].lane.traffic)
			lane_close(&travellers[i].lane);
	return err;
}

int group_veth(struct bench *bench)
{
	struct road road;
	int err = sandbox_veth("bench0", "bench1");

	if (!err)
		err = sandbox_veth("bench2", "bench3");
	if (err)
		return err;
	for (int tc = 0; !err && tc < 2; tc++) {
		err = open_road(&road, tc);
		if (err == -EINVAL && tc) {
			report_missing(bench->report, "tc_egress_1m_vs_hash", "ns", "needs tcx, Linux 6.6");
			return 0;
		}
		if (err) {
			message_error("cannot attach to a veth interface: %s", strerror(-err));
			return err;
		}
		err = run_road(bench, &road);
		close_road(&road);
	}
	return err;
}
