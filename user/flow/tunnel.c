// SPDX-License-Identifier: GPL-2.0-only
#include "flow/tunnel.h"

#include <string.h>

static const char *const names[TUNNEL_KINDS] = {
	[TUNNEL_NONE] = "none", [TUNNEL_PPPOE] = "pppoe", [TUNNEL_MPLS] = "mpls",     [TUNNEL_IPIP] = "ipip",
	[TUNNEL_GRE] = "gre",	[TUNNEL_VXLAN] = "vxlan", [TUNNEL_GENEVE] = "geneve", [TUNNEL_GTPU] = "gtpu",
};

const char *tunnel_kind_name(enum tunnel_kind kind)
{
	return names[kind];
}

static bool is_sound(const struct flow_tunnel *tunnel)
{
	for (__u32 i = 0; i < tunnel->layers; i++)
		if (i >= TUNNEL_LAYERS || !tunnel->layer[i].kind || tunnel->layer[i].kind >= TUNNEL_KINDS)
			return false;
	return true;
}

const struct flow_tunnel *tunnel_of_number(const struct flow_tunnel *tunnels, __u16 number)
{
	static const struct flow_tunnel none;

	if (!number)
		return &none;
	if (!tunnels || number > TUNNELS_MAX ||
	    __atomic_load_n(&tunnels[number - 1].state, __ATOMIC_ACQUIRE) != TUNNEL_VALID ||
	    !is_sound(&tunnels[number - 1]))
		return NULL;
	return &tunnels[number - 1];
}

static void set_address(struct ip_address *ip, const __u32 *word, bool ipv6)
{
	ip->ipv6 = ipv6;
	memcpy(ip->word, word, sizeof(ip->word));
}

bool tunnel_addresses(const struct tunnel_layer *layer, struct ip_address *src, struct ip_address *dst)
{
	bool ipv6 = layer->flags & TUNNEL_IPV6;

	if (!(TUNNEL_BIT(layer->kind) & TUNNELS_IN_IP))
		return false;
	set_address(src, layer->src, ipv6);
	set_address(dst, layer->dst, ipv6);
	return true;
}

char *put_tunnel_kinds(char *text, __u32 kinds)
{
	char *p = text;

	for (enum tunnel_kind kind = TUNNEL_PPPOE; kind < TUNNEL_KINDS; kind++) {
		if (!(kinds & TUNNEL_BIT(kind)))
			continue;
		if (p > text)
			*p++ = ',';
		p = stpcpy(p, names[kind]);
	}
	*p = '\0';
	return p;
}
