// SPDX-License-Identifier: GPL-2.0-only
/*
 * capture_maker [-f pcap|pcap-ns|pcapng] [-s] [-l LINK-TYPE-NUMBER] [-n SNAP-LENGTH] [-c CONNECTIONS]: write a capture
 * to stdout. Its segments are read from stdin, one per line:
 *
 *   SECONDS HOST:PORT HOST:PORT FLAGS SEQ ACK PAYLOAD-BYTES
 *
 * With -c there are that many whole connections of ten segments each instead, many of them at a time. -s: in the other
 * byte order. -i: the name of the interface, of pcapng. Host N is 10.0.0.N, or 2001:db8::N if the line begins with a 6
 * and a space.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/wrap.h"
#include "../../unit/capture_writer.h"
#include "flow/tunnel.h"

#define NS_PER_S 1000000000ULL
#define START_S 1700000000ULL

static int usage(void)
{
	fprintf(stderr, "usage: capture_maker [-f pcap|pcap-ns|pcapng] [-s] [-l LINK] [-i IFNAME] [-n SNAP] [-c "
			"CONNECTIONS]\n");
	return EXIT_FAILURE;
}

static bool read_format(const char *name, enum capture_format *format)
{
	static const char *const names[FORMAT_COUNT] = {
		[FORMAT_PCAP] = "pcap", [FORMAT_PCAP_NS] = "pcap-ns", [FORMAT_PCAPNG] = "pcapng"
	};

	for (*format = 0; *format < FORMAT_COUNT; ++*format)
		if (!strcmp(names[*format], name))
			return true;
	return false;
}

/* Returns what is behind the tunnel at the beginning of a line; *wrap keeps the kind 0 if there is none. */
static const char *read_tunnel(const char *line, struct wrap *wrap)
{
	for (enum tunnel_kind kind = TUNNEL_NONE + 1; kind < TUNNEL_KINDS; kind++) {
		size_t length = strlen(tunnel_kind_name(kind));
		char *end;

		if (strncmp(line, tunnel_kind_name(kind), length) != 0 || line[length] != ':')
			continue;
		*wrap = (struct wrap){ .kind = kind, .id = strtoul(line + length + 1, &end, 10) };
		return end + (*end == ' ');
	}
	return line;
}

static void write_packet(struct capture_writer *writer, __u64 time_ns, const struct packet *packet,
			 const struct wrap *wrap)
{
	static __u8 frame[FRAME_SIZE];

	if (wrap->kind)
		writer_frame(writer, time_ns, frame, wrap_build(packet, wrap, 1, frame));
	else
		writer_packet(writer, time_ns, packet);
}

static bool write_line(struct capture_writer *writer, const char *line)
{
	unsigned long long seconds;
	unsigned int from, from_port, to, to_port, seq, ack, payload;
	char fraction[10] = "", flags[16];
	struct packet packet = { .window = 65535 };
	struct wrap wrap = { .kind = TUNNEL_NONE };

	line = read_tunnel(line, &wrap);
	if (!strncmp(line, "6 ", 2)) {
		packet.ipv6 = true;
		line += 2;
	}
	if (sscanf(line, "%llu.%9s %u:%u %u:%u %15s %u %u %u", &seconds, fraction, &from, &from_port, &to, &to_port,
		   flags, &seq, &ack, &payload) != 10)
		return false;
	memset(fraction + strlen(fraction), '0', 9 - strlen(fraction));
	packet.from = (struct endpoint){ from, (__u16)from_port };
	packet.to = (struct endpoint){ to, (__u16)to_port };
	packet.flags = packet_flags(flags);
	packet.seq = seq;
	packet.ack = ack;
	packet.payload = payload;
	write_packet(writer, (START_S + seconds) * NS_PER_S + strtoull(fraction, NULL, 10), &packet, &wrap);
	return true;
}

static int write_lines(struct capture_writer *writer)
{
	char line[256];

	while (fgets(line, sizeof(line), stdin)) {
		if (*line == '#' || *line == '\n' || write_line(writer, line))
			continue;
		fprintf(stderr, "capture_maker: cannot parse the line: %s", line);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct capture_writer writer = { .file = stdout, .link = LINK_ETHERNET };
	unsigned int connections = 0;
	int option, status = EXIT_SUCCESS;

	while ((option = getopt(argc, argv, "f:sl:i:n:c:")) != -1) {
		switch (option) {
		case 'f':
			if (!read_format(optarg, &writer.format))
				return usage();
			break;
		case 's':
			writer.swapped = true;
			break;
		case 'l':
			writer.link = strtoul(optarg, NULL, 10);
			break;
		case 'i':
			writer.ifname = optarg;
			break;
		case 'n':
			writer.snap_length = strtoul(optarg, NULL, 10);
			break;
		case 'c':
			connections = strtoul(optarg, NULL, 10);
			break;
		default:
			return usage();
		}
	}
	writer_begin(&writer);
	if (connections)
		writer_connections(&writer, START_S * NS_PER_S, connections);
	else
		status = write_lines(&writer);
	return fflush(stdout) ? EXIT_FAILURE : status;
}
