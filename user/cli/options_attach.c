// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options_attach.h"
#include "cli/default_iface.h"
#include "synscope/lifetime.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "flow/tunnel.h"
#include "base/clock.h"

#define TEXT_OF(number) #number
#define NUMBER_TEXT(number) TEXT_OF(number)
#define OTHERS_SIZE 256 /* of the names of interfaces in a message */
#define TIMEOUT_MOST_S 31536000 /* one year: more than half the reach of struct flow_dir's last_seen */

static const char *const mode_names[] = {
	[ATTACH_AUTO] = "auto", [ATTACH_NATIVE] = "native", [ATTACH_GENERIC] = "generic", [ATTACH_TC] = "tc", NULL,
};

/* Index + DIRECTION_BOTH is the enum attach_direction. */
static const char *const direction_names[] = { "both", "ingress", NULL };

#define TIMEOUT_NAME(enumerator, name, seconds) [TIMEOUT_##enumerator] = name,
#define TIMEOUT_LISTED(enumerator, name, seconds) name ", "
#define TIMEOUT_LISTED_WITH_DEFAULT(enumerator, name, seconds) name " " #seconds ", "

/* Ended by NULL. */
static const char *const timeout_names[TIMEOUT_COUNT + 2] = { [TIMEOUT_COUNT] = "all", FLOW_TIMEOUTS(TIMEOUT_NAME) };

#define TIMEOUT_LIST FLOW_TIMEOUTS(TIMEOUT_LISTED) "or all"
#define TIMEOUT_DEFAULTS FLOW_TIMEOUTS(TIMEOUT_LISTED_WITH_DEFAULT) "or all"
#define TIMEOUT_EXPECTED                                   \
	"NAME=SECONDS, where NAME is one of " TIMEOUT_LIST \
	", and SECONDS is a decimal number up to 31536000 (one year), a time such as 90s, 5m, 1h or 2d, or none"

static bool set_direction(const struct option *option, const char *value, void *field)
{
	unsigned int index;

	if (!option_set_choice(option, value, &index))
		return false;
	*(enum attach_direction *)field = DIRECTION_BOTH + index;
	return true;
}

/* Decimal seconds, to the nanosecond. */
static bool parse_decimal(const char *text, __u64 *ns)
{
	size_t whole_digits = strcspn(text, ".");
	char whole[16], fraction[10] = "000000000";
	__u64 seconds, rest;

	if (whole_digits >= sizeof(whole))
		return false;
	memcpy(whole, text, whole_digits);
	whole[whole_digits] = '\0';
	if (text[whole_digits]) {
		const char *digits = text + whole_digits + 1;

		if (!*digits || strlen(digits) > 9)
			return false;
		memcpy(fraction, digits, strlen(digits));
	}
	if (!parse_number(whole, TIMEOUT_MOST_S, &seconds) || !parse_number(fraction, NS_PER_S, &rest))
		return false;
	*ns = seconds * NS_PER_S + rest;
	return *ns <= TIMEOUT_MOST_S * NS_PER_S;
}

