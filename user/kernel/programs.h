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
	PROGRAM_SWEEP, /* this and the next are run by bpf_prog_test_run_opts(), see synscope/sweep.h */
	PROGRAM_FLUSH,
	PROGRAM_COUNT,
};

/* The programs that are pinned so that readers can run them. */
#define PROGRAMS_PINNED (1U << PROGRAM_SWEEP | 1U << PROGRAM_FLUSH)

struct programs;

/*
 * Load the programs of the set `wanted` (a bit per enum program) with a configuration, and their maps. `entry`: use the
 * maps that are pinned under that entry (pin.h); NULL: create all maps. The caller frees with programs_close(). Returns
 * 0 or a negative errno (logged).
 */
int programs_load(const struct synscope_config *config, unsigned int wanted, const char *entry,
		  struct programs **programs);

/* The same, with the maps of programs that are loaded already. */
int programs_load_beside(const struct programs *other, const struct synscope_config *config, unsigned int wanted,
			 struct programs **programs);

/* Close all fds; what is attached or pinned stays. NULL is ignored. */
void programs_close(struct programs *programs);

/* fds, which programs_close() closes. */
int programs_fd(const struct programs *programs, enum program program);
int programs_map_fd(const struct programs *programs, const char *map);

/* The clock of programs that were loaded with config.manual_clock, in ns; the caller sets it. */
__u64 *programs_clock(const struct programs *programs);

/* Bytes on the wire of the frame that is given to one of them; the caller sets it if it gives only the beginning. */
__u32 *programs_wire_length(const struct programs *programs);

/* 1: that frame has no time of its own; the caller sets it. */
__u32 *programs_untimed(const struct programs *programs);

/* Memory of all maps, in bytes, rounded up to pages. */
__u64 programs_memory(const struct programs *programs);

/*
 * From now on, only the programs can write to the maps, except for maps that commands write to as well. Returns 0 or a
 * negative errno (logged).
 */
int programs_freeze(const struct programs *programs);

/*
 * Pin what readers need under `entry`: the maps that are not pinned yet, and PROGRAMS_PINNED, which replace older ones.
 * Returns 0 or a negative errno (logged).
 */
int programs_pin(const struct programs *programs, const char *entry);

#endif
