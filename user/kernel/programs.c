// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "synscope/config.h"
#include "synscope/flow.h"
#include "synscope/histogram.h"

#include "base/array.h"
#include "base/message.h"
#include "kernel/libbpf_log.h"
#include "kernel/pin.h"
#include "kernel/programs.h"
#include "base/reason.h"
#include "base/table_room.h"
#include "synscope.skel.h"

/* Size of the verifier's log; only pages that it writes are backed by memory. */
#define LOG_SIZE (4U << 20)

#define LOADING_BYTES (16U << 20) /* for verifier and libbpf; they took 7 MiB on x86-64 with Linux 6.18 */
#define LIBBPF_ERRNO_FIRST 4000 /* of errnos of its own */
#define DESCRIPTORS_BESIDE 8 /* that libbpf opens for a short time to test features of the kernel */
#define DESCRIPTORS_MAX 64

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

static long possible_cpus(void)
{
	int cpus = libbpf_num_possible_cpus();

	return cpus > 0 ? cpus : sysconf(_SC_NPROCESSORS_CONF); /* without /sys */
}

static __u64 map_memory(const struct bpf_map *map)
{
	__u64 page = sysconf(_SC_PAGESIZE);
	__u64 value = (bpf_map__value_size(map) + 7) & ~7U;
	__u64 copies = bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY ? possible_cpus() : 1;

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

/* The last line of the verifier's log that explains the failure; ends the log after it. */
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
	if (*log && !is_limit(err)) /* the verifier was not involved */
		message_error("the kernel does not accept the programs: %s (%s)", last_words(log), reason_of(err).text);
	else if (err == -EPERM)
		message_error(
			"the kernel does not let this process load BPF programs: %s; run it with sudo, outside of a "
			"container",
			reason_of(err).text);
	else
		message_error("cannot load the programs with maps of %.1f MB: %s%s", programs_memory(programs) / 1e6,
			      reason_of(err).text,
			      err == -ENOMEM || err == -E2BIG ? "; try a smaller --max-flows" : "");
}

/* The kernel allocates the memory of maps at once, even if it then has to kill other processes. */
static int check_memory(const struct programs *programs, const struct synscope_config *config)
{
	const struct synscope_bpf *skeleton = programs->skeleton;
	struct table_room room = {
		.buckets = config->buckets,
		.table = map_memory(skeleton->maps.hot) + map_memory(skeleton->maps.fingerprints) +
			 map_memory(skeleton->maps.stamps) + map_memory(skeleton->maps.cold) +
			 map_memory(skeleton->maps.round_trips),
		.loading = LOADING_BYTES,
	};

	room.beside = programs_memory(programs) - room.table;
	return table_room_check(&room);
}

/* Whose maps to use; if both are NULL, maps are created. */
struct sharing {
	const char *entry; /* where they are pinned */
	const struct programs *other; /* that have them open */
};

/* An fd of a map, which the caller closes, -ENOENT if there is none, or another negative errno. */
static int shared_map(const struct sharing *sharing, const char *name)
{
	int fd;

	if (sharing->entry)
		return pin_open(sharing->entry, name, 0);
	fd = fcntl(programs_map_fd(sharing->other, name), F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

static int reuse_maps(const struct programs *programs, const struct sharing *sharing)
{
	struct bpf_map *map;
	int fd, err;

	bpf_object__for_each_map(map, programs->skeleton->obj) {
		if (bpf_map__is_internal(map))
			continue;
		fd = shared_map(sharing, bpf_map__name(map));
		if (fd == -ENOENT)
			continue;
		err = fd < 0 ? fd : bpf_map__reuse_fd(map, fd);
		if (fd >= 0)
			close(fd);
		if (err) {
			message_error("cannot use the map '%s' of the instance: %s", bpf_map__name(map),
				      reason_of(err).text);
			return err;
		}
	}
	return 0;
}

static int prepare(const struct programs *programs, const struct synscope_config *config, unsigned int wanted,
		   const struct sharing *sharing)
{
	struct synscope_bpf *skeleton = programs->skeleton;
	int err = 0;

	memcpy((void *)&skeleton->rodata->config, config, sizeof(*config));
	for (enum program program = 0; program < PROGRAM_COUNT; program++)
		bpf_program__set_autoload(program_of(programs, program), wanted >> program & 1);
	if (sharing->entry || sharing->other)
		return reuse_maps(programs, sharing);
	err = bpf_map__set_max_entries(skeleton->maps.hot, config->buckets);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.fingerprints, config->buckets);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.stamps, config->buckets);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.cold, config->buckets * FLOW_SLOTS_PER_BUCKET);
	if (!err && config->rtt)
		err = bpf_map__set_max_entries(skeleton->maps.round_trips, config->buckets * FLOW_SLOTS_PER_BUCKET);
	if (!err && config->rtt)
		err = bpf_map__set_max_entries(skeleton->maps.round_trip_histograms, SERVER_PORT_INDEXES);
	if (err)
		message_error("cannot size the flow table: %s", reason_of(err).text);
	return err ? err : check_memory(programs, config);
}

