/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A wire with a length: forwards Ethernet frames between two interfaces and delays each of them, so that the demo and
 * the tests know the correct latencies. It uses AF_PACKET, and so works on any kernel and between any two interfaces.
 * It passes offload metadata on, so that veth's unfinished checksums and super-packets stay valid.
 *
 * Frames leave in the order in which they came, unless two segments are to be swapped. VLAN tags in metadata are not
 * restored. The wire can also lose TCP segments by their kind; segments that it has already read still arrive.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000.0
#define DELAY_MAX_MS 60000.0
#define QUEUE_FRAMES 8192 /* in each direction; further frames wait in the socket */
#define FRAME_MAX (sizeof(struct virtio_net_hdr) + ETH_HLEN + 65536)
#define SOCKET_BUFFER (32 << 20) /* bytes */
#define HELD_NS INT64_MAX /* the due time of a frame that is held until `deliver` */
#define EARLY_NS 100000 /* time to wake a sleeping processor: wake up that much earlier, then poll */
#define EXIT_USAGE 2

struct frame {
	int64_t due_ns; /* CLOCK_MONOTONIC */
	size_t length;
	unsigned char *bytes; /* a virtio_net_hdr and the frame */
};

/* The kind of a TCP segment, for the rules of loss: exactly one of these. */
enum segment_kind {
	KIND_SYN = 1 << 0,
	KIND_SYNACK = 1 << 1,
	KIND_FIN = 1 << 2,
	KIND_RST = 1 << 3,
	KIND_DATA = 1 << 4,
	KIND_ACK = 1 << 5, /* and no other flag */
	KIND_ANY = (1 << 6) - 1,
};

