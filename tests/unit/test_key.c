// SPDX-License-Identifier: GPL-2.0-only
/* bpf/packet/key.h on the host: the flow that a segment belongs to, and the flow's place in the table. */
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* clang's pragma, in the header */
#include <linux/bpf.h>
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"
#include "bpf/packet/key.h"

#define BUCKETS 1024
#define FLOWS 100000

static struct synscope_config config_of(__u32 seed)
{
	struct synscope_config config = { .buckets = BUCKETS };

	srand(seed);
	for (int i = 0; i < HASH_KEY_WORDS; i++)
		config.hash_key[i] = (__u32)rand() << 16 ^ (__u32)rand();
	return config;
}

/* The number is word 3 of an IPv6 address, word 0 of an IPv4 address. */
static struct segment segment_of(bool ipv6, __u32 from, __u16 from_port, __u32 to, __u16 to_port)
{
	struct segment seg = { .ipv6 = ipv6, .port = { htons(from_port), htons(to_port) } };

	if (ipv6) {
		seg.addr[0][0] = seg.addr[1][0] = htonl(0x20010db8);
		seg.addr[0][3] = htonl(from);
		seg.addr[1][3] = htonl(to);
	} else {
		seg.addr[0][0] = htonl(from);
		seg.addr[1][0] = htonl(to);
	}
	return seg;
}

static bool same_flow(const struct segment *a, const struct segment *b)
{
	return a->tag == b->tag && a->id[0] == b->id[0] && a->id[1] == b->id[1] && a->port[0] == b->port[0] &&
	       a->port[1] == b->port[1] && a->bucket[0] == b->bucket[0] && a->bucket[1] == b->bucket[1] &&
	       a->home == b->home && !memcmp(a->addr, b->addr, sizeof(a->addr));
}

/* Both directions have the same key, and different direction bits. */
START_TEST(both_directions)
{
	struct synscope_config config = config_of(1);

	for (int i = 0; i < 2000; i++) {
		__u32 a = rand(), b = rand();
		__u16 port_a = rand(), port_b = rand();
		struct segment there = segment_of(_i, a, port_a, b, port_b),
			       back = segment_of(_i, b, port_b, a, port_a);
		struct segment sent = there;

		set_key(&there, &config);
		set_key(&back, &config);
		ck_assert(same_flow(&there, &back));
		ck_assert_int_ne(there.dir, back.dir);
		ck_assert_uint_eq(there.port[there.dir], sent.port[0]);
		ck_assert(!memcmp(there.addr[there.dir], sent.addr[0], sizeof(sent.addr[0])));
		ck_assert(!memcmp(there.addr[!there.dir], sent.addr[1], sizeof(sent.addr[1])));
		ck_assert_uint_lt(there.bucket[0], BUCKETS);
		ck_assert_uint_lt(there.bucket[1], BUCKETS);
		ck_assert_uint_lt(there.home, FLOW_SLOTS_PER_BUCKET);
		ck_assert((there.tag & (TAG_LIVE | TAG_BUSY)) == TAG_LIVE);
		ck_assert_int_eq(!!(there.tag & TAG_DIGEST), _i);
	}
}
END_TEST

/* The order of the endpoints depends on the pair of address and port as a whole. */
START_TEST(pairs_are_kept_together)
{
	struct synscope_config config = config_of(2);
	struct segment a = segment_of(_i, 1, 1000, 2, 2000), b = segment_of(_i, 1, 2000, 2, 1000);
	struct segment same_host = segment_of(_i, 7, 9, 7, 8), back = segment_of(_i, 7, 8, 7, 9);

	set_key(&a, &config);
	set_key(&b, &config);
	ck_assert(!same_flow(&a, &b));
	ck_assert_uint_eq(a.dir, b.dir);
	set_key(&same_host, &config);
	set_key(&back, &config);
	ck_assert(same_flow(&same_host, &back));
	ck_assert_int_ne(same_host.dir, back.dir);
}
END_TEST

