// SPDX-License-Identifier: GPL-2.0-only
#include "subject.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "synscope/config.h"
#include "synscope/flow.h"
#include "synscope/round_trip.h"
#include "instance/options.h"
#include "base/message.h"
#include "kernel/programs.h"
#include "trackers.h"
#include "tools/bench/trackers.skel.h"

#define LOOPBACK_IFINDEX 1 /* the interface on which frames of BPF_PROG_TEST_RUN arrive */
#define MTU 1500
#define HASH_ELEMENT 192 /* bytes of one element of a hash map, including its share of the buckets */

static int make_config(struct synscope_config *config, const struct subject_options *options)
{
	struct attach_options defaults;

	attach_options_defaults(&defaults);
	*config = (struct synscope_config){
		.buckets = (2 * options->max_flows + FLOW_SLOTS_PER_BUCKET - 1) / FLOW_SLOTS_PER_BUCKET,
		.manual_clock = options->manual_clock,
		.min_mtu = MTU,
		.mtu[0] = { .ifindex = LOOPBACK_IFINDEX, .mtu = MTU },
	};
	memcpy(config->timeout_ns, defaults.timeout_ns, sizeof(config->timeout_ns));
	if (getrandom(config->hash_key, sizeof(config->hash_key), 0) == sizeof(config->hash_key))
		return 0;
	message_error("cannot get random bytes: %s", strerror(errno));
	return -EIO;
}

static int open_synscope(struct subject *subject, const struct synscope_config *config, bool tc)
{
	unsigned int wanted = 1U << PROGRAM_XDP_ETHER | (tc ? 1U << PROGRAM_TC_ETHER : 0);
	int err = programs_load(config, wanted, NULL, &subject->programs);

	if (err)
		return err;
	subject->xdp_fd = programs_fd(subject->programs, PROGRAM_XDP_ETHER);
	subject->tc_fd = programs_fd(subject->programs, PROGRAM_TC_ETHER);
	return 0;
}

static void choose_programs(const struct subject *subject, struct bpf_program **xdp, struct bpf_program **tc)
{
	struct trackers_bpf *trackers = subject->trackers;
	struct bpf_program *const programs[][2] = {
		[SUBJECT_EMPTY] = { trackers->progs.xdp_empty, trackers->progs.tc_empty },
		[SUBJECT_PARSE] = { trackers->progs.xdp_parse, trackers->progs.tc_parse },
		[SUBJECT_FLOOR] = { trackers->progs.xdp_floor, trackers->progs.tc_floor },
		[SUBJECT_HASH] = { trackers->progs.xdp_hash, trackers->progs.tc_hash },
		[SUBJECT_LRU] = { trackers->progs.xdp_lru, trackers->progs.tc_lru },
	};

	*xdp = programs[subject->kind][0];
	*tc = programs[subject->kind][1];
}

static int size_maps(const struct subject *subject, const struct subject_options *options)
{
	struct trackers_bpf *trackers = subject->trackers;
	__u32 slots = subject->buckets * FLOW_SLOTS_PER_BUCKET;

	switch (subject->kind) {
	case SUBJECT_FLOOR:
		return bpf_map__set_max_entries(trackers->maps.hot, subject->buckets);
	case SUBJECT_HASH:
		return bpf_map__set_max_entries(options->ipv6 ? trackers->maps.hash6 : trackers->maps.hash4, slots);
	case SUBJECT_LRU:
		return bpf_map__set_max_entries(options->ipv6 ? trackers->maps.lru6 : trackers->maps.lru4, slots);
	default:
		return 0;
	}
}

static int open_tracker(struct subject *subject, const struct synscope_config *config,
			const struct subject_options *options)
{
	struct bpf_program *program, *xdp, *tc;
	int err;

	subject->trackers = trackers_bpf__open();
	if (!subject->trackers)
		return -errno;
	choose_programs(subject, &xdp, &tc);
	bpf_object__for_each_program(program, subject->trackers->obj) {
		bpf_program__set_autoload(program, program == xdp || (options->tc && program == tc));
	}
	memcpy((void *)&subject->trackers->rodata->config, config, sizeof(*config));
	err = size_maps(subject, options);
	if (!err)
		err = trackers_bpf__load(subject->trackers);
	subject->xdp_fd = bpf_program__fd(xdp);
	subject->tc_fd = bpf_program__fd(tc);
	return err;
}

int subject_open(struct subject *subject, enum subject_kind kind, const struct subject_options *options)
{
	struct synscope_config config;
	int err = make_config(&config, options);

	*subject = (struct subject){ .kind = kind, .buckets = config.buckets };
	if (err)
		return err;
	config.rtt = kind == SUBJECT_RTT;
	if (kind >= SUBJECT_SYNSCOPE)
		return open_synscope(subject, &config, options->tc);
	err = open_tracker(subject, &config, options);
	if (err) {
		message_error("cannot load a baseline for %u flows: %s", options->max_flows, strerror(-err));
		subject_close(subject);
	}
	return err;
}

void subject_close(struct subject *subject)
{
	programs_close(subject->programs);
	trackers_bpf__destroy(subject->trackers);
	*subject = (struct subject){ 0 };
}

__u64 subject_memory(enum subject_kind kind, __u32 max_flows)
{
	static const __u32 per_slot[] = {
		[SUBJECT_FLOOR] = sizeof(struct flow_hot),
		[SUBJECT_HASH] = HASH_ELEMENT,
		[SUBJECT_LRU] = HASH_ELEMENT,
		[SUBJECT_SYNSCOPE] = sizeof(struct flow_hot) + sizeof(struct flow_cold),
		[SUBJECT_RTT] = sizeof(struct flow_hot) + sizeof(struct flow_cold) + sizeof(struct flow_round_trips),
	};

	return 2ULL * max_flows * per_slot[kind];
}
