// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "synscope/config.h"
#include "synscope/flow.h"

#include "libbpf_log.h"
#include "message.h"
#include "pin.h"
#include "programs.h"
#include "synscope.skel.h"

/* Room for the verifier's words; only what it writes is ever backed by memory. */
#define LOG_SIZE (4U << 20)

struct programs {
	struct synscope_bpf *skeleton;
};

static struct bpf_program *program_of(const struct programs *programs, enum program program)
{
	switch (program) {
	case PROGRAM_XDP_ETHER:
		return programs->skeleton->progs.xdp_ether;
	case PROGRAM_XDP_RAW:
		return programs->skeleton->progs.xdp_raw;
	case PROGRAM_TC_ETHER:
		return programs->skeleton->progs.tc_ether;
	case PROGRAM_TC_RAW:
		return programs->skeleton->progs.tc_raw;
	case PROGRAM_SWEEP:
		return programs->skeleton->progs.sweep;
	default:
		return programs->skeleton->progs.flush;
	}
}

static __u64 map_memory(const struct bpf_map *map)
{
	__u64 page = sysconf(_SC_PAGESIZE);
	__u64 value = (bpf_map__value_size(map) + 7) & ~7U;
	__u64 copies = bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY ? libbpf_num_possible_cpus() : 1;

	return (value * copies * bpf_map__max_entries(map) + page - 1) / page * page;
}

__u64 programs_memory(const struct programs *programs)
{
	struct bpf_map *map;
	__u64 sum = 0;

	bpf_object__for_each_map(map, programs->skeleton->obj)
		sum += map_memory(map);
	return sum;
}

/* The last line of the verifier's log that says something, cut off there. */
static const char *last_words(char *log)
{
	char *line;

	for (;;) {
		line = strrchr(log, '\n');
		if (line && (!line[1] || !strncmp(line + 1, "processed ", 10)))
			*line = '\0';
		else
			return line ? line + 1 : log;
	}
}

static void explain(const struct programs *programs, char *log, int err)
{
	if (*log)
		message_error("the kernel does not accept the programs: %s (%s)", last_words(log), strerror(-err));
	else if (err == -EPERM)
		message_error(
			"the kernel does not let this process load BPF programs: %s; run it with sudo, outside of a "
			"container",
			strerror(-err));
	else
		message_error("cannot load the programs with maps of %.1f MB: %s%s", programs_memory(programs) / 1e6,
			      strerror(-err), err == -ENOMEM || err == -E2BIG ? "; try a smaller --max-flows" : "");
}

static int reuse_maps(const struct programs *programs, const char *entry)
{
	struct bpf_map *map;
	int fd, err;

	bpf_object__for_each_map(map, programs->skeleton->obj) {
		if (bpf_map__is_internal(map))
			continue;
		fd = pin_open(entry, bpf_map__name(map), 0);
		if (fd == -ENOENT)
			continue;
		err = fd < 0 ? fd : bpf_map__reuse_fd(map, fd);
		if (fd >= 0)
			close(fd);
		if (err) {
			message_error("cannot use the pinned map '%s': %s", bpf_map__name(map), strerror(-err));
			return err;
		}
	}
	return 0;
}

static int prepare(const struct programs *programs, const struct synscope_config *config, unsigned int wanted,
		   const char *entry)
{
	struct synscope_bpf *skeleton = programs->skeleton;
	int err = 0;

	memcpy((void *)&skeleton->rodata->config, config, sizeof(*config));
	for (enum program program = 0; program < PROGRAM_COUNT; program++)
		bpf_program__set_autoload(program_of(programs, program), wanted >> program & 1);
	if (entry)
		return reuse_maps(programs, entry);
	err = bpf_map__set_max_entries(skeleton->maps.hot, config->buckets);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.fingerprints, config->buckets);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.cold, config->buckets * FLOW_SLOTS_PER_BUCKET);
	if (err)
		message_error("cannot size the flow table: %s", strerror(-err));
	return err;
}

static int open_and_load(struct programs *programs, const struct synscope_config *config, unsigned int wanted,
			 const char *entry, char *log)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_buf = log, .kernel_log_size = LOG_SIZE);
	int err;

	libbpf_log_begin();
	programs->skeleton = synscope_bpf__open_opts(&options);
	if (!programs->skeleton) {
		err = -errno;
		message_error("cannot open the embedded BPF object: %s", strerror(-err));
		return err;
	}
	err = prepare(programs, config, wanted, entry);
	if (err)
		return err;
	err = synscope_bpf__load(programs->skeleton);
	if (err) {
		libbpf_log_verifier(log);
		explain(programs, log, err);
	}
	return err;
}

int programs_load(const struct synscope_config *config, unsigned int wanted, const char *entry,
		  struct programs **programs)
{
	char *log = malloc(LOG_SIZE);
	int err = -ENOMEM;

	*programs = calloc(1, sizeof(**programs));
	if (log && *programs) {
		*log = '\0';
		err = open_and_load(*programs, config, wanted, entry, log);
	}
	free(log);
	if (err) {
		programs_close(*programs);
		*programs = NULL;
	}
	return err;
}

void programs_close(struct programs *programs)
{
	if (!programs)
		return;
	synscope_bpf__destroy(programs->skeleton);
	free(programs);
}

int programs_fd(const struct programs *programs, enum program program)
{
	return bpf_program__fd(program_of(programs, program));
}

int programs_map_fd(const struct programs *programs, const char *map)
{
	return bpf_object__find_map_fd_by_name(programs->skeleton->obj, map);
}

__u64 *programs_clock(const struct programs *programs)
{
	return &programs->skeleton->bss->clock_ns;
}

static int pin_maps(const struct programs *programs, const char *entry)
{
	char path[PIN_PATH_MAX];
	struct bpf_map *map;

	bpf_object__for_each_map(map, programs->skeleton->obj) {
		if (bpf_map__is_internal(map))
			continue;
		pin_path(path, entry, bpf_map__name(map));
		if (bpf_obj_pin(bpf_map__fd(map), path) && errno != EEXIST) {
			int err = -errno;

			message_error("cannot pin the map '%s': %s", bpf_map__name(map), strerror(-err));
			return err;
		}
	}
	return 0;
}

static int pin_program(const struct programs *programs, enum program program, const char *entry)
{
	const char *name = bpf_program__name(program_of(programs, program));
	char path[PIN_PATH_MAX];
	int err;

	pin_path(path, entry, name);
	unlink(path);
	if (!bpf_obj_pin(programs_fd(programs, program), path))
		return 0;
	err = -errno;
	message_error("cannot pin the program '%s': %s", name, strerror(-err));
	return err;
}

int programs_pin(const struct programs *programs, const char *entry)
{
	int err = pin_maps(programs, entry);

	if (!err)
		err = pin_program(programs, PROGRAM_SWEEP, entry);
	return err ? err : pin_program(programs, PROGRAM_FLUSH, entry);
}
