// SPDX-License-Identifier: GPL-2.0-only
#include "stats_fixture.h"

#include <check.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUCKETS 16
#define SLOTS ((size_t)BUCKETS * FLOW_SLOTS_PER_BUCKET)

static void *make_map(int *fd, size_t size)
{
	void *memory;

	*fd = memfd_create("map", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(*fd, (off_t)size), 0);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

void stats_fixture_begin(struct stats_fixture *made, bool rtt)
{
	int *fd = made->instance.fd;

	*made = (struct stats_fixture){ .instance.meta = { .name = "eth0",
							   .config = { .buckets = BUCKETS, .rtt = rtt } } };
	for (int i = 0; i < TIMEOUT_COUNT; i++)
		made->instance.meta.config.timeout_ns[i] = TIMEOUT_NONE;
	made->hot = make_map(&fd[OBJECT_HOT], BUCKETS * sizeof(*made->hot));
	made->cold = make_map(&fd[OBJECT_COLD], SLOTS * sizeof(*made->cold));
	made->latencies = make_map(&fd[OBJECT_LATENCIES], SERVER_PORT_INDEXES * sizeof(*made->latencies));
	made->ports = make_map(&fd[OBJECT_SERVER_PORTS], sizeof(*made->ports));
	make_map(&fd[OBJECT_TUNNELS], TUNNELS_MAX * sizeof(struct flow_tunnel));
	if (rtt) {
		make_map(&fd[OBJECT_ROUND_TRIPS], SLOTS * sizeof(struct flow_round_trips));
		made->round_trips =
			make_map(&fd[OBJECT_ROUND_TRIP_HISTOGRAMS], SERVER_PORT_INDEXES * sizeof(*made->round_trips));
	}
	ck_assert_int_eq(flow_source_open(&made->source, &made->instance), 0);
}

void stats_fixture_end(struct stats_fixture *made)
{
	flow_source_close(&made->source);
}

void stats_fixture_put(struct stats_fixture *made, const struct flow_record *record)
{
	made->hot[made->flows / FLOW_SLOTS_PER_BUCKET].slot[made->flows % FLOW_SLOTS_PER_BUCKET] = record->hot;
	made->cold[made->flows++] = record->cold;
}
