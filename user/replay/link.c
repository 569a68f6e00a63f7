// SPDX-License-Identifier: GPL-2.0-only
#include "replay/link.h"

#include <byteswap.h>
#include <linux/if_ether.h>
#include <string.h>

/* Numbers that are registered with tcpdump.org, but for 12 and 14: what some systems' programs write for 101. */
enum link_type_number {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_PPP = 9,
	LINKTYPE_RAW_BSD = 12,
	LINKTYPE_RAW_OPENBSD = 14,
	LINKTYPE_PPP_SERIAL = 50,
	LINKTYPE_PPP_ETHER = 51,
	LINKTYPE_RAW = 101,
	LINKTYPE_C_HDLC = 104,
	LINKTYPE_IEEE802_11 = 105,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_IEEE802_11_RADIO = 127,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_NFLOG = 239,
	LINKTYPE_LINUX_SLL2 = 276,
};

static __u16 read_u16(const __u8 *bytes)
{
	return (__u16)(bytes[0] << 8 | bytes[1]);
}

/* A field in the byte order of the machine that captured. */
static __u16 read_host_u16(const __u8 *bytes, bool swapped)
{
	__u16 value;

	memcpy(&value, bytes, sizeof(value));
	return swapped ? bswap_16(value) : value;
}

/* The payload after a header of so many bytes. */
static bool after(const struct link_frame *frame, __u32 header, __u16 ethertype, struct link_payload *payload)
{
	*payload = (struct link_payload){ .offset = header, .ethertype = ethertype };
	return header <= frame->captured;
}

/* A frame that has no payload for IP. */
static bool nothing(struct link_payload *payload)
{
	*payload = (struct link_payload){ 0 };
	return true;
}

/* ---- BSD null and loop: an address family in either byte order. Each system has its own number for IPv6. */

static __u16 family_ethertype(const __u8 *header)
{
	__u8 family = header[0] ? header[0] : header[3];

	switch (family) {
	case 2:
		return ETH_P_IP;
	case 10:
	case 24:
	case 28:
	case 30:
		return ETH_P_IPV6;
	default:
		return 0;
	}
}

static bool find_in_null(const struct link_frame *frame, struct link_payload *payload)
{
	return frame->captured >= 4 && after(frame, 4, family_ethertype(frame->bytes), payload);
}

/* ---- Linux cooked capture */

static bool find_in_cooked(const struct link_frame *frame, struct link_payload *payload)
{
	return frame->captured >= 16 && after(frame, 16, read_u16(frame->bytes + 14), payload);
}

static bool find_in_cooked2(const struct link_frame *frame, struct link_payload *payload)
{
	return frame->captured >= 20 && after(frame, 20, read_u16(frame->bytes), payload);
}

/* ---- PPP (RFC 1661, 1662) and Cisco HDLC */

#define PPP_HDLC_ADDRESS 0xff
#define PPP_HDLC_CONTROL 0x03
#define CISCO_UNICAST 0x0f
#define CISCO_BROADCAST 0x8f
#define CISCO_HEADER 4
#define PPPOE_HEADER 6

static __u16 ppp_ethertype(__u16 protocol)
{
	switch (protocol) {
	case 0x0021:
		return ETH_P_IP;
	case 0x0057:
		return ETH_P_IPV6;
	case 0x0281:
		return ETH_P_MPLS_UC;
	default:
		return 0;
	}
}

/* The protocol field at `offset`, of one byte where its low bit says so (RFC 1661, 6.5). */
static bool find_ppp_protocol(const struct link_frame *frame, __u32 offset, struct link_payload *payload)
{
	__u32 left = frame->captured > offset ? frame->captured - offset : 0;
	const __u8 *field = frame->bytes + offset;

	if (left >= 1 && field[0] & 1)
		return after(frame, offset + 1, ppp_ethertype(field[0]), payload);
	return left >= 2 && after(frame, offset + 2, ppp_ethertype(read_u16(field)), payload);
}

static bool find_in_cisco_hdlc(const struct link_frame *frame, struct link_payload *payload)
{
	return frame->captured >= CISCO_HEADER && after(frame, CISCO_HEADER, read_u16(frame->bytes + 2), payload);
}

