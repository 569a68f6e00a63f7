// SPDX-License-Identifier: GPL-2.0-only
#include "frames.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define ETHERNET_HEADER 14
#define IPV6_HEADER 40
#define TC_MAX 3500 /* the skb of a test run is one page */

void check_only_counter(const struct harness *harness, enum synscope_counter counter, const char *what)
{
	__u64 values[COUNTER_COUNT];

	harness_counters(harness, values);
	for (int i = COUNTER_NON_IP; i < COUNTER_OF_ANOMALY(ANOMALY_COUNT); i++)
		ck_assert_msg(values[i] == (i == (int)counter),
			      "%s: counter %d (enum synscope_counter) is %llu, not %d", what, i, values[i],
			      i == (int)counter);
}

struct flow_view only_flow(struct harness *harness)
{
	struct flow_record record;

	ck_assert_uint_eq(harness_flows(harness, &record, 1), 1);
	return harness_view(harness, &record);
}

/* The ids of the tags are kept, shims are not. */
static void check_tags(const struct flow_view *view, const struct packet *packet, const char *what)
{
	int tags = 0;

	for (int i = 0; i < packet->tags; i++) {
		if (packet->tag[i].tpid == TPID_CISCO_METADATA || packet->tag[i].tpid == TPID_E_TAG)
			continue;
		ck_assert_msg(view->vlan[tags] == packet->tag[i].id, "%s: tag %d is %d, expected %d", what, tags,
			      view->vlan[tags], packet->tag[i].id);
		tags++;
	}
	ck_assert_msg(view->vlans == tags, "%s: %d tags, expected %d", what, view->vlans, tags);
}

/* Of a first fragment the end of the data is not known (rule 25). */
static __u32 known_payload(const struct packet *packet)
{
	bool more = packet->fragment & 0x2000;

	for (int i = 0; i < packet->extensions; i++)
		more |= packet->extension[i].type == IPPROTO_FRAGMENT && packet->extension[i].fragment & 1;
	return more ? 0 : packet->payload;
}

static void check_taken(struct harness *harness, const struct packet *packet, const char *what)
{
	struct flow_record record;
	struct flow_view view;

	ck_assert_msg(harness_flows(harness, &record, 1) == 1, "%s: no flow", what);
	view = harness_view(harness, &record);
	ck_assert_msg(view.side[SIDE_CLIENT].packets == 1, "%s: %llu packets", what, view.side[SIDE_CLIENT].packets);
	ck_assert_msg(view.side[SIDE_CLIENT].bytes == packet_ip_bytes(packet), "%s: %llu bytes, expected %u", what,
		      view.side[SIDE_CLIENT].bytes, packet_ip_bytes(packet));
	ck_assert_msg(view.side[SIDE_CLIENT].payload_bytes == known_payload(packet), "%s: payload of %llu, expected %u",
		      what, view.side[SIDE_CLIENT].payload_bytes, known_payload(packet));
	check_tags(&view, packet, what);
	ck_assert_msg((ntohl(view.side[SIDE_SERVER].ip.word[packet->ipv6 ? 3 : 0]) & 0xffff) == packet->to.host,
		      "%s: the server is another", what);
}

/* Minimum sizes for BPF_PROG_TEST_RUN; for tc, the kernel reads the IP header itself. */
static bool can_run(enum entry entry, bool no_link, size_t size)
{
	if (entry == ENTRY_XDP)
		return size >= ETHERNET_HEADER;
	return size > (no_link ? ETHERNET_HEADER : ETHERNET_HEADER + IPV6_HEADER - 1) && size < TC_MAX;
}

static void check_one_way(struct harness *harness, const struct frame_case *frame, enum entry entry, bool no_link)
{
	struct packet packet = frame->packet;
	char what[200];
	__u8 *bytes = malloc(FRAME_SIZE);
	size_t size;

	packet.no_link = no_link;
	size = packet_build(&packet, bytes);
	snprintf(what, sizeof(what), "%s, %s%s, %zu bytes", frame->name, entry == ENTRY_TC ? "tc" : "XDP",
		 no_link ? " without link header" : "", size);
	if (can_run(entry, no_link, size)) {
		harness_reset(harness);
		harness_frame(harness, entry, no_link, bytes, size, 0);
		check_only_counter(harness, frame->refused, what);
		if (frame->refused == TAKEN)
			check_taken(harness, &packet, what);
		else
			ck_assert_msg(harness_flows(harness, NULL, 0) == 0, "%s: created a flow", what);
	}
	free(bytes);
}

void check_frame(struct harness *harness, const struct frame_case *frame)
{
	for (int tc = 0; tc < 2; tc++) {
		if (!frame->packet.tags && !frame->packet.ethertype)
			check_one_way(harness, frame, tc ? ENTRY_TC : ENTRY_XDP, true);
		check_one_way(harness, frame, tc ? ENTRY_TC : ENTRY_XDP, false);
	}
}
