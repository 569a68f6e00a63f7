// SPDX-License-Identifier: GPL-2.0-only
#include "filter_tree.h"

#include <arpa/inet.h>
#include <check.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"

/* ---- chance */

__u32 chance(__u32 most)
{
	static __u64 state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % most;
}

__u64 some_number(void)
{
	static const __u64 numbers[] = { 0,    1,    2,	   3,	 5,	22,    80,    443,     1000,	1024,	   1460,
					 2000, 2048, 4094, 8080, 40000, 65535, 65536, 1000000, 1 << 20, 5000000000 };

	return PICK(numbers);
}

__u64 some_time(void)
{
	static const __u64 times[] = { 0,	    1,	      999, 1000,   1500,   1000 * 1000,
				       MS + MS / 2, 100 * MS, S,   60 * S, 90 * S, 3600 * S };

	return PICK(times);
}

struct ip_address some_address(bool ipv6)
{
	struct ip_address ip = { .ipv6 = ipv6 };

	if (!ipv6) {
		ip.word[0] = htonl(10U << 24 | chance(3) << 16 | chance(3));
		return ip;
	}
	ip.word[0] = htonl(chance(2) ? 0x20010db8 : 0xfd000000);
	ip.word[1] = htonl(chance(2) << 31);
	ip.word[2] = htonl(chance(3));
	ip.word[3] = htonl(chance(3));
	return ip;
}

const char *some_interface(void)
{
	static const char *const interfaces[] = { "eth0", "eth1", "wlan0.10", "and" };

	return PICK(interfaces);
}

const char *some_instance(void)
{
	static const char *const instances[] = { "web", "ns1:eth0", "not" };

	return PICK(instances);
}

/* ---- trees */

static const char *const side_numbers[] = { "port",	   "mss", "packets", "bytes", "payload",
					    "retransmits", "syn", "fin",     "rst" };
static const char *const flow_numbers[] = { "incarnation", "syn_retransmits", "synack_retransmits",
					    "anomalies",   "bad_ack",	      "bad_rst",
					    "bad_seq",	   "ack_unseen",      "challenge_syn",
					    "reordered",   "duplicate",	      "rst_refuted",
					    "fin_refuted", "vlan" };
static const char *const times[] = { "latency", "syn_to_synack", "synack_to_ack", "age", "idle", "duration" };
static const char *const flags[] = { "ipv4", "ipv6", "one_way", "rtt_ambiguous", "packets_estimated", "failed" };
static const char *const comparisons[] = { "==", "!=", "<", "<=", ">", ">=" };
static const char *const sides[] = { "", "client ", "server " };
static const char *const tcp_flags[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };
static const char *const states[] = { "CLOSED",	    "LISTEN",	  "SYN_SENT",	  "SYN_RECEIVED", "ESTABLISHED",
				      "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",	  "CLOSING",	  "LAST_ACK",
				      "TIME_WAIT",  "connected",  "synchronized", "bucket",	  "big",
				      "estab",	    "syn_recv" };

static void number_term(struct node *node)
{
	bool of_side = chance(2);

	node->kind = of_side ? NODE_ENDPOINT_NUMBER : NODE_FLOW_NUMBER;
	node->field = of_side ? PICK(side_numbers) : PICK(flow_numbers);
	node->side = of_side ? PICK(sides) : "";
	node->comparison = PICK(comparisons);
	node->low = some_number();
	if (!strcmp(node->field, "port") || !strcmp(node->field, "mss"))
		node->low %= 65536;
	if (!strcmp(node->field, "vlan"))
		node->low %= 4096;
	if (node->field == flow_numbers[0] || chance(3) == 0)
		node->low %= 8;
	node->high = node->low;
	if (node->comparison[1] == '=' && strchr("=!", node->comparison[0]) && chance(3) == 0 && node->low < 4000)
		node->high = node->low + chance(90);
}

static void time_term(struct node *node)
{
	node->kind = NODE_TIME;
	node->field = PICK(times);
	node->comparison = PICK(comparisons);
	node->low = node->high = some_time();
}