/* PPP with or without the framing of HDLC; captures of serial lines may have Cisco's frames under the same numbers. */
static bool find_in_ppp(const struct link_frame *frame, struct link_payload *payload)
{
	__u8 first = frame->captured ? frame->bytes[0] : 0;

	if (first == CISCO_UNICAST || first == CISCO_BROADCAST)
		return find_in_cisco_hdlc(frame, payload);
	if (frame->captured >= 2 && first == PPP_HDLC_ADDRESS && frame->bytes[1] == PPP_HDLC_CONTROL)
		return find_ppp_protocol(frame, 2, payload);
	return find_ppp_protocol(frame, 0, payload);
}

/* A PPPoE header without the Ethernet header before it. Discovery (code not 0) carries nothing. */
static bool find_in_ppp_ether(const struct link_frame *frame, struct link_payload *payload)
{
	if (frame->captured < PPPOE_HEADER)
		return false;
	return frame->bytes[1] ? nothing(payload) : find_ppp_protocol(frame, PPPOE_HEADER, payload);
}

/* ---- NFLOG: a header, then attributes of netlink, one of which is the packet (linux/netfilter/nfnetlink_log.h) */

#define NFLOG_HEADER 4
#define NFLOG_ATTRIBUTE_HEADER 4
#define NFLOG_PAYLOAD 9 /* NFULA_PAYLOAD */
#define NFLOG_ATTRIBUTE_TYPE 0x7fff /* without the flag for byte order */

static bool find_in_nflog(const struct link_frame *frame, struct link_payload *payload)
{
	__u32 at = NFLOG_HEADER;

	while (at + NFLOG_ATTRIBUTE_HEADER <= frame->captured) {
		__u16 length = read_host_u16(frame->bytes + at, frame->swapped);
		__u16 type = read_host_u16(frame->bytes + at + 2, frame->swapped);

		if ((type & NFLOG_ATTRIBUTE_TYPE) == NFLOG_PAYLOAD) {
			*payload = (struct link_payload){ .offset = at + NFLOG_ATTRIBUTE_HEADER, .is_ip = true };
			return true;
		}
		if (length < NFLOG_ATTRIBUTE_HEADER)
			return nothing(payload);
		at += (length + 3U) & ~3U;
	}
	return nothing(payload);
}

/* ---- 802.11 (IEEE 802.11-2020, 9.2 and 9.3.2), with a radiotap header (radiotap.org) or without */

#define WIFI_DATA 0x08 /* of the frame control field, first byte */
#define WIFI_TYPE_MASK 0x0c
#define WIFI_NO_DATA 0x40
#define WIFI_QOS 0x80
#define WIFI_TO_FROM_DS 0x03 /* second byte */
#define WIFI_PROTECTED 0x40
#define WIFI_ORDER 0x80 /* with QoS: there is an HT control field */
#define WIFI_HEADER 24
#define WIFI_ADDRESS_4 6
#define WIFI_QOS_CONTROL 2
#define WIFI_QOS_AMSDU 0x80 /* the frame is an aggregate of several: */
#define WIFI_SUBFRAME 14 /* two addresses and a length; the next one begins at a multiple of 4 (9.3.2.2.2) */
#define WIFI_HT_CONTROL 4
#define LLC_SNAP 8

#define RADIOTAP_HEADER 8
#define RADIOTAP_TSFT (1U << 0)
#define RADIOTAP_FLAGS (1U << 1)
#define RADIOTAP_MORE (1U << 31)
#define RADIOTAP_TSFT_BYTES 8
#define RADIOTAP_PADDED 0x20 /* of its flags: the 802.11 header is padded to 4 bytes */

static bool find_in_snap(const struct link_frame *frame, __u32 offset, struct link_payload *payload)
{
	static const __u8 snap[] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };

	if (frame->captured < offset + LLC_SNAP)
		return false;
	if (memcmp(frame->bytes + offset, snap, sizeof(snap)) != 0)
		return nothing(payload);
	return after(frame, offset + LLC_SNAP, read_u16(frame->bytes + offset + sizeof(snap)), payload);
}

bool link_find_subframe(const struct link_frame *frame, __u32 offset, struct link_payload *payload)
{
	__u32 next;

	if (frame->captured < offset + WIFI_SUBFRAME)
		return false;
	next = offset + ((WIFI_SUBFRAME + read_u16(frame->bytes + offset + WIFI_SUBFRAME - 2) + 3U) & ~3U);
	if (!find_in_snap(frame, offset + WIFI_SUBFRAME, payload))
		return false;
	payload->next = next + WIFI_SUBFRAME <= frame->captured ? next : 0;
	return true;
}

