// SPDX-License-Identifier: GPL-2.0-only
/*
 * export_maker DEST COUNT: export that many records, as `synscope export` would, of flows that differ in their ports
 * and addresses; the client of number N, from 1, sent N bytes. Goes no faster than the collector at the port of a DEST
 * on this host takes them out of its socket, or than a server of HTTP acknowledges them, so that none is lost on the
 * way. Prints how many were sent, and fails unless that is all of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/destination.h"
#include "tests/unit/made_record.h"

#define AT_ONCE 512
#define HTTP_AT_ONCE 32768
#define STEP_US 200

/* Do bytes wait in a UDP socket of this network namespace that is bound to the port? */
static bool is_behind(const char *table, unsigned int port)
{
	unsigned int local, waiting;
	bool behind = false;
	char line[256];
	FILE *file = fopen(table, "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %*x %*x:%x", &local, &waiting) == 2)
			behind |= local == port && waiting;
	if (file)
		fclose(file);
	return behind;
}

static void wait_for(struct destination *destination, size_t waiting)
{
	unsigned int port = (unsigned int)atoi(destination->address.port);
	struct destination_counts counts;

	do {
		usleep(STEP_US);
		destination_counts(destination, &counts);
	} while (counts.waiting > waiting ||
		 (port && (is_behind("/proc/net/udp", port) || is_behind("/proc/net/udp6", port))));
}

int main(int argc, char **argv)
{
	const struct flow_clock clock = flow_clock_now();
	struct destination_options options = { 0 };
	struct destination destination;
	struct destination_counts counts;
	struct address address;
	__u32 at_once;
	bool http;
	__u64 count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	if (!count || address_parse(argv[1], &address)) {
		fprintf(stderr, "usage: export_maker DEST COUNT\n");
		return 2;
	}
	http = address.kind == ADDRESS_HTTP;
	at_once = http ? HTTP_AT_ONCE : AT_ONCE;
	options.queue_records = 2 * at_once;
	if (destination_open(&destination, &address, &options))
		return 1;
	for (__u64 n = 1; n <= count; n++) {
		struct export_record record = made_record((__u32)n, &clock);

		destination_put(&destination, &record);
		if (n % at_once == 0)
			wait_for(&destination, http ? at_once : 0);
	}
	wait_for(&destination, 0);
	destination_counts(&destination, &counts);
	destination_stop(&destination, monotonic_ns() + NS_PER_S);
	destination_close(&destination);
	printf("%llu records in %llu messages, %llu bytes\n", counts.records, counts.messages, counts.bytes);
	return counts.records == count ? 0 : 1;
}
