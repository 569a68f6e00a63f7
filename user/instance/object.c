// SPDX-License-Identifier: GPL-2.0-only
#include "instance/object.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>

#include "synscope/config.h"
#include "synscope/event.h"
#include "synscope/flow.h"
#include "synscope/histogram.h"
#include "synscope/round_trip.h"
#include "synscope/tunnel.h"

#include "kernel/bpf_ids.h"

struct shape {
	const char *name;
	bool optional, program;
	__u32 type; /* of the map or the program */
	__u32 value_size; /* 0: any */
	__u32 entries;
	bool per_bucket; /* `entries` is the number for each bucket of the table */
	bool with_rtt; /* without --rtt there is one entry */
	bool mapped; /* by readers */
};

static const struct shape shapes[OBJECT_COUNT] = {
	[OBJECT_META] = { .name = "meta", .type = BPF_MAP_TYPE_ARRAY, .entries = 1 },
	[OBJECT_HOT] = { .name = "hot",
			 .type = BPF_MAP_TYPE_ARRAY,
			 .mapped = true,
			 .value_size = sizeof(struct flow_bucket),
			 .entries = 1,
			 .per_bucket = true },
	[OBJECT_COLD] = { .name = "cold",
			  .type = BPF_MAP_TYPE_ARRAY,
			  .mapped = true,
			  .value_size = sizeof(struct flow_cold),
			  .entries = FLOW_SLOTS_PER_BUCKET,
			  .per_bucket = true },
	[OBJECT_FINGERPRINTS] = { .name = "fingerprints",
				  .type = BPF_MAP_TYPE_ARRAY,
				  .value_size = sizeof(struct flow_fingerprints),
				  .entries = 1,
				  .per_bucket = true },
	[OBJECT_STAMPS] = { .name = "stamps",
			    .type = BPF_MAP_TYPE_ARRAY,
			    .value_size = sizeof(struct flow_stamps),
			    .entries = 1,
			    .per_bucket = true },
	[OBJECT_COUNTERS] = { .name = "counters",
			      .type = BPF_MAP_TYPE_PERCPU_ARRAY,
			      .value_size = COUNTERS_MAX * sizeof(__u64),
			      .entries = 1 },
	[OBJECT_LATENCIES] = { .name = "latencies",
			       .type = BPF_MAP_TYPE_ARRAY,
			       .mapped = true,
			       .value_size = sizeof(struct port_latencies),
			       .entries = SERVER_PORT_INDEXES },
	[OBJECT_SERVER_PORTS] = { .name = "server_ports",
				  .type = BPF_MAP_TYPE_ARRAY,
				  .mapped = true,
				  .value_size = sizeof(struct server_ports),
				  .entries = 1 },
	[OBJECT_TUNNELS] = { .name = "tunnels",
			     .type = BPF_MAP_TYPE_ARRAY,
			     .mapped = true,
			     .value_size = sizeof(struct flow_tunnel),
			     .entries = TUNNELS_MAX },
	[OBJECT_ROUND_TRIPS] = { .name = "round_trips",
				 .type = BPF_MAP_TYPE_ARRAY,
				 .mapped = true,
				 .value_size = sizeof(struct flow_round_trips),
				 .entries = FLOW_SLOTS_PER_BUCKET,
				 .per_bucket = true,
				 .with_rtt = true },
	[OBJECT_ROUND_TRIP_HISTOGRAMS] = { .name = "round_trip_histograms",
					   .type = BPF_MAP_TYPE_ARRAY,
					   .mapped = true,
					   .value_size = sizeof(struct port_round_trips),
					   .entries = SERVER_PORT_INDEXES,
					   .with_rtt = true },
	[OBJECT_READER_RINGS] = { .name = "reader_rings",
				  .optional = true,
				  .type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
				  .value_size = sizeof(__u32),
				  .entries = EVENT_READERS },
	[OBJECT_READER_SLOTS] = { .name = "reader_slots",
				  .optional = true,
				  .type = BPF_MAP_TYPE_ARRAY,
				  .mapped = true,
				  .value_size = EVENT_READERS * sizeof(struct reader_slot),
				  .entries = 1 },
	[OBJECT_SWEEP] = { .name = "sweep", .optional = true, .program = true, .type = BPF_PROG_TYPE_SYSCALL },
	[OBJECT_FLUSH] = { .name = "flush", .optional = true, .program = true, .type = BPF_PROG_TYPE_SYSCALL },
};

const char *object_name(enum instance_object object)
{
	return shapes[object].name;
}

bool object_is_optional(enum instance_object object)
{
	return shapes[object].optional;
}

static int wrong(char *fault, enum instance_object object, const char *what, __u64 is, __u64 must_be)
{
	int length;

	if (!fault)
		return OBJECT_WRONG;
	length = snprintf(fault, OBJECT_FAULT_MAX, "its '%s' %s", object_name(object), what);
	if (is != must_be)
		snprintf(fault + length, OBJECT_FAULT_MAX - length, " (%llu, not %llu)", is, must_be);
	return OBJECT_WRONG;
}

static int check_program(int fd, enum instance_object object, char *fault)
{
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);

	if (bpf_kind_of(fd) != BPF_KIND_PROGRAM)
		return wrong(fault, object, "is not a program", 0, 0);
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	return info.type == shapes[object].type ? 0 : wrong(fault, object, "is a program of another type", 0, 0);
}

static __u64 entries_of(const struct shape *shape, const struct synscope_config *config)
{
	if (shape->with_rtt && !config->rtt)
		return 1;
	return (__u64)shape->entries * (shape->per_bucket ? config->buckets : 1);
}

int object_check(int fd, enum instance_object object, const struct synscope_config *config,
		 char fault[OBJECT_FAULT_MAX])
{
	const struct shape *shape = &shapes[object];
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);

	if (shape->program)
		return check_program(fd, object, fault);
	if (bpf_kind_of(fd) != BPF_KIND_MAP)
		return wrong(fault, object, "is not a map", 0, 0);
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	if (info.type != shape->type || info.key_size != sizeof(__u32))
		return wrong(fault, object, "is a map of another type", 0, 0);
	if (shape->value_size && info.value_size != shape->value_size)
		return wrong(fault, object, "has values of another size", info.value_size, shape->value_size);
	if (info.max_entries != entries_of(shape, config))
		return wrong(fault, object, "has another number of entries", info.max_entries,
			     entries_of(shape, config));
	if (shape->mapped && !(info.map_flags & BPF_F_MMAPABLE))
		return wrong(fault, object, "cannot be mapped into memory", 0, 0);
	return 0;
}
