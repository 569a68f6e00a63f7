// SPDX-License-Identifier: GPL-2.0-only
#include "packet.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER 20

static __u8 *put8(__u8 *at, __u32 value)
{
	*at = value;
	return at + 1;
}

static __u8 *put16(__u8 *at, __u32 value)
{
	return put8(put8(at, value >> 8), value);
}

static __u8 *put32(__u8 *at, __u32 value)
{
	return put16(put16(at, value >> 16), value);
}

static __u8 *put_fill(__u8 *at, size_t bytes, __u8 value)
{
	memset(at, value, bytes);
	return at + bytes;
}

__u16 packet_flags(const char *letters)
{
	static const char names[] = "FSRPAUEWN";
	__u16 flags = 0;

	for (; *letters; letters++)
		flags |= 1U << (strchr(names, *letters) - names);
	return flags;
}

static __u8 *put_timestamps(__u8 *at, const struct tcp_options *options)
{
	at = put32(at, 0x0101080a); /* NOP, NOP, kind 8, length 10 */
	return put32(put32(at, options->tsval), options->tsecr);
}

/* Writes each option padded to whole words, in the order that Linux uses; returns their length. */
static size_t put_options(__u8 *out, const struct tcp_options *options)
{
	__u8 *at = out;

	if (options->raw_bytes) {
		memcpy(out, options->raw, options->raw_bytes);
		at = put_fill(at + options->raw_bytes, -options->raw_bytes & 3, 0);
		return at - out;
	}
	if (options->mss)
		at = put32(at, 0x02040000U | options->mss);
	if (options->sack_ok)
		at = put32(at, 0x01010402);
	if (options->timestamps)
		at = put_timestamps(at, options);
	if (options->wscale)
		at = put32(at, 0x01030300U | (options->wscale - 1));
	return at - out;
}

static __u32 tcp_header_bytes(const struct packet *packet)
{
	__u8 scratch[64];

	return TCP_HEADER + put_options(scratch, &packet->options);
}

static __u32 extension_bytes(const struct extension *extension)
{
	if (extension->type == IPPROTO_AH)
		return 12 + 4 * extension->units;
	return 8 + (extension->type == IPPROTO_FRAGMENT ? 0 : 8 * extension->units);
}

static __u8 packet_protocol(const struct packet *packet)
{
	return packet->protocol ? packet->protocol : IPPROTO_TCP;
}

/* The bytes after the IP header. */
static __u32 transport_bytes(const struct packet *packet)
{
	__u32 bytes = packet->payload;

	if (packet_protocol(packet) == IPPROTO_TCP)
		bytes += tcp_header_bytes(packet);
	for (int i = 0; i < packet->extensions; i++)
		bytes += extension_bytes(&packet->extension[i]);
	return bytes;
}

__u32 packet_ip_bytes(const struct packet *packet)
{
	return transport_bytes(packet) + (packet->ipv6 ? IPV6_HEADER : IPV4_HEADER + packet->ip_options);
}

static __u8 *put_tag(__u8 *at, __u16 tpid, __u16 id)
{
	if (tpid == TPID_CISCO_METADATA) /* version 1, one option, of the type of security groups */
		return put16(put16(put16(at, 0x0101), 1), id);
	if (tpid == TPID_E_TAG)
		return put16(put32(at, 0), 0);
	return put16(at, 0xe000 | id); /* with a priority */
}

static __u8 *put_ethernet(__u8 *at, const struct packet *packet)
{
	__u16 ethertype = packet->ipv6 ? ETH_P_IPV6 : ETH_P_IP;

	at = put_fill(put_fill(at, 6, 0x02), 6, 0x04);
	for (int i = 0; i < packet->tags; i++)
		at = put_tag(put16(at, packet->tag[i].tpid), packet->tag[i].tpid, packet->tag[i].id);
	return put16(at, packet->ethertype ? packet->ethertype : ethertype);
}

static __u8 *put_ipv4(__u8 *at, const struct packet *packet)
{
	__u32 header = IPV4_HEADER + packet->ip_options;
	__u32 words = packet->ip_header_words ? packet->ip_header_words : header / 4;
	__u32 length = packet->ip_length_zero ? 0 : packet_ip_bytes(packet) + packet->ip_length_wrong;

	at = put8(at, (packet->ip_version ? packet->ip_version : 4) << 4 | words);
	at = put16(put8(at, 0), length);
	at = put16(put16(at, 0x1234 + packet->ip_id), packet->fragment);
	at = put8(put8(at, 64), packet_protocol(packet));
	at = put16(at, 0); /* the checksum is not checked */
	at = put32(put32(at, 0x0a000000 + packet->from.host), 0x0a000000 + packet->to.host);
	return put_fill(at, packet->ip_options, 1);
}