/* Every word of an IPv6 address counts. */
START_TEST(every_word_counts)
{
	struct synscope_config config = config_of(3);
	struct segment plain = segment_of(true, 1, 2, 3, 4);

	set_key(&plain, &config);
	for (int bit = 0; bit < 256; bit++) {
		struct segment other = segment_of(true, 1, 2, 3, 4);

		other.addr[bit / 128][bit / 32 % 4] ^= 1U << bit % 32;
		set_key(&other, &config);
		ck_assert_msg(other.id[0] != plain.id[0] || other.id[1] != plain.id[1], "bit %d does not count", bit);
	}
}
END_TEST

/* The VLAN tags belong to the key only if the configuration says so. */
START_TEST(vlan)
{
	struct synscope_config config = config_of(4);
	struct segment none = segment_of(_i, 1, 2, 3, 4), tagged = none, other = none, deeper = none;

	tagged.vlans = other.vlans = 1;
	deeper.vlans = 2;
	tagged.vlan[0] = deeper.vlan[0] = 100;
	other.vlan[0] = 200;
	for (config.key_vlan = 0; config.key_vlan < 2; config.key_vlan++) {
		struct segment all[4] = { none, tagged, other, deeper };

		for (int i = 0; i < 4; i++)
			set_key(&all[i], &config);
		for (int i = 1; i < 4; i++)
			ck_assert_int_eq(same_flow(&all[0], &all[i]), !config.key_vlan);
		ck_assert_int_eq(same_flow(&all[1], &all[2]), !config.key_vlan);
		ck_assert_int_eq(same_flow(&all[1], &all[3]), !config.key_vlan);
	}
}
END_TEST

/* Consecutive numbers, as in real networks and in floods. */
static struct segment ordered(bool ipv6, int kind, __u32 i)
{
	switch (kind) {
	case 0:
		return segment_of(ipv6, 0x0a000001, i % 65536, 0x0a000002 + i / 65536, 443);
	case 1:
		return segment_of(ipv6, 0x0a000000 + i, 40000, 0xc0a80001, 80);
	default:
		return segment_of(ipv6, 0x0a000000 + (i << 8), 1024 + i % 97, 0xc0a80001 + (i << 16), 80);
	}
}

/*
 * With an even distribution of 100000 flows over 1024 buckets, hardly one bucket in a million has more than 160 or less
 * than 40.
 */
START_TEST(spread)
{
	struct synscope_config config = config_of(_i);
	int load[2][BUCKETS] = { 0 }, home[FLOW_SLOTS_PER_BUCKET] = { 0 }, twins = 0;

	for (__u32 i = 0; i < FLOWS; i++) {
		struct segment seg = ordered(_i & 1, _i / 2, i);

		set_key(&seg, &config);
		load[0][seg.bucket[0]]++;
		load[1][seg.bucket[1]]++;
		home[seg.home]++;
		twins += seg.bucket[0] == seg.bucket[1];
	}
	for (int i = 0; i < 2 * BUCKETS; i++) {
		ck_assert_int_lt(load[i / BUCKETS][i % BUCKETS], 160);
		ck_assert_int_gt(load[i / BUCKETS][i % BUCKETS], 40);
	}
	for (int i = 0; i < FLOW_SLOTS_PER_BUCKET; i++)
		ck_assert_int_lt(abs(home[i] - FLOWS / FLOW_SLOTS_PER_BUCKET), 1000);
	ck_assert_int_lt(twins, 2 * FLOWS / BUCKETS); /* the second bucket is another one for nearly every flow */
}
END_TEST

/* Without the key nobody can predict where a flow goes. */
START_TEST(another_key_another_place)
{
	struct synscope_config one = config_of(5), two = config_of(6);
	int same = 0;

	for (__u32 i = 0; i < 1000; i++) {
		struct segment a = ordered(_i, 0, i), b = a;

		set_key(&a, &one);
		set_key(&b, &two);
		same += a.bucket[0] == b.bucket[0];
	}
	ck_assert_int_lt(same, 20);
}
END_TEST

/* ---- keys chosen by an attacker ---- */

