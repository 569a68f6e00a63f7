// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters against brute force: a random expression is evaluated over random flows twice, as a tree, by code that shares
 * nothing with the filter's, and as the filter that is parsed from its text.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter.h"
#include "filter_tree.h"
#include "suites.h"

#define FILTERS 4000
#define FLOWS 16 /* for each field */

/* ---- flows */

static struct endpoint_view some_endpoint(bool ipv6)
{
	return (struct endpoint_view){
		.ip = some_address(ipv6),
		.port = some_number(),
		.syns = some_number(),
		.fins = some_number(),
		.rsts = some_number(),
		.flags = chance(256),
		.syn_retransmits = some_number(),
		.mss = some_number(),
		.options = chance(2) ? OPTION_KNOWN | OPTION_MSS : 0,
		.state = chance(STATE_COUNT),
		.packets = some_number(),
		.bytes = some_number(),
		.payload_bytes = some_number(),
		.retransmits = some_number(),
	};
}

static __s64 some_latency(void)
{
	return chance(3) ? (__s64)some_time() : LATENCY_UNKNOWN;
}

static struct flow_view some_flow(void)
{
	bool ipv6 = chance(2);
	struct flow_view view = {
		.side = { some_endpoint(ipv6), some_endpoint(ipv6) },
		.outcome = chance(OUTCOME_COUNT),
		.origin = chance(3),
		.conn_state = chance(CONN_COUNT),
		.failed = chance(2),
		.one_way = chance(2),
		.packets_estimated = chance(2),
		.rtt_ambiguous = chance(2),
		.syn_to_synack_ns = some_latency(),
		.synack_to_ack_ns = some_latency(),
		.handshake_ns = some_latency(),
		.duration_ns = some_time(),
		.idle_ns = some_time(),
		.incarnation = 1 + chance(3),
		.vlans = chance(4),
	};

	for (int i = 0; i < 3; i++)
		view.vlan[i] = some_number() % 4095;
	for (int i = 0; i < ANOMALY_COUNT; i++)
		view.anomalies[i] = chance(3) ? 0 : chance(4);
	return view;
}

static struct flow_labels some_labels(void)
{
	return (struct flow_labels){ .ifname = chance(4) ? some_interface() : NULL, .instance = some_instance() };
}

/* ---- by brute force */

#define UNKNOWN (-1)

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static __int128 number_of_side(const char *field, const struct endpoint_view *side)
{
	if (is(field, "port"))
		return side->port;
	if (is(field, "mss"))
		return side->options & OPTION_MSS ? (__int128)side->mss : UNKNOWN;
	if (is(field, "packets"))
		return side->packets;
	if (is(field, "bytes"))
		return side->bytes;
	if (is(field, "payload"))
		return side->payload_bytes;
	if (is(field, "syn"))
		return side->syns;
	if (is(field, "fin"))
		return side->fins;
	if (is(field, "rst"))
		return side->rsts;
	return side->retransmits;
}

static __int128 number_of_flow(const char *field, const struct flow_view *view)
{
	const __u16 *a = view->anomalies;

	if (is(field, "incarnation"))
		return view->incarnation;
	if (is(field, "syn_retransmits"))
		return view->side[0].syn_retransmits;
	if (is(field, "synack_retransmits"))
		return view->side[1].syn_retransmits;
	if (is(field, "bad_ack"))
		return a[0];
	if (is(field, "bad_rst"))
		return a[1];
	if (is(field, "bad_seq"))
		return a[2];
	if (is(field, "ack_unseen"))
		return a[3];
	if (is(field, "challenge_syn"))
		return a[4];
	if (is(field, "reordered"))
		return a[5];
	if (is(field, "duplicate"))
		return a[6];
	if (is(field, "rst_refuted"))
		return a[7];
	if (is(field, "fin_refuted"))
		return a[8];
	if (is(field, "anomalies"))
		return a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7] + a[8];
	if (is(field, "latency"))
		return view->handshake_ns;
	if (is(field, "syn_to_synack"))
		return view->syn_to_synack_ns;
	if (is(field, "synack_to_ack"))
		return view->synack_to_ack_ns;
	if (is(field, "age"))
		return (__int128)view->idle_ns + view->duration_ns;
	if (is(field, "idle"))
		return view->idle_ns;
	return view->duration_ns;
}

static bool compares(const struct node *node, __int128 value)
{
	const char *comparison = node->comparison;

	if (value == UNKNOWN)
		return false;
	return is(comparison, "==")   ? node->low <= value && value <= node->high
	       : is(comparison, "!=") ? value < node->low || value > node->high
	       : is(comparison, "<")  ? value < node->low
	       : is(comparison, "<=") ? value <= node->low
	       : is(comparison, ">")  ? value > node->low
				      : value >= node->low;
}

static bool state_is(enum tcp_state state, const char *word)
{
	const char *name = state_name(state);
	bool connected = !is(name, "LISTEN") && !is(name, "CLOSED");
	bool bucket = is(name, "TIME_WAIT") || is(name, "SYN_RECEIVED");

	return is(word, "connected")	  ? connected
	       : is(word, "synchronized") ? connected && !is(name, "SYN_SENT")
	       : is(word, "bucket")	  ? bucket
	       : is(word, "big")	  ? !bucket
	       : is(word, "estab")	  ? is(name, "ESTABLISHED")
	       : is(word, "syn_recv")	  ? is(name, "SYN_RECEIVED")
					  : is(word, name);
}