/*
 * Are there file descriptors for all maps and programs? libbpf would take their lack for a missing feature of the
 * kernel, and fail later with an unrelated error.
 */
static int check_descriptors(const struct programs *programs, unsigned int wanted)
{
	int fd[DESCRIPTORS_MAX], needed = DESCRIPTORS_BESIDE + __builtin_popcount(wanted), count = 0, err = 0;
	struct bpf_map *map;

	bpf_object__for_each_map(map, programs->skeleton->obj)
		needed++;
	while (count < needed && count < DESCRIPTORS_MAX && !err) {
		fd[count] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
		if (fd[count] >= 0)
			count++;
		else
			err = -errno;
	}
	while (count)
		close(fd[--count]);
	if (err)
		message_error("cannot open the %d descriptors that the programs and their maps need: %s", needed,
			      reason_of(err).text);
	return err;
}

static int open_and_load(struct programs *programs, const struct synscope_config *config, unsigned int wanted,
			 const struct sharing *sharing, char *log)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_buf = log, .kernel_log_size = LOG_SIZE);
	int err;

	libbpf_log_begin();
	programs->skeleton = synscope_bpf__open_opts(&options);
	if (!programs->skeleton) {
		err = errno < LIBBPF_ERRNO_FIRST
			      ? -errno
			      : -ENOMEM; /* the embedded object is valid, so only memory can be missing */
		message_error("cannot open the embedded BPF object: %s", reason_of(err).text);
		return err;
	}
	err = check_descriptors(programs, wanted);
	if (!err)
		err = prepare(programs, config, wanted, sharing);
	if (err)
		return err;
	err = synscope_bpf__load(programs->skeleton);
	if (err) {
		libbpf_log_verifier(log);
		explain(programs, log, err);
	}
	return err;
}

static int load(const struct sharing *sharing, const struct synscope_config *config, unsigned int wanted,
		struct programs **programs)
{
	char *log = array_new(1, LOG_SIZE, "the programs");
	int err = -ENOMEM;

	*programs = array_new(1, sizeof(**programs), "the programs");
	if (log && *programs)
		err = open_and_load(*programs, config, wanted, sharing, log);
	free(log);
	if (err) {
		programs_close(*programs);
		*programs = NULL;
	}
	return err;
}

int programs_load(const struct synscope_config *config, unsigned int wanted, const char *entry,
		  struct programs **programs)
{
	return load(&(struct sharing){ .entry = entry }, config, wanted, programs);
}

int programs_load_beside(const struct programs *other, const struct synscope_config *config, unsigned int wanted,
			 struct programs **programs)
{
	return load(&(struct sharing){ .other = other }, config, wanted, programs);
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

__u32 *programs_wire_length(const struct programs *programs)
{
	return &programs->skeleton->bss->wire_length;
}

__u32 *programs_untimed(const struct programs *programs)
{
	return &programs->skeleton->bss->untimed;
}

int programs_freeze(const struct programs *programs)
{
	static const char *const written[] = { "meta", "reader_rings", "reader_slots" }; /* commands write to it, too */
	struct bpf_map *map;

	bpf_object__for_each_map(map, programs->skeleton->obj) {
		bool frozen = !bpf_map__is_internal(map);

		for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
			frozen = frozen && strcmp(bpf_map__name(map), written[i]);
		if (frozen && bpf_map_freeze(bpf_map__fd(map))) {
			int err = -errno;

			message_error("cannot freeze the map '%s': %s", bpf_map__name(map), reason_of(err).text);
			return err;
		}
	}
	return 0;
}

static int pin_maps(const struct programs *programs, const char *entry)
{
	struct bpf_map *map;
	int err;

	bpf_object__for_each_map(map, programs->skeleton->obj) {
		if (bpf_map__is_internal(map))
			continue;
		err = pin_object(bpf_map__fd(map), entry, bpf_map__name(map));
		if (err && err != -EEXIST) {
			message_error("cannot pin the map '%s': %s", bpf_map__name(map), reason_of(err).text);
			return err;
		}
	}
	return 0;
}

static int pin_program(const struct programs *programs, enum program program, const char *entry)
{
	const char *name = bpf_program__name(program_of(programs, program));
	int err;

	pin_unlink(entry, name);
	err = pin_object(programs_fd(programs, program), entry, name);
	if (err)
		message_error("cannot pin the program '%s': %s", name, reason_of(err).text);
	return err;
}

int programs_pin(const struct programs *programs, const char *entry)
{
	int err = pin_maps(programs, entry);

	if (!err)
		err = pin_program(programs, PROGRAM_SWEEP, entry);
	return err ? err : pin_program(programs, PROGRAM_FLUSH, entry);
}