static bool find_behind_radio(const struct link_frame *frame, __u32 start, bool padded, struct link_payload *payload)
{
	const __u8 *control = frame->bytes + start;
	__u32 header = WIFI_HEADER;
	bool aggregate = false;

	if (frame->captured < start + WIFI_HEADER)
		return false;
	if ((control[0] & WIFI_TYPE_MASK) != WIFI_DATA || control[0] & WIFI_NO_DATA || control[1] & WIFI_PROTECTED)
		return nothing(payload);
	if ((control[1] & WIFI_TO_FROM_DS) == WIFI_TO_FROM_DS)
		header += WIFI_ADDRESS_4;
	if (control[0] & WIFI_QOS) {
		if (frame->captured < start + header + WIFI_QOS_CONTROL)
			return false;
		aggregate = control[header] & WIFI_QOS_AMSDU;
		header += WIFI_QOS_CONTROL + (control[1] & WIFI_ORDER ? WIFI_HT_CONTROL : 0);
	}
	if (padded)
		header = (header + 3) & ~3U;
	return aggregate ? link_find_subframe(frame, start + header, payload)
			 : find_in_snap(frame, start + header, payload);
}

static bool find_in_wifi(const struct link_frame *frame, struct link_payload *payload)
{
	return find_behind_radio(frame, 0, false, payload);
}

static __u32 read_le32(const __u8 *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (__u32)bytes[3] << 24;
}

/* The flags of a radiotap header, 0 if it has none. Words that say what is present come first, as many as it needs. */
static __u8 radiotap_flags(const struct link_frame *frame, __u32 header)
{
	__u32 present = read_le32(frame->bytes + 4), at = RADIOTAP_HEADER, more = present;

	while (more & RADIOTAP_MORE) {
		if (at + 4 > header)
			return 0;
		more = read_le32(frame->bytes + at);
		at += 4;
	}
	if (!(present & RADIOTAP_FLAGS))
		return 0;
	if (present & RADIOTAP_TSFT)
		at = ((at + RADIOTAP_TSFT_BYTES - 1) & ~(RADIOTAP_TSFT_BYTES - 1U)) + RADIOTAP_TSFT_BYTES;
	return at < header ? frame->bytes[at] : 0;
}

static bool find_in_radiotap(const struct link_frame *frame, struct link_payload *payload)
{
	__u32 header;

	if (frame->captured < RADIOTAP_HEADER)
		return false;
	header = frame->bytes[2] | frame->bytes[3] << 8;
	if (header < RADIOTAP_HEADER)
		return nothing(payload);
	if (header > frame->captured)
		return false;
	return find_behind_radio(frame, header, radiotap_flags(frame, header) & RADIOTAP_PADDED, payload);
}

/* ---- */

static const struct link_type link_types[] = {
	{ .type = LINKTYPE_ETHERNET },
	{ .type = LINKTYPE_RAW, .no_link_header = true },
	{ .type = LINKTYPE_RAW_BSD, .no_link_header = true },
	{ .type = LINKTYPE_RAW_OPENBSD, .no_link_header = true },
	{ .type = LINKTYPE_IPV4, .no_link_header = true },
	{ .type = LINKTYPE_IPV6, .no_link_header = true },
	{ .type = LINKTYPE_NULL, .find = find_in_null },
	{ .type = LINKTYPE_LOOP, .find = find_in_null },
	{ .type = LINKTYPE_LINUX_SLL, .find = find_in_cooked },
	{ .type = LINKTYPE_LINUX_SLL2, .find = find_in_cooked2 },
	{ .type = LINKTYPE_PPP, .find = find_in_ppp },
	{ .type = LINKTYPE_PPP_SERIAL, .find = find_in_ppp },
	{ .type = LINKTYPE_PPP_ETHER, .find = find_in_ppp_ether },
	{ .type = LINKTYPE_C_HDLC, .find = find_in_cisco_hdlc },
	{ .type = LINKTYPE_NFLOG, .find = find_in_nflog },
	{ .type = LINKTYPE_IEEE802_11, .find = find_in_wifi },
	{ .type = LINKTYPE_IEEE802_11_RADIO, .find = find_in_radiotap },
};

const struct link_type *link_type_of(int type)
{
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]); i++)
		if (link_types[i].type == type)
			return &link_types[i];
	return NULL;
}