static void word_term(struct node *node)
{
	node->comparison = comparisons[chance(2)];
	switch (chance(6)) {
	case 3:
		*node = (struct node){ NODE_TCP_FLAG, .field = "flags", .word = PICK(tcp_flags) };
		node->side = PICK(sides);
		break;
	case 0:
		*node = (struct node){ NODE_WORD, .field = "outcome", .word = outcome_name(chance(OUTCOME_COUNT)) };
		break;
	case 1:
		*node = (struct node){ NODE_WORD, .field = "origin", .word = origin_name(chance(3)) };
		break;
	case 2:
		*node = (struct node){ NODE_WORD, .field = "conn_state", .word = conn_state_name(chance(CONN_COUNT)) };
		break;
	default:
		*node = (struct node){ NODE_STATE, .field = "state", .word = PICK(states) };
		node->side = PICK(sides);
	}
	node->comparison = comparisons[chance(2)];
}

static void place_term(struct node *node)
{
	switch (chance(4)) {
	case 0:
		*node = (struct node){ NODE_NAME, .field = "interface", .word = some_interface() };
		break;
	case 1:
		*node = (struct node){ NODE_NAME, .field = "instance", .word = some_instance() };
		break;
	default:
		*node = (struct node){ NODE_NET, .field = "net", .ip = some_address(chance(2)) };
		node->side = PICK(sides);
		node->bits = chance(2) ? (int)chance(node->ip.ipv6 ? 129 : 33) : node->ip.ipv6 ? 128 : 32;
	}
	node->comparison = comparisons[chance(2)];
}

static int grow(struct tree *tree, int depth)
{
	int at = tree->nodes++;
	struct node *node = &tree->node[at];
	int left;

	*node = (struct node){ .side = "" };
	if (depth && chance(4)) {
		node->kind = chance(3); /* NODE_AND, NODE_OR or NODE_NOT */
		left = grow(tree, depth - 1);
		tree->node[at].left = left;
		tree->node[at].right = tree->node[at].kind == NODE_NOT ? 0 : grow(tree, depth - 1);
		return at;
	}
	switch (chance(5)) {
	case 0:
		number_term(node);
		break;
	case 1:
		time_term(node);
		break;
	case 2:
		word_term(node);
		break;
	case 3:
		place_term(node);
		break;
	default:
		node->kind = NODE_FLAG;
		node->field = PICK(flags);
	}
	node->side = node->side ? node->side : "";
	return at;
}

/* ---- as text */

struct writer {
	char *text; /* FILTER_TEXT_SIZE bytes */
	size_t used;
};

static void put(struct writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writer *writer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	writer->used += vsnprintf(writer->text + writer->used, FILTER_TEXT_SIZE - writer->used, format, arguments);
	va_end(arguments);
	ck_assert_uint_lt(writer->used, FILTER_TEXT_SIZE);
}

/* In any case, with - or _. */
static void put_spelled(struct writer *writer, const char *word)
{
	int style = chance(4);

	for (; *word; word++) {
		char c = *word == '_' && style & 1 ? '-' : *word;

		put(writer, "%c", style & 2 ? toupper(c) : c);
	}
}

static void put_field(struct writer *writer, const char *field)
{
	static const char *const same[][3] = { { "latency", "handshake", "latency" },
					       { "net", "host", "ip" },
					       { "payload", "payload_bytes", "payload" },
					       { "interface", "dev", "ifname" } };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]) && chance(2); i++)
		if (!strcmp(field, same[i][0]))
			field = PICK(same[i]);
	put_spelled(writer, field);
}

static void put_number(struct writer *writer, __u64 value, bool bytes)
{
	__u64 k = bytes ? 1024 : 1000;

	if (value && value % (k * k) == 0 && chance(2))
		put(writer, "%llu%c", value / (k * k), "mM"[chance(2)]);
	else if (value && value % k == 0 && chance(2))
		put(writer, "%llu%c", value / k, "kK"[chance(2)]);
	else
		put(writer, "%llu", value);
}

