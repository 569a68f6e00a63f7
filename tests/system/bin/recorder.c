// SPDX-License-Identifier: GPL-2.0-only
/*
 * recorder IFNAME FILE: write the TCP segments that pass an interface of this network namespace into a capture file,
 * without buffering and with the kernel's timestamps, until SIGTERM. Prints "ready" once it records.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#define SNAPLEN 128
#define BUFFER (16 << 20) /* bytes */

struct recording {
	pcap_t *from;
	pcap_dumper_t *to;
};

static void record(unsigned char *context, const struct pcap_pkthdr *header, const unsigned char *bytes)
{
	struct recording *recording = (void *)context;

	pcap_dump((void *)recording->to, header, bytes);
	pcap_dump_flush(recording->to);
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "recorder: %s: %s\n", what, why);
	return EXIT_FAILURE;
}

static int set_up(pcap_t *pcap)
{
	struct bpf_program filter;

	if (pcap_set_snaplen(pcap, SNAPLEN) || pcap_set_immediate_mode(pcap, 1) || pcap_set_buffer_size(pcap, BUFFER) ||
	    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO) || pcap_activate(pcap) ||
	    pcap_compile(pcap, &filter, "tcp", 1, PCAP_NETMASK_UNKNOWN))
		return -1;
	return pcap_setfilter(pcap, &filter);
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct recording recording = { 0 };

	if (argc != 3)
		return fail("usage", "recorder IFNAME FILE");
	recording.from = pcap_create(argv[1], why);
	if (!recording.from)
		return fail(argv[1], why);
	if (set_up(recording.from))
		return fail(argv[1], pcap_geterr(recording.from));
	recording.to = pcap_dump_open(recording.from, argv[2]);
	if (!recording.to)
		return fail(argv[2], pcap_geterr(recording.from));
	pcap_dump_flush(recording.to);
	puts("ready");
	fflush(stdout);
	pcap_loop(recording.from, -1, record, (void *)&recording);
	return fail(argv[1], pcap_geterr(recording.from));
}