static __u8 *put_ipv6_address(__u8 *at, __u32 host)
{
	return put32(put32(put32(put32(at, 0x20010db8), 0), 0), host);
}

#define WAYPOINT 0xf001U

/* The addresses of a routing header: RFC 8754 has the last one first, RFC 2460 last, RFC 6275 only that. */
static __u8 *put_routing(__u8 *at, const struct packet *packet, const struct extension *extension)
{
	int count = extension->units / 2, last = extension->routing_type == 0 ? count - 1 : 0;

	at = put32(put8(put8(at, extension->routing_type), extension->segments_left), 0);
	for (int i = 0; i < count; i++)
		at = put_ipv6_address(at, i == last ? packet->to.host : WAYPOINT + 1 + i);
	return at;
}

static bool has_waypoints(const struct packet *packet)
{
	for (int i = 0; i < packet->extensions; i++)
		if (packet->extension[i].segments_left)
			return true;
	return false;
}

static __u8 *put_extension(__u8 *at, const struct packet *packet, const struct extension *extension, __u8 next)
{
	__u32 bytes = extension_bytes(extension);

	at = put8(at, next);
	at = put8(at, extension->units + (extension->type == IPPROTO_AH ? 1 : 0));
	if (extension->type == IPPROTO_FRAGMENT)
		return put32(put16(at, extension->fragment), 0x99);
	if (extension->segments_left)
		return put_routing(at, packet, extension);
	if (extension->jumbo)
		return put32(put16(at, 0xc204), transport_bytes(packet) + packet->ip_length_wrong);
	return put_fill(at, bytes - 2, 0);
}

static __u8 *put_ipv6(__u8 *at, const struct packet *packet)
{
	__u8 protocol = packet_protocol(packet);
	__u32 length = packet->ip_length_zero ? 0 : transport_bytes(packet) + packet->ip_length_wrong;

	at = put32(at, (__u32)(packet->ip_version ? packet->ip_version : 6) << 28);
	at = put16(at, length);
	at = put8(put8(at, packet->extensions ? packet->extension[0].type : protocol), 64);
	at = put_ipv6_address(at, packet->from.host);
	at = put_ipv6_address(at, has_waypoints(packet) ? WAYPOINT : packet->to.host);
	for (int i = 0; i < packet->extensions; i++)
		at = put_extension(at, packet, &packet->extension[i],
				   i + 1 < packet->extensions ? packet->extension[i + 1].type : protocol);
	return at;
}

static __u8 *put_tcp(__u8 *at, const struct packet *packet)
{
	__u8 words = packet->data_offset ? packet->data_offset : tcp_header_bytes(packet) / 4;

	at = put16(put16(at, packet->from.port), packet->to.port);
	at = put32(put32(at, packet->seq), packet->ack);
	at = put8(at, (words & 0xf) << 4 | !!(packet->flags & FLAG_NS));
	at = put8(at, packet->flags);
	at = put16(at, packet->window);
	at = put32(at, 0); /* checksum, urgent pointer */
	return at + put_options(at, &packet->options);
}

static __u8 *put_payload(__u8 *at, const struct packet *packet)
{
	if (packet->raw_payload) {
		memcpy(at, packet->raw_payload, packet->payload);
		return at + packet->payload;
	}
	for (__u32 i = 0; i < packet->payload; i++)
		at = put8(at, i);
	return at;
}

size_t packet_build(const struct packet *packet, __u8 *frame)
{
	__u8 *at = frame;

	if (!packet->no_link)
		at = put_ethernet(at, packet);
	at = packet->ipv6 ? put_ipv6(at, packet) : put_ipv4(at, packet);
	if (packet_protocol(packet) == IPPROTO_TCP)
		at = put_tcp(at, packet);
	at = put_payload(at, packet);
	at = put_fill(at, packet->padding, 0xff);
	return at - frame > packet->cut ? at - frame - packet->cut : 0;
}
