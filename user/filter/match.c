// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "filter/internal.h"
#include "flow/processes.h"
#include "flow/tunnel.h"

/* ---- the values of a flow */

static __u64 endpoint_number(enum filter_field_id field, const struct endpoint_view *side)
{
	switch (field) {
	case FIELD_PORT:
		return side->port;
	case FIELD_MSS:
		return side->options & OPTION_MSS ? side->mss : NUMBER_UNKNOWN;
	case FIELD_PACKETS:
		return side->packets;
	case FIELD_BYTES:
		return side->bytes;
	case FIELD_PAYLOAD:
		return side->payload_bytes;
	case FIELD_RETRANSMITS:
		return side->retransmits;
	case FIELD_SYN:
		return side->syns;
	case FIELD_FIN:
		return side->fins;
	case FIELD_RST:
		return side->rsts;
	case FIELD_RTT:
		return side->rtt.samples ? side->rtt.smoothed_ns : NUMBER_UNKNOWN;
	case FIELD_RTT_MIN:
		return side->rtt.samples ? side->rtt.min_ns : NUMBER_UNKNOWN;
	case FIELD_RTT_LAST:
		return side->rtt.samples ? side->rtt.last_ns : NUMBER_UNKNOWN;
	case FIELD_RTT_SAMPLES:
		return side->rtt.samples;
	default:
		return NUMBER_UNKNOWN;
	}
}

static __u64 latency(__s64 ns)
{
	return ns == LATENCY_UNKNOWN ? NUMBER_UNKNOWN : (__u64)ns;
}

static __u64 anomalies(const struct flow_view *view)
{
	__u64 sum = 0;

	for (int i = 0; i < ANOMALY_COUNT; i++)
		sum += view->anomalies[i];
	return sum;
}

static __u64 flow_number(enum filter_field_id field, const struct flow_view *view)
{
	switch (field) {
	case FIELD_SYN_TO_SYNACK:
		return latency(view->syn_to_synack_ns);
	case FIELD_SYNACK_TO_ACK:
		return latency(view->synack_to_ack_ns);
	case FIELD_HANDSHAKE:
		return latency(view->handshake_ns);
	case FIELD_AGE:
		return view->duration_ns + view->idle_ns;
	case FIELD_IDLE:
		return view->idle_ns;
	case FIELD_DURATION:
		return view->duration_ns;
	case FIELD_INCARNATION:
		return view->incarnation;
	case FIELD_SYN_RETRANSMITS:
		return view->side[SIDE_CLIENT].syn_retransmits;
	case FIELD_SYNACK_RETRANSMITS:
		return view->side[SIDE_SERVER].syn_retransmits;
	case FIELD_ANOMALIES:
		return anomalies(view);
	default:
		return view->anomalies[field - FIELD_ANOMALY];
	}
}

static __u32 flow_word(enum filter_field_id field, const struct flow_view *view)
{
	switch (field) {
	case FIELD_OUTCOME:
		return view->outcome;
	case FIELD_REASON:
		return view->unreachable.reason;
	case FIELD_ORIGIN:
		return view->origin;
	default:
		return view->conn_state;
	}
}

static bool flow_flag(enum filter_field_id field, const struct flow_view *view)
{
	switch (field) {
	case FIELD_TCP:
		return true;
	case FIELD_ONE_WAY:
		return view->one_way;
	case FIELD_IPV4:
		return !view->side[SIDE_CLIENT].ip.ipv6;
	case FIELD_IPV6:
		return view->side[SIDE_CLIENT].ip.ipv6;
	case FIELD_FAILED:
		return view->failed;
	case FIELD_RTT_AMBIGUOUS:
		return view->rtt_ambiguous;
	default:
		return view->packets_estimated;
	}
}

/* ---- comparing a value with a test */

/* An unknown value matches neither a comparison nor its negation. */
static bool number_matches(const struct filter_test *test, __u64 value)
{
	return value != NUMBER_UNKNOWN && (value >= test->low && value <= test->high) != test->negate;
}

static bool word_matches(const struct filter_test *test, __u32 value)
{
	return (test->mask >> value & 1) != test->negate;
}

static bool address_matches(const struct filter_test *test, const struct ip_address *ip)
{
	const struct filter_net *net = &test->net;
	bool inside = ip->ipv6 == net->ipv6;

	for (int i = 0; i < (net->ipv6 ? 4 : 1); i++)
		inside &= (ip->word[i] & net->mask[i]) == net->word[i];
	return inside != test->negate;
}

