/* SPDX-License-Identifier: GPL-2.0-only */
/* The tunnels that a flow was found in, and what output calls them. */
#ifndef SYNSCOPE_FLOW_TUNNEL_H
#define SYNSCOPE_FLOW_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "synscope/tunnel.h"

#include "base/text.h"

/* "vxlan", as options, filters and output have it; "none" for TUNNEL_NONE. */
const char *tunnel_kind_name(enum tunnel_kind kind);

/*
 * What flow_cold.tunnel stands for; without layers if the flow was found in none, NULL if that is not known. `tunnels`:
 * TUNNELS_MAX entries as the programs write them, or NULL.
 */
const struct flow_tunnel *tunnel_of_number(const struct flow_tunnel *tunnels, __u16 number);

/* The outer addresses of a layer. False: its kind has none. */
bool tunnel_addresses(const struct tunnel_layer *layer, struct ip_address *src, struct ip_address *dst);

/* Write a set of kinds as an option has it: "pppoe,mpls". Needs TUNNEL_LIST_SIZE bytes. Returns the end. */
#define TUNNEL_LIST_SIZE 64
char *put_tunnel_kinds(char *text, __u32 kinds);

#endif
