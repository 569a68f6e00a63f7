// SPDX-License-Identifier: GPL-2.0-only
#include "wrap.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#define PPP_IP 0x21
#define PPP_IPV6 0x57
#define PPP_MPLS 0x281
#define TEB 0x6558
#define ERSPAN_2 0x88be
#define ERSPAN_3 0x22eb
#define ROOM 4096 /* for the headers of all tunnels */

/* What is in a tunnel, to which headers are added in front. */
struct content {
	__u8 buffer[ROOM + FRAME_SIZE];
	__u8 *at;
	size_t size;
	__u16 ethertype;
};

static __u8 *grow(struct content *content, size_t bytes)
{
	content->at -= bytes;
	content->size += bytes;
	memset(content->at, 0, bytes);
	return content->at;
}

static void put16(__u8 *at, __u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(__u8 *at, __u32 value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static void add_tag(struct content *content, __u16 tag)
{
	__u8 *at = grow(content, 4);

	put16(at, tag);
	put16(at + 2, content->ethertype);
	content->ethertype = ETH_P_8021Q;
}

static void add_ethernet(struct content *content, __u16 tag)
{
	__u8 *at;

	if (tag)
		add_tag(content, tag);
	at = grow(content, ETH_HLEN);
	memset(at, 0xee, ETH_HLEN);
	put16(at + 12, content->ethertype);
	content->ethertype = TEB;
}

static void add_ip(struct content *content, const struct wrap *wrap, int layer, __u8 protocol)
{
	const struct packet outer = { .from = { WRAP_SOURCE(layer), 0 },
				      .to = { WRAP_DESTINATION(layer), 0 },
				      .no_link = true,
				      .ipv6 = wrap->ipv6,
				      .protocol = protocol,
				      .fragment = wrap->fragment,
				      .ip_length_wrong = wrap->length_wrong,
				      .extensions = wrap->long_options,
				      .extension = { { .type = IPPROTO_DSTOPTS, .units = 254 } },
				      .payload = content->size };
	__u32 header = (wrap->ipv6 ? 40 : 20) + (wrap->long_options ? 2040 : 0);
	static __u8 whole[FRAME_SIZE];

	packet_build(&outer, whole);
	memcpy(grow(content, header), whole, header);
	content->ethertype = wrap->ipv6 ? ETH_P_IPV6 : ETH_P_IP;
}

static void add_udp(struct content *content, const struct wrap *wrap, __u16 port)
{
	__u8 *at = grow(content, 8);

	put16(at, 50000);
	put16(at + 2, wrap->port ? wrap->port : port);
	put16(at + 4, content->size);
}

static void damage(const struct content *content, const struct wrap *wrap)
{
	if (wrap->damage)
		content->at[wrap->damage - 1] = wrap->damaged;
}

static void add_pppoe(struct content *content, const struct wrap *wrap)
{
	__u16 protocol = content->ethertype == ETH_P_IP	    ? PPP_IP
			 : content->ethertype == ETH_P_IPV6 ? PPP_IPV6
							    : PPP_MPLS;
	__u8 *at;

	if (wrap->short_protocol)
		*grow(content, 1) = protocol;
	else
		put16(grow(content, 2), protocol);
	at = grow(content, 6);
	at[0] = 0x11;
	put16(at + 2, wrap->id);
	put16(at + 4, content->size - 6);
	content->ethertype = ETH_P_PPP_SES;
}

static void add_mpls(struct content *content, const struct wrap *wrap)
{
	if (wrap->ethernet)
		add_ethernet(content, wrap->tag);
	if (wrap->control_word)
		grow(content, 4);
	put32(grow(content, 4), wrap->id << 12 | 0x100 | 64);
	for (int i = 0; i < wrap->labels; i++)
		put32(grow(content, 4), (100U + i) << 12 | 64);
	content->ethertype = ETH_P_MPLS_UC;
}

static void add_erspan(struct content *content, const struct wrap *wrap)
{
	bool is_ip = wrap->erspan == ERSPAN_III_OF_IP;
	__u8 *at;

	if (!is_ip)
		add_ethernet(content, wrap->tag);
	content->ethertype = wrap->erspan > ERSPAN_II ? ERSPAN_3 : ERSPAN_2;
	if (wrap->erspan == ERSPAN_I)
		return;
	if (wrap->erspan == ERSPAN_III_WITH_SUBHEADER)
		memset(grow(content, 8), 0x77, 8);
	at = grow(content, wrap->erspan == ERSPAN_II ? 8 : 12);
	put16(at, wrap->erspan == ERSPAN_II ? 0x1064 : 0x2064); /* the version, and VLAN 100 */
	put16(at + 2, 0xfc00 | wrap->id);
	if (wrap->erspan != ERSPAN_II)
		at[10] = is_ip ? 0x08 : 0x00;
	if (wrap->erspan == ERSPAN_III_WITH_SUBHEADER)
		at[11] = 0x01;
}

static void add_gre(struct content *content, const struct wrap *wrap)
{
	bool sequence = wrap->has_sequence || wrap->erspan > ERSPAN_I;
	__u8 *at;

	if (wrap->erspan)
		add_erspan(content, wrap);
	else if (wrap->ethernet)
		add_ethernet(content, wrap->tag);
	if (sequence)
		put32(grow(content, 4), 7);
	if (wrap->has_key)
		put32(grow(content, 4), wrap->erspan ? 0xabcdef : wrap->id);
	if (wrap->has_checksum)
		grow(content, 4);
	at = grow(content, 4);
	put16(at, (wrap->has_checksum ? 0x8000 : 0) | (wrap->has_key ? 0x2000 : 0) | (sequence ? 0x1000 : 0));
	put16(at + 2, content->ethertype);
}

static void add_geneve(struct content *content, const struct wrap *wrap)
{
	__u8 *at;

	if (wrap->ethernet)
		add_ethernet(content, wrap->tag);
	at = grow(content, 8 + wrap->options * 4U);
	at[0] = wrap->options;
	put16(at + 2, content->ethertype);
	put32(at + 4, wrap->id << 8);
}

static void add_gtpu(struct content *content, const struct wrap *wrap)
{
	bool more = wrap->options || wrap->has_sequence_number;
	size_t length = content->size;
	__u8 *at;

	for (int i = 0; i < wrap->options; i++) {
		at = grow(content, 4);
		at[0] = 1;
		at[3] = i ? 0x85 : 0;
	}
	if (more)
		grow(content, 4)[3] = wrap->options ? 0x85 : 0;
	at = grow(content, 8);
	at[0] = 0x30 | (wrap->options ? 4 : 0) | (wrap->has_sequence_number ? 2 : 0);
	at[1] = 0xff;
	put16(at + 2, content->size - 8 - (more ? 0 : content->size - 8 - length));
	put32(at + 4, wrap->id);
}

static void add_vxlan(struct content *content, const struct wrap *wrap)
{
	__u8 *at;

	add_ethernet(content, wrap->tag);
	at = grow(content, 8);
	at[0] = 0x08;
	put32(at + 4, wrap->id << 8);
}

static void add_tunnel(struct content *content, const struct wrap *wrap, int layer)
{
	static const __u16 ports[TUNNEL_KINDS] = {
		[TUNNEL_VXLAN] = 4789, [TUNNEL_GENEVE] = 6081, [TUNNEL_GTPU] = 2152
	};
	static void (*const add[TUNNEL_KINDS])(struct content *, const struct wrap *) = {
		[TUNNEL_PPPOE] = add_pppoe, [TUNNEL_MPLS] = add_mpls,	  [TUNNEL_GRE] = add_gre,
		[TUNNEL_VXLAN] = add_vxlan, [TUNNEL_GENEVE] = add_geneve, [TUNNEL_GTPU] = add_gtpu,
	};
	__u8 ip = content->ethertype == ETH_P_IP ? IPPROTO_IPIP : IPPROTO_IPV6;

	if (add[wrap->kind])
		add[wrap->kind](content, wrap);
	damage(content, wrap);
	if (ports[wrap->kind])
		add_udp(content, wrap, ports[wrap->kind]);
	if (TUNNEL_BIT(wrap->kind) & TUNNELS_IN_IP)
		add_ip(content, wrap, layer,
		       wrap->kind == TUNNEL_IPIP  ? ip
		       : wrap->kind == TUNNEL_GRE ? IPPROTO_GRE
						  : IPPROTO_UDP);
}

size_t wrap_build(const struct packet *inner, const struct wrap *wraps, int count, __u8 *frame)
{
	static struct content content;
	struct packet bare = *inner;

	bare.no_link = true;
	bare.tags = 0;
	content.at = content.buffer + ROOM;
	content.size = packet_build(&bare, content.at);
	content.ethertype = inner->ethertype ? inner->ethertype : inner->ipv6 ? ETH_P_IPV6 : ETH_P_IP;
	for (int i = count - 1; i >= 0; i--)
		add_tunnel(&content, &wraps[i], i);
	for (int i = inner->tags - 1; i >= 0; i--)
		add_tag(&content, inner->tag[i].id);
	if (!inner->no_link)
		add_ethernet(&content, 0);
	memcpy(frame, content.at, content.size);
	return content.size;
}