static bool name_matches(const struct filter_test *test, const struct flow_labels *labels)
{
	const char *name = test->field == FIELD_INTERFACE ? labels->ifname : labels->instance;

	return name && !strcmp(name, test->name) != test->negate;
}

static bool has_ended(const struct flow_view *view)
{
	return view->outcome != OUTCOME_OPENING && view->outcome != OUTCOME_OPEN && view->outcome != OUTCOME_CLOSING;
}

/* A time before 1970 counts as 1970. */
static __u64 wall_ns(__u64 record_ns, const struct flow_labels *labels)
{
	__s64 ns = (__s64)record_ns + labels->wall_offset_ns;

	return ns > 0 ? (__u64)ns : 0;
}

static bool when_matches(const struct filter_test *test, const struct flow_view *view, const struct flow_labels *labels)
{
	__u64 at_ns = test->field == FIELD_STARTED ? view->first_seen_ns : view->last_seen_ns;
	__u64 ago_ns = view->idle_ns + view->last_seen_ns - at_ns;

	if (!at_ns || (test->field == FIELD_ENDED && !has_ended(view)))
		return false;
	return number_matches(test, test->ago ? ago_ns : wall_ns(at_ns, labels));
}

/* True if any tag matches or, for a negated test, if none does. */
static bool vlan_matches(const struct filter_test *test, const struct flow_view *view)
{
	for (int i = 0; i < view->vlans; i++)
		if (number_matches(test, view->vlan[i]) != test->negate)
			return !test->negate;
	return test->negate;
}

static bool is_of_field(enum filter_field_id field, const struct tunnel_layer *layer)
{
	if (field == FIELD_VNI)
		return layer->kind == TUNNEL_VXLAN || layer->kind == TUNNEL_GENEVE;
	return layer->flags & TUNNEL_HAS_ID;
}

/* True if any tunnel matches or, for a negated test, if none does. False in both cases if the tunnels are not known. */
static bool tunnel_matches(const struct filter_test *test, const struct flow_view *view,
			   const struct flow_labels *labels)
{
	const struct flow_tunnel *tunnel = tunnel_of_number(labels->tunnels, view->tunnel);

	if (!tunnel)
		return false;
	if (test->field == FIELD_TUNNEL && !tunnel->layers)
		return word_matches(test, TUNNEL_NONE);
	for (__u32 i = 0; i < tunnel->layers; i++) {
		const struct tunnel_layer *layer = &tunnel->layer[i];

		if (test->field == FIELD_TUNNEL
			    ? word_matches(test, layer->kind) != test->negate
			    : is_of_field(test->field, layer) && number_matches(test, layer->id) != test->negate)
			return !test->negate;
	}
	return test->negate;
}

/* Is a number of one endpoint above, below or equal to so many times one of this endpoint or of the other? */
static bool multiple_matches(const struct filter_test *test, const struct endpoint_view *side,
			     const struct endpoint_view *other)
{
	__u64 value = endpoint_number(test->field, side), than = endpoint_number(test->than, other);
	long double times = (long double)than * test->times_1000, thousandths = (long double)value * 1000;

	if (value == NUMBER_UNKNOWN || than == NUMBER_UNKNOWN)
		return false;
	switch (test->comparison) {
	case TOKEN_LESS:
		return thousandths < times;
	case TOKEN_AT_MOST:
		return thousandths <= times;
	case TOKEN_MORE:
		return thousandths > times;
	case TOKEN_AT_LEAST:
		return thousandths >= times;
	default:
		return (thousandths == times) != test->negate;
	}
}

static bool endpoint_matches(const struct filter_test *test, const struct flow_view *view, enum flow_side of)
{
	const struct endpoint_view *side = &view->side[of];

	if (test->times_1000)
		return multiple_matches(test, side, &view->side[test->than_side == SIDE_COUNT ? of : test->than_side]);
	if (test->field == FIELD_FLAGS)
		return !!(side->flags & test->mask) != test->negate;
	if (test->kind == KIND_WORD)
		return word_matches(test, side->state);
	if (test->kind == KIND_ADDRESS)
		return address_matches(test, &side->ip);
	return number_matches(test, endpoint_number(test->field, side));
}

