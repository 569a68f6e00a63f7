// SPDX-License-Identifier: GPL-2.0-only
#include "programs.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helpers.h"
#include "bpf/synscope.bpf.c" /* NOLINT(bugprone-suspicious-include): its maps have types without names */

/* `config` is constant: the kernel has frozen it before it loads the programs, so its pages are read-only. */
static void make_writable(void)
{
	uintptr_t page = sysconf(_SC_PAGESIZE), first = (uintptr_t)&config / page * page;
	uintptr_t end = (uintptr_t)&config + sizeof(config);

	if (mprotect((void *)first, end - first, PROT_READ | PROT_WRITE)) {
		perror("cannot configure the programs");
		abort();
	}
}

void programs_use(const struct host *host)
{
	static _Bool writable;
	void *to = (void *)(uintptr_t)&config;

	if (!writable)
		make_writable();
	writable = 1;
	barrier_var(to); /* the variable is a constant, so the compiler would drop the write */
	__builtin_memcpy(to, &host->config, sizeof(config));
	clock_ns = host->clock_ns;
}

void *programs_value(struct host *host, const void *map, __u32 index)
{
	static __u64 ring;

	if (map == &hot)
		return index < host->config.buckets ? &host->hot[index] : NULL;
	if (map == &fingerprints)
		return index < host->config.buckets ? &host->fingerprints[index] : NULL;
	if (map == &cold)
		return index < host_slots(host) ? &host->cold[index] : NULL;
	if (map == &counters)
		return index == 0 ? host->counters : NULL;
	if (map == &reader_slots)
		return index == 0 ? host->place : NULL;
	if (map == &latencies)
		return index < SERVER_PORT_INDEXES ? &host->latencies[index] : NULL;
	if (map == &server_ports)
		return index == 0 ? host->ports : NULL;
	if (map == &reader_rings)
		return index < EVENT_READERS ? &ring : NULL;
	fprintf(stderr, "the programs have a map that tests/fuzz/programs.c does not handle\n");
	abort();
}
