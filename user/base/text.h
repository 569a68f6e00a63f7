/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values as text. Every put_* writes at `p` without a terminating NUL and returns the end of what it wrote; the
 * caller provides the room, whose upper bound is the *_ROOM constant. Hand-written, because a listing of a million
 * flows is nothing but this.
 */
#ifndef SYNSCOPE_BASE_TEXT_H
#define SYNSCOPE_BASE_TEXT_H

#include <stdbool.h>

#include <linux/types.h>

#define U64_SIZE 20
#define IP_SIZE 45
#define ENDPOINT_SIZE (IP_SIZE + 2 + 1 + 5)
#define FLOW_ID_SIZE (2 * ENDPOINT_SIZE + 1)
#define TIME_SIZE 40
#define SHORT_SIZE 24

/* An address or an endpoint of a flow: IPv4 in the first word, or IPv6; network order. */
struct ip_address {
	__u32 word[4];
	bool ipv6;
};

char *put_u64(char *p, __u64 value);

/* 10.0.0.1, or 2001:db8::1 as in RFC 5952. */
char *put_ip(char *p, const struct ip_address *address);

/* ADDRESS:PORT, an IPv6 address in brackets. `port` in host order. */
char *put_endpoint(char *p, const struct ip_address *address, __u16 port);

/* 2026-11-20T09:22:00.123456789Z; `wall_ns`: since 1970, UTC. */
char *put_time(char *p, __u64 wall_ns);

/* Three digits and a unit: 850ns, 12.3µs, 10.1ms, 1.25s; from 100 s on 2m05s, 3h12m, 5d03h. */
char *put_latency(char *p, __u64 ns);

/* A duration in one unit: 0s, 45s, 2m, 3h, 5d. */
char *put_age(char *p, __u64 ns);

/* At most four digits and a suffix: 999, 12.3K, 4.5M, by powers of `base` (1000 or 1024). */
char *put_short(char *p, __u64 value, unsigned int base);

/* The same for bytes of memory: 460 B, 48.0 MiB. */
char *put_size(char *p, __u64 bytes);

/* Read a number that consists of digits and is at most `most`. False, with nothing stored, for any other text. */
bool parse_number(const char *text, __u64 most, __u64 *number);

#endif
