// SPDX-License-Identifier: GPL-2.0-only
/* What does not change from run to run: instructions, stack, bytes. */
#include "groups.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "kernel/programs.h"
#include "subject.h"
#include "synscope.skel.h"
#include "tools/bench/trackers.skel.h"

#define LOG_SIZE (1U << 20)
#define LOG_STATS 4 /* the verifier logs what it processed, and the stack depths */
#define MAX_FLOWS 65536

static void report_number(struct report *report, const char *name, const char *unit, double value, double baseline)
{
	struct series values = { 0 }, baselines = { 0 };

	series_add(&values, value);
	series_add(&baselines, baseline);
	report_figure(report, name, unit, &values, baseline > 0 ? &baselines : NULL);
}

/* The sizes of one loaded program. */
struct sizes {
	__u32 verified, translated, jited;
	__u32 stack; /* of the deepest function */
};

/* The verifier logs "stack depth 32+0+80", with a number for each function. */
static __u32 largest_stack(const char *log)
{
	const char *at = strstr(log, "stack depth ");
	__u32 largest = 0;

	for (at = at ? at + strlen("stack depth ") : NULL; at;) {
		char *end;
		__u32 depth = strtoul(at, &end, 10);

		largest = depth > largest ? depth : largest;
		at = *end == '+' ? end + 1 : NULL;
	}
	return largest;
}

static int measure_sizes(struct bpf_program *program, const char *log, struct sizes *sizes)
{
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length))
		return -errno;
	*sizes = (struct sizes){ info.verified_insns, info.xlated_prog_len, info.jited_prog_len, largest_stack(log) };
	return 0;
}

/* Loads one program of an object, without the others, with the verifier's log. */
static int load_alone(const void *elf, size_t size, const char *name, struct sizes *sizes)
{
	struct bpf_object *object = bpf_object__open_mem(elf, size, NULL);
	struct bpf_program *program;
	char *log = calloc(1, LOG_SIZE);
	int err = object && log ? 0 : -ENOMEM;

	if (!err) {
		bpf_object__for_each_program(program, object) {
			bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), name));
		}
		program = bpf_object__find_program_by_name(object, name);
		bpf_program__set_log_buf(program, log, LOG_SIZE);
		bpf_program__set_log_level(program, LOG_STATS);
		err = bpf_object__load(object);
	}
	if (!err)
		err = measure_sizes(program, log, sizes);
	if (err)
		message_error("cannot measure the program '%s': %s", name, strerror(-err));
	bpf_object__close(object);
	free(log);
	return err;
}

static int load_ours(const char *name, struct sizes *sizes)
{
	size_t size;
	const void *elf = synscope_bpf__elf_bytes(&size);

	return load_alone(elf, size, name, sizes);
}

static int load_tracker(const char *name, struct sizes *sizes)
{
	size_t size;
	const void *elf = trackers_bpf__elf_bytes(&size);

	return load_alone(elf, size, name, sizes);
}

static void report_sizes(struct report *report, const char *program, const struct sizes *ours,
			 const struct sizes *baseline)
{
	const struct {
		const char *name, *unit;
		__u32 ours, baseline;
	} rows[] = {
		{ "verified", "instructions", ours->verified, baseline->verified },
		{ "translated", "bytes", ours->translated, baseline->translated },
		{ "jited", "bytes", ours->jited, baseline->jited },
		{ "stack", "bytes", ours->stack, baseline->stack },
	};
	char name[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(name, sizeof(name), "%s_%s%s", program, rows[i].name, rows[i].baseline ? "_vs_hash" : "");
		report_number(report, name, rows[i].unit, rows[i].ours, rows[i].baseline);
	}
}

static int report_programs(struct report *report)
{
	static const char *const names[][2] = { { "xdp_ether", "xdp_hash" },
						{ "xdp_raw", "xdp_hash" },
						{ "tc_ether", "tc_hash" },
						{ "tc_raw", "tc_hash" },
						{ "sweep", NULL } };
	struct sizes ours, baseline;
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(names) / sizeof(*names); i++) {
		err = load_ours(names[i][0], &ours);
		baseline = (struct sizes){ 0 };
		if (!err && names[i][1])
			err = load_tracker(names[i][1], &baseline);
		if (!err)
			report_sizes(report, names[i][0], &ours, &baseline);
	}
	return err;
}

/* The memory that a map takes, according to the kernel. */
static double map_bytes(int map)
{
	char path[64], line[128];
	double bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", map);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %lf", &bytes) == 1)
			break;
	if (file)
		fclose(file);
	return bytes;
}

static int report_memory(struct report *report)
{
	const struct subject_options options = { .max_flows = MAX_FLOWS };
	struct subject ours, hash;
	int err = subject_open(&ours, SUBJECT_SYNSCOPE, &options);
	double bytes;

	if (err)
		return err;
	err = subject_open(&hash, SUBJECT_HASH, &options);
	if (!err) {
		bytes = map_bytes(programs_map_fd(ours.programs, "hot")) +
			map_bytes(programs_map_fd(ours.programs, "cold")) +
			map_bytes(programs_map_fd(ours.programs, "fingerprints")) +
			map_bytes(programs_map_fd(ours.programs, "stamps"));
		report_number(report, "memory_per_flow_vs_hash", "bytes", bytes / MAX_FLOWS,
			      map_bytes(bpf_map__fd(hash.trackers->maps.hash4)) / MAX_FLOWS);
		subject_close(&hash);
	}
	subject_close(&ours);
	return err;
}

int group_size(struct bench *bench)
{
	size_t size;
	int err;

	err = report_programs(bench->report);
	if (err)
		return err;
	synscope_bpf__elf_bytes(&size);
	report_number(bench->report, "object_size", "bytes", (double)size, 0);
	return report_memory(bench->report);
}