/* Decimal seconds, minutes (5m), hours (1h) or days (2d), or "none". */
static bool parse_seconds(const char *text, __u64 *ns)
{
	static const struct {
		char letter;
		__u64 seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t length = strlen(text);
	char number[32];
	__u64 unit = 1;

	if (!strcmp(text, "none")) {
		*ns = TIMEOUT_NONE;
		return true;
	}
	for (size_t i = 0; length && i < sizeof(units) / sizeof(units[0]); i++) {
		if (text[length - 1] != units[i].letter)
			continue;
		unit = units[i].seconds;
		length--;
		break;
	}
	if (length >= sizeof(number))
		return false;
	memcpy(number, text, length);
	number[length] = '\0';
	if (!parse_decimal(number, ns) || *ns > TIMEOUT_MOST_S * NS_PER_S / unit)
		return false;
	*ns *= unit;
	return true;
}

/* Is that the name of the timeout, or of all timeouts (TIMEOUT_COUNT)? */
static bool is_named(int timeout, const char *name, size_t length)
{
	return !strncmp(timeout_names[timeout], name, length) && !timeout_names[timeout][length];
}

/* NAME=SECONDS into the array of timeouts. */
static bool set_timeout(const struct option *option, const char *value, void *field)
{
	size_t length = strcspn(value, "=");
	__u64 *timeouts = field;
	bool known = false;
	__u64 ns;

	(void)option;
	if (!value[length] || !parse_seconds(value + length + 1, &ns))
		return false;
	for (int i = 0; i < TIMEOUT_COUNT; i++) {
		if (is_named(TIMEOUT_COUNT, value, length) || is_named(i, value, length)) {
			timeouts[i] = ns;
			known = true;
		}
	}
	return known;
}

static bool set_name(const struct option *option, const char *value, void *field)
{
	return instance_name_valid(value) && option_set_text(option, value, field);
}

/* Add the ports from `first` to `last` that are not in the list yet. */
static bool add_ports(struct attach_options *options, __u64 first, __u64 last)
{
	for (; first <= last; first++) {
		bool known = false;

		for (unsigned int i = 0; i < options->port_count; i++)
			known |= options->ports[i] == first;
		if (known)
			continue;
		if (options->port_count == SERVER_PORTS)
			return false;
		options->ports[options->port_count++] = first;
	}
	return true;
}

/* Parse a list of ports and ranges; the field is the whole struct attach_options. A second option adds to the first. */
static bool set_ports(const struct option *option, const char *value, void *field)
{
	char item[16], *dash;
	__u64 first, last;

	(void)option;
	for (;; value++) {
		size_t length = strcspn(value, ",");

		if (length >= sizeof(item))
			return false;
		memcpy(item, value, length);
		item[length] = '\0';
		dash = strchr(item, '-');
		if (dash)
			*dash = '\0';
		if (!parse_number(item, 65535, &first) || !parse_number(dash ? dash + 1 : item, 65535, &last) ||
		    last < first || !add_ports(field, first, last))
			return false;
		value += length;
		if (!*value)
			return true;
	}
}

/* The kinds that a word names; 0: none that is known, or "none". */
static __u32 kinds_of(const char *word, size_t length)
{
	if (length == 3 && !strncmp(word, "all", length))
		return TUNNELS_IN_LINK | TUNNELS_IN_IP;
	for (enum tunnel_kind kind = TUNNEL_NONE; kind < TUNNEL_KINDS; kind++)
		if (strlen(tunnel_kind_name(kind)) == length && !strncmp(word, tunnel_kind_name(kind), length))
			return TUNNEL_BIT(kind);
	return 0;
}

/* A list of kinds; the field is the whole struct attach_options. A second option adds to the first. */
static bool set_decap(const struct option *option, const char *value, void *field)
{
	struct attach_options *options = field;
	__u32 decap = options->decap_given ? options->decap : 0;

	(void)option;
	for (;; value++) {
		size_t length = strcspn(value, ",");
		__u32 kinds = kinds_of(value, length);

		if (!kinds)
			return false;
		decap |= kinds & ~TUNNEL_BIT(TUNNEL_NONE);
		value += length;
		if (!*value)
			break;
	}
	options->decap = decap;
	options->decap_given = true;
	return true;
}

/* Add an interface; the field is the whole struct attach_options. */
/* Add a word to a list that has room for `most`. */
static bool add_word(const char **words, int *count, int most, const char *word)
{
	if (!*word || *count == most)
		return false;
	words[(*count)++] = word;
	return true;
}

static bool add_interface(const struct option *option, const char *value, void *field)
{
	struct attach_options *options = field;

	(void)option;
	return add_word(options->ifnames, &options->interfaces, MAX_INTERFACES, value);
}

const struct option attach_option_table[] = {
	{ .name = "interface",
	  .letter = 'i',
	  .argument = "IFACE",
	  .help = "the same as the word IFACE; may be repeated",
	  .set = add_interface,
	  .expected = "the name of an interface, and at most " NUMBER_TEXT(MAX_INTERFACES) " of them",
	  .completes = "interfaces",
	  .offset = 0 },
	{ .name = "name",
	  .letter = 'n',
	  .argument = "NAME",
	  .help = "name of the instance; default the first IFACE, or all, with NETNS: in front if --netns is given",
	  .set = set_name,
	  .expected = INSTANCE_NAME_EXPECTED,
	  .offset = offsetof(struct attach_options, name) },
	{ .name = "mode",
	  .argument = "MODE",
	  .help = "native or generic XDP, tc (leaves XDP alone), or auto: native, else generic; default auto",
	  .set = option_set_choice,
	  .choices = mode_names,
	  .offset = offsetof(struct attach_options, mode) },
	{ .name = "direction",
	  .argument = "DIR",
	  .help = "both: what the host receives and sends, default for one IFACE; "
		  "ingress: what each IFACE receives, default for several and for loopback",
	  .set = set_direction,
	  .choices = direction_names,
	  .offset = offsetof(struct attach_options, direction) },
	{ .name = "netns",
	  .argument = "NETNS",
	  .help = "IFACE is in the network namespace of this name (ip netns), path or process id, or of the "
		  "container with this host name",
	  .set = option_set_text,
	  .expected = "a name under 'ip netns', a path, a process id or the host name of a container",
	  .completes = "namespaces",
	  .offset = offsetof(struct attach_options, netns) },
	{ .name = "ports",
	  .argument = "LIST",
	  .help = "server ports with latency histograms of their own; default the first 256 seen",
	  .set = set_ports,
	  .expected = "ports and ranges such as 22,80,8000-8010, at most 256 in all",
	  .offset = 0 },
	{ .name = "force",
	  .help = "replace another XDP program, if it was attached without a link",
	  .set = option_set_flag,
	  .offset = offsetof(struct attach_options, force) },
	{ 0 },
};

const struct option table_option_table[] = {
	{ .name = "max-flows",
	  .argument = "N",
	  .help = "room for N flows (such as 500k or 1M), 914 bytes each, allocated at once; default " NUMBER_TEXT(
		  MAX_FLOWS_DEFAULT),
	  .set = option_set_amount,
	  .least = 1,
	  .most = MAX_FLOWS_LIMIT,
	  .offset = offsetof(struct attach_options, max_flows) },
	{ .name = "timeout",
	  .argument = "NAME=SEC",
	  .help = "forget flows that were silent for SEC seconds; may be repeated. NAME and its "
		  "default: " TIMEOUT_DEFAULTS "; SEC may be a time such as 5m, 1h or 2d; none switches it off",
	  .set = set_timeout,
	  .expected = TIMEOUT_EXPECTED,
	  .keys = timeout_names,
	  .offset = offsetof(struct attach_options, timeout_ns) },
	{ .name = "key-vlan",
	  .help = "flows that differ only in their VLAN ids are different flows",
	  .set = option_set_flag,
	  .offset = offsetof(struct attach_options, key_vlan) },
	{ .name = "key-tunnel",
	  .help = "flows that differ only in the kinds or ids of their tunnels are different flows",
	  .set = option_set_flag,
	  .offset = offsetof(struct attach_options, key_tunnel) },
	{ .name = "rtt",
	  .help = "time round trips while flows live, to client and server apart; 64 more bytes for each slot",
	  .set = option_set_flag,
	  .offset = offsetof(struct attach_options, rtt) },
	{ .name = "decap",
	  .argument = "LIST",
	  .help = "track what is in these tunnels, up to two layers: pppoe, mpls, ipip, gre, vxlan, geneve, gtpu, "
		  "all or none; default pppoe,mpls. gre includes ERSPAN",
	  .set = set_decap,
	  .expected = "kinds of tunnels such as mpls,vxlan, of pppoe, mpls, ipip, gre, vxlan, geneve and gtpu; or "
		      "all or none",
	  .completes = "words all none pppoe mpls ipip gre vxlan geneve gtpu",
	  .offset = 0 },
	{ 0 },
};

/* Add a pattern; the field is the whole struct attach_options. */
static bool add_except(const struct option *option, const char *value, void *field)
{
	struct attach_options *options = field;

	(void)option;
	return add_word(options->except, &options->excepts, EXCEPT_MAX, value);
}

const struct option all_option_table[] = {
	{ .name = "all",
	  .letter = 'a',
	  .help = "all interfaces, instead of IFACE; not bridges, bonds and the like, nor VLANs of one that is taken, "
		  "because their segments would be seen twice",
	  .set = option_set_flag,
	  .offset = offsetof(struct attach_options, all) },
	{ .name = "except",
	  .argument = "PATTERN",
	  .help = "leave interfaces out of --all whose names match a shell pattern such as 'veth*'; may be repeated",
	  .set = add_except,
	  .expected = "a shell pattern such as 'veth*', and at most " NUMBER_TEXT(EXCEPT_MAX) " of them",
	  .completes = "interfaces",
	  .offset = 0 },
	{ 0 },
};

/* Do the options about --all fit together? False: no (logged as a usage error). */
static bool check_all(const struct attach_options *options, const char *command)
{
	if (options->all && options->interfaces)
		message_usage(command, "--all takes no interface, but '%s' was given; --except PATTERN leaves some out",
			      options->ifnames[0]);
	else if (!options->all && options->excepts)
		message_usage(command, "--except '%s' leaves interfaces out of --all, which was not given",
			      options->except[0]);
	else if (!options->all && options->follow)
		message_usage(command, "--follow takes interfaces that appear into --all, which was not given");
	else
		return true;
	return false;
}

/* Returns 0, EXIT_USAGE or a negative errno (logged). */
static int take_default(struct attach_options *options, const struct command *self)
{
	char others[OTHERS_SIZE];
	int err = default_iface(options, others, sizeof(others));

	if (err != -ENOENT)
		return err;
	message_usage(self->name,
		      "expected %s, or --all: there is no default route whose interface could be taken; there are: %s",
		      self->argument_expected, others);
	return EXIT_USAGE;
}

int attach_options_interfaces(struct attach_options *options, const struct arguments *arguments,
			      const struct command *self)
{
	for (int i = 0; i < arguments->count; i++) {
		if (options->interfaces == MAX_INTERFACES) {
			message_usage(self->name, "more than %d interfaces, the most that an instance can have",
				      MAX_INTERFACES);
			return EXIT_USAGE;
		}
		options->ifnames[options->interfaces++] = arguments->value[i];
	}
	if (!check_all(options, self->name))
		return EXIT_USAGE;
	for (int i = 0; i < options->interfaces; i++) {
		for (int j = 0; j < i; j++) {
			if (!strcmp(options->ifnames[j], options->ifnames[i])) {
				message_usage(self->name, "interface '%s' is given twice", options->ifnames[i]);
				return EXIT_USAGE;
			}
		}
	}
	return options->all || options->interfaces ? 0 : take_default(options, self);
}