static bool has_flag(__u8 flags, const char *word)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };
	int bit = 0;

	while (!is(names[bit], word))
		bit++;
	return flags & 1U << bit;
}

static bool is_inside(const struct ip_address *ip, const struct ip_address *net, int bits)
{
	const __u8 *a = (const __u8 *)ip->word, *b = (const __u8 *)net->word;

	for (int i = 0; i < bits; i++)
		if ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return ip->ipv6 == net->ipv6;
}

static bool side_fits(const struct node *node, const struct endpoint_view *side)
{
	bool unlike = is(node->comparison, "!=");

	if (node->kind == NODE_STATE)
		return state_is(side->state, node->word) != unlike;
	if (node->kind == NODE_TCP_FLAG)
		return has_flag(side->flags, node->word) != unlike;
	if (node->kind == NODE_NET)
		return is_inside(&side->ip, &node->ip, node->bits) != unlike;
	return compares(node, number_of_side(node->field, side));
}

static bool term_of_sides(const struct node *node, const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[0], *server = &view->side[1];

	if (*node->side)
		return side_fits(node, node->side[0] == 'c' ? client : server);
	if (node->kind == NODE_ENDPOINT_NUMBER && !is(node->field, "port") && !is(node->field, "mss"))
		return compares(node, number_of_side(node->field, client) + number_of_side(node->field, server));
	if (is(node->comparison, "!="))
		return side_fits(node, client) && side_fits(node, server);
	return side_fits(node, client) || side_fits(node, server);
}

static bool vlan_fits(const struct node *node, const struct flow_view *view)
{
	int fit = 0;

	for (int i = 0; i < view->vlans; i++)
		fit += compares(node, view->vlan[i]);
	return is(node->comparison, "!=") ? fit == view->vlans : fit > 0;
}

static bool word_fits(const struct node *node, const struct flow_view *view)
{
	const char *word = is(node->field, "outcome")  ? outcome_name(view->outcome)
			   : is(node->field, "origin") ? origin_name(view->origin)
						       : conn_state_name(view->conn_state);

	return is(word, node->word) != is(node->comparison, "!=");
}

static bool name_fits(const struct node *node, const struct flow_labels *labels)
{
	const char *name = is(node->field, "instance") ? labels->instance : labels->ifname;

	return name && is(name, node->word) != is(node->comparison, "!=");
}

static bool flag_fits(const struct node *node, const struct flow_view *view)
{
	return is(node->field, "ipv4")		  ? !view->side[0].ip.ipv6
	       : is(node->field, "ipv6")	  ? view->side[0].ip.ipv6
	       : is(node->field, "one_way")	  ? view->one_way
	       : is(node->field, "failed")	  ? view->failed
	       : is(node->field, "rtt_ambiguous") ? view->rtt_ambiguous
						  : view->packets_estimated;
}

static bool fits(const struct tree *tree, int at, const struct flow_view *view, const struct flow_labels *labels)
{
	const struct node *node = &tree->node[at];

	switch (node->kind) {
	case NODE_AND:
		return fits(tree, node->left, view, labels) & fits(tree, node->right, view, labels);
	case NODE_OR:
		return fits(tree, node->left, view, labels) | fits(tree, node->right, view, labels);
	case NODE_NOT:
		return !fits(tree, node->left, view, labels);
	case NODE_FLOW_NUMBER:
		if (is(node->field, "vlan"))
			return vlan_fits(node, view);
		return compares(node, number_of_flow(node->field, view));
	case NODE_TIME:
		return compares(node, number_of_flow(node->field, view));
	case NODE_WORD:
		return word_fits(node, view);
	case NODE_NAME:
		return name_fits(node, labels);
	case NODE_FLAG:
		return flag_fits(node, view);
	default:
		return term_of_sides(node, view);
	}
}

/* ---- comparison */

/* Returns how many of FLOWS match. */
static int compare(const struct tree *tree, const char *text)
{
	struct filter_error error;
	struct filter filter;
	int matching = 0, err = filter_parse_text(text, NULL, &filter, &error);

	ck_assert_msg(!err, "'%s': column %u: %s", text, error.column, error.text);
	for (int i = 0; i < FLOWS; i++) {
		struct flow_view view = some_flow();
		struct flow_labels labels = some_labels();
		bool expected = fits(tree, 0, &view, &labels);

		ck_assert_msg(filter_match(&filter, &view, &labels) == expected, "'%s' is not %d", text, expected);
		matching += expected;
	}
	filter_free(&filter);
	return matching;
}

START_TEST(agrees_with_brute_force)
{
	static char text[FILTER_TEXT_SIZE];
	static struct tree tree;
	int matching = 0;

	for (int i = 0; i < FILTERS; i++) {
		tree_grow(&tree, 1 + i % 5);
		tree_write(&tree, text);
		matching += compare(&tree, text);
	}
	/* otherwise the comparison would prove little */
	ck_assert_int_gt(matching, FILTERS * FLOWS / 4);
	ck_assert_int_lt(matching, FILTERS * FLOWS * 3 / 4);
}
END_TEST

Suite *filter_random_suite(void)
{
	Suite *suite = suite_create("filter_random");
	TCase *tcase = tcase_create("filter_random");

	tcase_add_test(tcase, agrees_with_brute_force);
	tcase_set_timeout(tcase, 300);
	suite_add_tcase(suite, tcase);
	return suite;
}