#define LOAD 4 /* flows in a bucket: half of its slots, as in a table at its rated load */
#define SEEDS 20

/*
 * How unevenly flows are distributed: the chi-square of the loads of all buckets, divided by its expectation for a
 * random choice. A random choice gives 1 with a standard deviation of 0.044; more than 1.5 is not chance.
 */
static double unevenness(const struct segment *flows, const struct synscope_config *config, int which)
{
	int load[BUCKETS] = { 0 };
	double sum = 0;

	for (int i = 0; i < LOAD * BUCKETS; i++) {
		struct segment seg = flows[i];

		set_key(&seg, config);
		load[seg.bucket[which]]++;
	}
	for (int i = 0; i < BUCKETS; i++)
		sum += (load[i] - LOAD) * (load[i] - LOAD);
	return sum / LOAD / BUCKETS;
}

/* Keys that an attacker can choose without the seed: neighbours, equal low or high bits, one varying part. */
static struct segment chosen(bool ipv6, int kind, __u32 i)
{
	switch (kind) {
	case 0:
		return segment_of(ipv6, 0x0a000000 + i, 40000, 0xc0a80001, 80); /* consecutive addresses */
	case 1:
		return segment_of(ipv6, (i << 20) | 1, 40000 + (i >> 12), 0xc0a80001, 80); /* equal low bits */
	case 2:
		return segment_of(ipv6, 0x0a000001, (__u16)(1024 + i), 0xc0a80001, 80); /* the client's port */
	case 3:
		return segment_of(ipv6, 0x0a000001, 1024 + i % 64, 0xc0a80001, 1 + i / 64); /* both ports */
	default:
		return segment_of(ipv6, 0x0a000000 + i, 40000, 0xc0a80001 - i, 80); /* a constant sum */
	}
}

#define CHOSEN 5

START_TEST(chosen_keys_spread)
{
	static struct segment flows[LOAD * BUCKETS];

	for (__u32 i = 0; i < LOAD * BUCKETS; i++)
		flows[i] = chosen(_i & 1, _i / 2, i);
	for (int seed = 0; seed < SEEDS; seed++) {
		struct synscope_config config = config_of(seed + 100);

		for (int which = 0; which < 2; which++)
			ck_assert_double_lt(unevenness(flows, &config, which), 1.5);
	}
}
END_TEST

/* Keys that all fall into one bucket under one seed are spread evenly under another one. */
START_TEST(collisions_are_of_one_seed)
{
	static struct segment flows[LOAD * BUCKETS];
	struct synscope_config known = config_of(7);
	__u32 tried = 0;

	for (int found = 0; found < LOAD * BUCKETS; tried++) {
		struct segment seg = segment_of(_i, 0x0a000000 + tried, 40000, 0xc0a80001, 80), keyed = seg;

		set_key(&keyed, &known);
		if (keyed.bucket[0] == 0)
			flows[found++] = seg;
	}
	ck_assert_double_gt(unevenness(flows, &known, 0), BUCKETS); /* as uneven as possible */
	for (int seed = 0; seed < SEEDS; seed++) {
		struct synscope_config other = config_of(seed + 200);

		for (int which = 0; which < 2; which++)
			ck_assert_double_lt(unevenness(flows, &other, which), 1.5);
	}
}
END_TEST

Suite *key_suite(void)
{
	Suite *suite = suite_create("key");
	TCase *tcase = tcase_create("key");

	tcase_add_loop_test(tcase, both_directions, 0, 2);
	tcase_add_loop_test(tcase, pairs_are_kept_together, 0, 2);
	tcase_add_test(tcase, every_word_counts);
	tcase_add_loop_test(tcase, vlan, 0, 2);
	tcase_add_loop_test(tcase, spread, 0, 6);
	tcase_add_loop_test(tcase, another_key_another_place, 0, 2);
	tcase_add_loop_test(tcase, chosen_keys_spread, 0, 2 * CHOSEN);
	tcase_add_loop_test(tcase, collisions_are_of_one_seed, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
