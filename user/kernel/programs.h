/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF object that is embedded in this program, loaded into the kernel: its programs and maps. */
#ifndef SYNSCOPE_KERNEL_PROGRAMS_H
#define SYNSCOPE_KERNEL_PROGRAMS_H

#include <linux/types.h>
#include <stdbool.h>

#include "synscope/config.h"

/* An interface with a link header takes the `ether` programs, one without the `raw` ones. */
enum program {
	PROGRAM_XDP_ETHER,
	PROGRAM_XDP_RAW,
	PROGRAM_TC_ETHER,
	PROGRAM_TC_RAW,
	PROGRAM_SWEEP, /* this and the next are not attached: run by bpf_prog_test_run_opts(), see synscope/sweep.h */
	PROGRAM_FLUSH,
	PROGRAM_COUNT,
};

/* What a pinned instance has for readers to run. */
#define PROGRAMS_PINNED (1U << PROGRAM_SWEEP | 1U << PROGRAM_FLUSH)

struct programs;

/*
 * Load the programs of the set `wanted` (bit per enum program) with a configuration, and their maps; `entry`: use the
 * maps pinned under that entry (pin.h) instead of new ones, NULL: all new. The caller frees with programs_close().
 * Prints why not and returns a negative errno.
 */
int programs_load(const struct synscope_config *config, unsigned int wanted, const char *entry,
		  struct programs **programs);

/* Close all fds; what is attached or pinned stays. NULL is ignored. */
void programs_close(struct programs *programs);

/* fds, which stay the property of `programs`. */
int programs_fd(const struct programs *programs, enum program program);
int programs_map_fd(const struct programs *programs, const char *map);

/* The time of programs loaded with config.manual_clock, in ns: to be set at will. */
__u64 *programs_clock(const struct programs *programs);

/* Memory of all maps, in bytes, rounded up to pages. */
__u64 programs_memory(const struct programs *programs);

/*
 * From now on only the programs write to the maps, but for those that commands write to as well. Prints and returns a
 * negative errno on failure.
 */
int programs_freeze(const struct programs *programs);

/*
 * Pin what readers need under `entry`: the maps that are not pinned yet, and PROGRAMS_PINNED, in the place of those
 * that were. Returns a negative errno (logged) on failure.
 */
int programs_pin(const struct programs *programs, const char *entry);

#endif
