/* SPDX-License-Identifier: GPL-2.0-only */
/* The groups of figures. Each returns 0 or a negative errno (logged). */
#ifndef SYNSCOPE_BENCH_GROUPS_H
#define SYNSCOPE_BENCH_GROUPS_H

#include <stdbool.h>

#include "report.h"

struct bench {
	struct report *report;
	int rounds;
	bool quick; /* small sizes, to check that every figure is produced, whatever its value */
};

#define QUICK_FLOWS_LOG2 6

int group_established(struct bench *bench);
int group_veth(struct bench *bench);
int group_syn(struct bench *bench);
int group_non_tcp(struct bench *bench);
int group_life(struct bench *bench);
int group_watch(struct bench *bench);
int group_export(struct bench *bench);
int group_history(struct bench *bench);
int group_flood(struct bench *bench);
int group_dump(struct bench *bench);
int group_replay(struct bench *bench);
int group_cpus(struct bench *bench);
int group_occupancy(struct bench *bench);
int group_size(struct bench *bench);
int group_metrics(struct bench *bench);
int group_serve(struct bench *bench);

#endif