/* One direction of the wire: frames are read from one socket, kept, and written to the other. */
struct lane {
	int from, to;
	int64_t delay_ns;
	unsigned int lost; /* kinds of segments that are lost, KIND_* */
	bool holds; /* frames are held until they are delivered */
	bool swaps; /* the next two segments with data change places */
	struct frame *waiting; /* the first of these, held until the second one comes; NULL: neither has come */
	size_t head, count;
	struct frame queue[QUEUE_FRAMES];
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int fail(const char *what, const char *of)
{
	fprintf(stderr, "wire: %s %s: %s\n", what, of, strerror(errno));
	return -1;
}

static int enable(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Returns a socket that reads and writes the frames of one interface, or -1 (logged). */
static int open_interface(const char *ifname)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail("no packet socket for", ifname);
	address.sll_ifindex = (int)if_nametoindex(ifname);
	if (!address.sll_ifindex || enable(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) ||
	    enable(fd, SOL_PACKET, PACKET_VNET_HDR, 1) || enable(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) ||
	    enable(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER) ||
	    enable(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		fail("cannot forward on", ifname);
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * When the frame came, on CLOCK_MONOTONIC. The kernel's timestamp is wall-clock time, so the frame's age is subtracted
 * from the present time: the time that this process took to wake up is then not added to the delay.
 */
static int64_t arrival_ns(struct msghdr *message)
{
	int64_t now = now_ns(CLOCK_MONOTONIC);
	int64_t age = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct timespec stamp;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		age = now_ns(CLOCK_REALTIME) - (stamp.tv_sec * NS_PER_S + stamp.tv_nsec);
	}
	return age > 0 && age < NS_PER_S ? now - age : now;
}

static unsigned int segment_kind(const struct tcphdr *tcp, bool payload)
{
	if (tcp->syn)
		return tcp->ack ? KIND_SYNACK : KIND_SYN;
	if (tcp->rst)
		return KIND_RST;
	if (tcp->fin)
		return KIND_FIN;
	return payload ? KIND_DATA : KIND_ACK;
}

/* The kind of the segment in a socket's bytes, a virtio_net_hdr and a frame; 0 if it is not plain TCP over IP. */
static unsigned int kind_of(const unsigned char *bytes, size_t length)
{
	const struct ethhdr *ether = (const void *)(bytes + sizeof(struct virtio_net_hdr));
	const struct iphdr *ip = (const void *)(ether + 1);
	const struct ip6_hdr *ip6 = (const void *)ip;
	const size_t before = sizeof(struct virtio_net_hdr) + sizeof(*ether);
	const struct tcphdr *tcp;
	size_t headers, datagram;

	if (length < before + sizeof(*ip))
		return 0;
	if (ether->h_proto == htons(ETH_P_IP) && ip->protocol == IPPROTO_TCP) {
		headers = ip->ihl * 4U;
		datagram = ntohs(ip->tot_len);
	} else if (ether->h_proto == htons(ETH_P_IPV6) && ip6->ip6_nxt == IPPROTO_TCP) {
		headers = sizeof(*ip6);
		datagram = headers + ntohs(ip6->ip6_plen);
	} else {
		return 0;
	}
	if (length < before + headers + sizeof(*tcp))
		return 0;
	tcp = (const void *)(bytes + before + headers);
	return segment_kind(tcp, datagram > headers + tcp->doff * 4U);
}

/* A segment with data has come last, and two such are to change places. */
static void swap(struct lane *lane, struct frame *frame)
{
	struct frame first;

	if (!lane->waiting) {
		lane->waiting = frame;
		frame->due_ns = HELD_NS;
		return;
	}
	first = *lane->waiting;
	*lane->waiting = *frame;
	frame->bytes = first.bytes;
	frame->length = first.length;
	lane->waiting = NULL;
	lane->swaps = false;
}

/* Read the frames that have come, as far as there is room. */
static int lane_receive(struct lane *lane)
{
	static unsigned char bytes[FRAME_MAX];

	while (lane->count < QUEUE_FRAMES) {
		union {
			char room[CMSG_SPACE(sizeof(struct timespec))];
			struct cmsghdr align;
		} control;
		struct iovec vector = { bytes, sizeof(bytes) };
		struct msghdr message = {
			.msg_iov = &vector,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		struct frame *frame = &lane->queue[(lane->head + lane->count) % QUEUE_FRAMES];
		ssize_t length = recvmsg(lane->from, &message, 0);
		unsigned int kind;

		if (length < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : fail("cannot read from", "an interface");
		kind = kind_of(bytes, (size_t)length);
		if (kind & lane->lost)
			continue;
		frame->bytes = malloc((size_t)length);
		if (!frame->bytes)
			return fail("no memory for", "a frame");
		memcpy(frame->bytes, bytes, (size_t)length);
		frame->length = (size_t)length;
		frame->due_ns = lane->holds ? HELD_NS : arrival_ns(&message) + lane->delay_ns;
		lane->count++;
		if (lane->swaps && kind == KIND_DATA)
			swap(lane, frame);
	}
	return 0;
}

/* Send the frames that are due. A frame that the interface refuses is lost, as on any wire. */
static void lane_send(struct lane *lane, int64_t now)
{
	while (lane->count && lane->queue[lane->head].due_ns <= now) {
		struct frame *frame = &lane->queue[lane->head];

		if (write(lane->to, frame->bytes, frame->length) < 0 && errno != EAGAIN)
			fail("lost a frame:", "write");
		free(frame->bytes);
		lane->head = (lane->head + 1) % QUEUE_FRAMES;
		lane->count--;
	}
}

/* The time until the next frame is due, in *wait; NULL if no frame waits. */
static struct timespec *next_wait(const struct lane lanes[2], int64_t now, struct timespec *wait)
{
	int64_t due = HELD_NS;

	for (int i = 0; i < 2; i++)
		if (lanes[i].count && lanes[i].queue[lanes[i].head].due_ns < due)
			due = lanes[i].queue[lanes[i].head].due_ns;
	if (due == HELD_NS)
		return NULL;
	due = due - EARLY_NS > now ? due - EARLY_NS - now : 0;
	*wait = (struct timespec){ due / NS_PER_S, due % NS_PER_S };
	return wait;
}

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/* "D" or "D12,D21", in ms. */
static bool set_delays(const char *text, struct lane lanes[2])
{
	char *end;

	for (int i = 0; i < 2; i++) {
		double ms = strtod(text, &end);

		if (end == text || !(ms >= 0) || ms > DELAY_MAX_MS)
			return false;
		lanes[i].delay_ns = (int64_t)(ms * NS_PER_MS);
		if (!i)
			lanes[1].delay_ns = lanes[0].delay_ns;
		if (*end != ',' || i)
			break;
		text = end + 1;
	}
	return !*end;
}

/* Make all frames that are held due now. */
static void deliver(struct lane *lane)
{
	for (size_t i = 0; i < lane->count; i++) {
		struct frame *frame = &lane->queue[(lane->head + i) % QUEUE_FRAMES];

		if (frame->due_ns == HELD_NS)
			frame->due_ns = 0;
	}
}

/* Hold frames from now on, in the direction "12", "21" or "both"; with `delivers`, first send those that are held. */
static bool hold(const char *way, bool delivers, struct lane lanes[2])
{
	bool both = !strcmp(way, "both"), known = both;

	for (int i = 0; i < 2; i++) {
		if (!both && strcmp(way, i ? "21" : "12") != 0)
			continue;
		known = true;
		lanes[i].holds = true;
		if (delivers)
			deliver(&lanes[i]);
	}
	return known;
}

static bool pass(struct lane lanes[2])
{
	for (int i = 0; i < 2; i++) {
		lanes[i].lost = 0;
		lanes[i].holds = false;
		lanes[i].swaps = false;
		lanes[i].waiting = NULL;
		deliver(&lanes[i]);
	}
	return true;
}

static bool set_swap(const char *way, struct lane lanes[2])
{
	bool back = !strcmp(way, "21");

	lanes[back].swaps = back || !strcmp(way, "12");
	return lanes[back].swaps;
}

/* "12:KIND" or "21:KIND": from now on such segments are lost in that direction, besides the kinds that already are. */
static bool add_loss(const char *text, struct lane lanes[2])
{
	static const struct {
		const char *name;
		unsigned int kinds;
	} names[] = {
		{ "syn", KIND_SYN }, { "synack", KIND_SYNACK }, { "ack", KIND_ACK }, { "data", KIND_DATA },
		{ "fin", KIND_FIN }, { "rst", KIND_RST },	{ "any", KIND_ANY },
	};
	const int way = strncmp(text, "12:", 3) ? 1 : 0;

	if (way && strncmp(text, "21:", 3) != 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(text + 3, names[i].name)) {
			lanes[way].lost |= names[i].kinds;
			return true;
		}
	return false;
}

static bool run_command(const char *word, const char *argument, struct lane lanes[2])
{
	return !argument		   ? false
	       : !strcmp(word, "delay-ms") ? set_delays(argument, lanes)
	       : !strcmp(word, "drop")	   ? add_loss(argument, lanes)
	       : !strcmp(word, "hold")	   ? hold(argument, false, lanes)
	       : !strcmp(word, "deliver")  ? hold(argument, true, lanes)
	       : !strcmp(word, "swap")	   ? set_swap(argument, lanes)
					   : false;
}

static bool run_line(char *line, struct lane lanes[2])
{
	bool known = true;

	for (char *word = strtok(line, " "); word && known; word = strtok(NULL, " "))
		known = !strcmp(word, "pass") ? pass(lanes) : run_command(word, strtok(NULL, " "), lanes);
	return known;
}

/*
 * Commands in one line, which is written at once, take effect together: no frame is read between them. Frames that
 * came before a line are not affected by it. Returns -1 at the end.
 */
static int control(int fd, struct lane lanes[2])
{
	char lines[256];
	ssize_t length = read(fd, lines, sizeof(lines) - 1);
	char *rest;

	if (length <= 0)
		return -1;
	lines[length] = '\0';
	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		puts(run_line(line, lanes) ? "ok" : "err");
	fflush(stdout);
	return 0;
}

/* commands: the fd to read commands from, or -1. */
static int forward(struct lane lanes[2], int commands, const sigset_t *waiting_mask)
{
	while (!stopped) {
		struct pollfd ready[3] = {
			{ .fd = lanes[0].from, .events = lanes[0].count < QUEUE_FRAMES ? POLLIN : 0 },
			{ .fd = lanes[1].from, .events = lanes[1].count < QUEUE_FRAMES ? POLLIN : 0 },
			{ .fd = commands, .events = POLLIN },
		};
		struct timespec wait;

		if (ppoll(ready, 3, next_wait(lanes, now_ns(CLOCK_MONOTONIC), &wait), waiting_mask) < 0) {
			if (errno != EINTR)
				return fail("cannot wait for", "frames");
			continue;
		}
		for (int i = 0; i < 2; i++) {
			if (ready[i].revents && lane_receive(&lanes[i]))
				return -1;
			lane_send(&lanes[i], now_ns(CLOCK_MONOTONIC));
		}
		if (ready[2].revents && control(commands, lanes))
			commands = -1;
	}
	return 0;
}

/* SIGTERM and SIGINT end the program, but only while it waits: *waiting_mask is for ppoll. */
static void catch_signals(sigset_t *waiting_mask)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, waiting_mask);
	sigdelset(waiting_mask, SIGTERM);
	sigdelset(waiting_mask, SIGINT);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* Wake up on time, also on a busy machine. If the kernel refuses, only precision is lost. */
static void be_punctual(void)
{
	struct sched_param priority = { .sched_priority = 1 };

	prctl(PR_SET_TIMERSLACK, 1UL);
	sched_setscheduler(0, SCHED_FIFO, &priority);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: wire [--delay-ms D | --delay-ms D12,D21] [--drop WAY:KIND]... [--control] IF1 IF2\n"
		"Forwards frames between IF1 and IF2, each D ms late (D12 from IF1 to IF2, D21 back), and says\n"
		"\"ready\" on stdout. Ends on SIGTERM. Example: wire --delay-ms 5 veth1 veth2\n"
		"WAY is 12 or 21, KIND of the TCP segments that are lost there syn, synack, ack (nothing but an ACK),\n"
		"data, fin, rst or any. --control reads lines from stdin, of one command or more, and answers\n"
		"each line by \"ok\" or \"err\": delay-ms D, drop WAY:KIND, hold WAY|both (frames wait), deliver "
		"WAY|both\n"
		"(those that wait go on; the next ones wait), swap 12|21 (the next two segments with data change\n"
		"places), pass (nothing is lost, held or swapped any more).\n");
	return EXIT_USAGE;
}

/* Leaves optind at IF1. */
static bool parse_options(int argc, char **argv, struct lane lanes[2], int *commands)
{
	static const struct option options[] = {
		{ "delay-ms", required_argument, NULL, 'd' },
		{ "drop", required_argument, NULL, 'l' },
		{ "control", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'c')
			*commands = STDIN_FILENO;
		else if (option == '?' || !(option == 'd' ? set_delays(optarg, lanes) : add_loss(optarg, lanes)))
			return false;
	}
	return argc - optind == 2;
}

int main(int argc, char **argv)
{
	static struct lane lanes[2];
	sigset_t waiting_mask;
	int commands = -1;

	if (!parse_options(argc, argv, lanes, &commands))
		return usage();
	catch_signals(&waiting_mask);
	for (int i = 0; i < 2; i++) {
		lanes[i].from = open_interface(argv[optind + i]);
		if (lanes[i].from < 0)
			return EXIT_FAILURE;
	}
	lanes[0].to = lanes[1].from;
	lanes[1].to = lanes[0].from;
	be_punctual();
	puts("ready");
	fflush(stdout);
	return forward(lanes, commands, &waiting_mask) ? EXIT_FAILURE : EXIT_SUCCESS;
}