/* True if either endpoint passes the test or, for a negated test, if both do. */
static bool either_matches(const struct filter_test *test, const struct flow_view *view)
{
	if (endpoint_matches(test, view, SIDE_CLIENT) != test->negate)
		return !test->negate;
	return endpoint_matches(test, view, SIDE_SERVER);
}

static bool is_of_process(enum filter_field_id field)
{
	return field == FIELD_PROCESS || field == FIELD_PID || field == FIELD_CONTAINER;
}

static bool process_has(const struct filter_test *test, const struct process *process)
{
	if (test->field == FIELD_PROCESS)
		return process_is_named(process, test->name);
	if (test->field == FIELD_CONTAINER)
		return process_is_in(process, test->name);
	return (__u64)process->pid >= test->low && (__u64)process->pid <= test->high;
}

/*
 * True if the process of any end matches or, for a negated test, if none does. False in both cases if no process of
 * the ends is known.
 */
static bool process_matches(const struct filter_test *test, const struct flow_view *view,
			    const struct flow_labels *labels)
{
	bool known = false;

	for (int i = 0; i < SIDE_COUNT; i++) {
		const struct process *process;

		if (test->side != SIDE_COUNT && test->side != (enum flow_side)i)
			continue;
		process = process_of(labels->sockets, &view->side[i], &view->side[!i]);
		known |= !!process;
		if (process && process_has(test, process))
			return !test->negate;
	}
	return known && test->negate;
}

static bool sides_match(const struct filter_test *test, const struct flow_view *view, const struct flow_labels *labels)
{
	if (is_of_process(test->field))
		return process_matches(test, view, labels);
	if (test->side != SIDE_COUNT)
		return endpoint_matches(test, view, test->side);
	if (test->sides == SIDES_EITHER)
		return either_matches(test, view);
	return number_matches(test, endpoint_number(test->field, &view->side[SIDE_CLIENT]) +
					    endpoint_number(test->field, &view->side[SIDE_SERVER]));
}

static bool flow_matches(const struct filter_test *test, const struct flow_view *view, const struct flow_labels *labels)
{
	if ((test->field == FIELD_UNREACHABLE_BY || test->field == FIELD_REASON) &&
	    view->outcome != OUTCOME_UNREACHABLE)
		return false;
	if (test->field == FIELD_UNREACHABLE_BY)
		return address_matches(test, &view->unreachable.by);
	if (test->field == FIELD_TUNNEL || test->field == FIELD_VNI || test->field == FIELD_TUNNEL_ID)
		return tunnel_matches(test, view, labels);
	switch (test->kind) {
	case KIND_FLAG:
		return flow_flag(test->field, view);
	case KIND_NAME:
		return name_matches(test, labels);
	case KIND_WHEN:
		return when_matches(test, view, labels);
	case KIND_WORD:
		return word_matches(test, flow_word(test->field, view));
	default:
		if (test->field == FIELD_VLAN)
			return vlan_matches(test, view);
		return number_matches(test, flow_number(test->field, view));
	}
}

bool filter_match(const struct filter *filter, const struct flow_view *view, const struct flow_labels *labels)
{
	bool value = true;

	for (int i = 0; i < filter->steps;) {
		const struct filter_step *step = &filter->step[i++];

		switch (step->kind) {
		case STEP_TEST:
			value = step->test.sides == SIDES_FLOW ? flow_matches(&step->test, view, labels)
							       : sides_match(&step->test, view, labels);
			break;
		case STEP_NOT:
			value = !value;
			break;
		case STEP_AND:
			i = value ? i : step->target;
			break;
		case STEP_OR:
			i = value ? step->target : i;
			break;
		}
	}
	return value;
}

static bool is_round_trip(enum filter_field_id field)
{
	return field >= FIELD_RTT && field <= FIELD_RTT_SAMPLES;
}

static bool has_test_of(const struct filter *filter, bool (*is_asked)(enum filter_field_id field))
{
	for (int i = 0; i < filter->steps; i++)
		if (filter->step[i].kind == STEP_TEST && is_asked(filter->step[i].test.field))
			return true;
	return false;
}

bool filter_needs_processes(const struct filter *filter)
{
	return has_test_of(filter, is_of_process);
}

bool filter_needs_round_trips(const struct filter *filter)
{
	return has_test_of(filter, is_round_trip);
}
