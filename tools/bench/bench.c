// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench: measures what synscope costs, compared with other trackers.
 *
 *   bench [GROUP...]
 *
 * Environment: BENCH_ROUNDS (at least 5, default 7), BENCH_JSON (a file), BENCH_QUICK=1 (one round of small sizes, to
 * check that it works).
 */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "base/message.h"
#include "sandbox.h"

#define ROUNDS_DEFAULT 7
#define ROUNDS_MIN 5

static const struct {
	const char *name;
	int (*run)(struct bench *bench);
	const char *what; /* what is measured */
} groups[] = {
	{ "established", group_established,
	  "A packet of an established flow, by number of flows: one at a time, and pipelined (16 in a row).\n"
	  "Either side may have sent it; one_sided: data of the client only. What BPF_PROG_TEST_RUN and the\n"
	  "generator of packets take is in each figure, and shown alone (generator)." },
	{ "veth", group_veth,
	  "Real packets of 1M flows over veth: run_time_ns/run_cnt of the program alone, and millions of packets\n"
	  "a second (pps) of the whole path, of which the program is a part." },
	{ "syn", group_syn,
	  "A SYN from a new address on a table of 2M slots (1M flows), or of 256k, full of such. What test run and\n"
	  "generator take is in each figure." },
	{ "non_tcp", group_non_tcp, "A UDP packet. What BPF_PROG_TEST_RUN takes is in each figure." },
	{ "life", group_life,
	  "Connections a second, seven segments each, 1,024 or 16 at a time, and of 1,024 the time of each segment.\n"
	  "The tracker on a HASH map forgets a connection at its last ACK, the others keep it. What test run and\n"
	  "generator take is in each figure." },
	{ "watch", group_watch,
	  "With `synscope watch -o jsonl` attached, with `serve` and a viewer of all events, and without: a data\n"
	  "packet of 64k established flows, and whole connections a second, all of which they receive." },
	{ "export", group_export,
	  "A record of `synscope export` for each kind of destination: CPU time, and records a second as far as the\n"
	  "destination takes them (UDP is paced). The baseline is a line of `synscope watch -o jsonl >/dev/null`.\n"
	  "Making the record (watch: the event), which is the same for all, is in each figure." },
	{ "history", group_history,
	  "A flow written into a history of `synscope export sqlite:FILE`, from an empty file to 300k flows: CPU\n"
	  "time, and flows a second. Then the time to find a few of them by an index: those of one client, and slow\n"
	  "handshakes of a port in the last hour." },
	{ "flood", group_flood,
	  "A flood of spoofed SYNs on a table of --max-flows 1M (2M slots); the baseline is the tracker on an\n"
	  "LRU_HASH map of as many. Lost: of 512k established flows, half of --max-flows, and of 1M (rated), half\n"
	  "of the slots, after 10M SYNs, counted once. Handshakes: of 1,000 a round with an RTT of 10 ms, the\n"
	  "table full of the flood, at 100,000 SYN/s on a clock set by the bench; ok is: open, exact latencies." },
	{ "dump", group_dump,
	  "All of 1M established flows, CPU time. Scan: the whole table read through mmap (scan_and_map: mapped for\n"
	  "it), against BPF_MAP_LOOKUP_BATCH of a HASH map; list: `synscope list -o jsonl` for each flow, against\n"
	  "`conntrack -L` for each entry, of as many as nf_conntrack_max allows; filter: the same list with a\n"
	  "filter that one flow in 4,096 matches." },
	{ "replay", group_replay,
	  "Packets of a capture of whole connections, ten segments each, that `synscope replay` takes in a second\n"
	  "of CPU time, from its start to its end; and the CPU time of a replay of ten packets. The baseline is\n"
	  "`replay --in-kernel`." },
	{ "cpus", group_cpus,
	  "A packet on either of two CPUs at once: 64k established flows on each, or one flow of which one CPU has\n"
	  "the client's data and the other the server's acknowledgements." },
	{ "occupancy", group_occupancy,
	  "Flows whose first bucket is the fullest of 262,144, of 1M with addresses and ports chosen without the\n"
	  "seed; against random addresses and ports. A new seed in each round." },
	{ "size", group_size,
	  "Instructions that the verifier walked, bytes after it and after the JIT, the deepest stack of one\n"
	  "function, the embedded object, memory for each of --max-flows; against the tracker on a HASH map." },
	{ "metrics", group_metrics,
	  "A scrape of `serve` with 257 server ports, CPU time and bytes: OpenMetrics with histograms of all ports,\n"
	  "and native histograms. The baseline is to read every count of every histogram once." },
	{ "serve", group_serve,
	  "`serve` on a table of 1M established flows. Its share of a processor while ten pages are open, beside\n"
	  "`synscope top` at the same time; its memory then, with all its processes; the longest of 50 delays of\n"
	  "an event on its way to a viewer, while ten pages and a collector of metrics ask, beside when none does." },
};

#define GROUPS (sizeof(groups) / sizeof(*groups))

static bool is_wanted(const char *name, char **wanted)
{
	if (!*wanted)
		return true;
	for (; *wanted; wanted++)
		if (!strcmp(*wanted, name))
			return true;
	return false;
}

/* Returns 0, or 2 if a group is unknown. */
static int check_names(char **wanted)
{
	for (; *wanted; wanted++) {
		size_t i = 0;

		while (i < GROUPS && strcmp(groups[i].name, *wanted))
			i++;
		if (i < GROUPS)
			continue;
		fprintf(stderr, "bench: no group '%s'; there are:", *wanted);
		for (i = 0; i < GROUPS; i++)
			fprintf(stderr, " %s", groups[i].name);
		fprintf(stderr, "\n");
		return 2;
	}
	return 0;
}

/* Returns -1 (logged) if the environment asks for an impossible number. */
static int rounds_wanted(bool quick)
{
	const char *text = getenv("BENCH_ROUNDS");
	char *end;
	long rounds = text ? strtol(text, &end, 10) : quick ? 1 : ROUNDS_DEFAULT;

	if (!text || (!*end && rounds >= ROUNDS_MIN && rounds <= ROUNDS_MAX))
		return (int)rounds;
	fprintf(stderr, "bench: BENCH_ROUNDS is %d to %d, not '%s'\n", ROUNDS_MIN, ROUNDS_MAX, text);
	return -1;
}

int main(int argc, char **argv)
{
	const char *quick = getenv("BENCH_QUICK");
	struct report report;
	struct bench bench = { .report = &report, .quick = quick && *quick && strcmp(quick, "0") != 0 };
	int err, status = check_names(argv + (argc > 0));

	if (status)
		return status;
	bench.rounds = rounds_wanted(bench.quick);
	if (bench.rounds < 0)
		return 2;
	libbpf_set_print(NULL);
	if (sandbox_enter() || report_open(&report, getenv("BENCH_JSON"), bench.rounds))
		return 1;
	for (size_t i = 0; i < GROUPS; i++) {
		if (!is_wanted(groups[i].name, argv + 1))
			continue;
		report_group(groups[i].name, groups[i].what);
		if (groups[i].run(&bench))
			status = 1;
	}
	err = report_close(&report);
	return err ? 1 : status;
}