static void put_time_value(struct writer *writer, __u64 ns)
{
	static const struct {
		const char *name;
		__u64 ns;
	} units[] = { { "h", 3600 * S }, { "min", 60 * S }, { "m", 60 * S }, { "s", S },
		      { "ms", MS },	 { "us", 1000 },    { "µs", 1000 } };

	for (int tries = 0; tries < 4; tries++) {
		size_t i = chance(sizeof(units) / sizeof(units[0]));

		if (ns % units[i].ns == 0) {
			put(writer, "%llu%s", ns / units[i].ns, units[i].name);
			return;
		}
		if (ns % units[i].ns * 1000 % units[i].ns == 0) {
			put(writer, "%llu.%03llu%s", ns / units[i].ns, ns % units[i].ns * 1000 / units[i].ns,
			    units[i].name);
			return;
		}
	}
	put(writer, "%lluns", ns);
}

static void put_comparison(struct writer *writer, const struct node *node)
{
	if (!strcmp(node->comparison, "==") && node->kind != NODE_TIME)
		put(writer, "%s", (const char *[]){ " ", "=", " == " }[chance(3)]);
	else
		put(writer, chance(2) ? "%s" : " %s ", node->comparison);
}

static void put_value(struct writer *writer, const struct node *node)
{
	char address[INET6_ADDRSTRLEN];

	switch (node->kind) {
	case NODE_ENDPOINT_NUMBER:
	case NODE_FLOW_NUMBER:
		put_number(writer, node->low, node->field[0] == 'b' || !strcmp(node->field, "payload"));
		if (node->high != node->low)
			put(writer, "-%llu", node->high);
		return;
	case NODE_TIME:
		put_time_value(writer, node->low);
		return;
	case NODE_NET:
		inet_ntop(node->ip.ipv6 ? AF_INET6 : AF_INET, node->ip.word, address, sizeof(address));
		put(writer, node->ip.ipv6 && chance(2) ? "[%s]" : "%s", address);
		if (node->bits < (node->ip.ipv6 ? 128 : 32) || chance(2))
			put(writer, "/%d", node->bits);
		return;
	case NODE_NAME:
		put(writer, chance(3) ? "%s" : "'%s'", node->word);
		return;
	default:
		put_spelled(writer, node->word);
	}
}

/* How tightly the node's operator binds. */
static int level(const struct node *node)
{
	return node->kind == NODE_OR ? 0 : node->kind == NODE_AND ? 1 : 2;
}

static void put_node(struct writer *writer, const struct tree *tree, int at, int needed);

static void put_bare_node(struct writer *writer, const struct tree *tree, const struct node *node)
{
	int binds = level(node);

	switch (node->kind) {
	case NODE_AND:
	case NODE_OR:
		put_node(writer, tree, node->left, binds);
		put(writer, "%s",
		    node->kind == NODE_AND ? PICK(((const char *[]){ " and ", " && ", " AND " }))
					   : PICK(((const char *[]){ " or ", " || ", " Or " })));
		put_node(writer, tree, node->right, binds);
		return;
	case NODE_NOT:
		put(writer, "%s", PICK(((const char *[]){ "not ", "! ", "!" })));
		put_node(writer, tree, node->left, 2);
		return;
	case NODE_FLAG:
		put_spelled(writer, node->field);
		return;
	default:
		put(writer, "%s", node->side);
		put_field(writer, node->field);
		put_comparison(writer, node);
		put_value(writer, node);
	}
}

static void put_node(struct writer *writer, const struct tree *tree, int at, int needed)
{
	const struct node *node = &tree->node[at];
	bool parentheses = level(node) < needed || chance(4) == 0;

	put(writer, "%s", parentheses ? "(" : "");
	put_bare_node(writer, tree, node);
	put(writer, "%s", parentheses ? ")" : "");
}

void tree_grow(struct tree *tree, int depth)
{
	tree->nodes = 0;
	grow(tree, depth);
}

void tree_write(const struct tree *tree, char text[FILTER_TEXT_SIZE])
{
	struct writer writer = { .text = text };

	put_node(&writer, tree, 0, 0);
}
