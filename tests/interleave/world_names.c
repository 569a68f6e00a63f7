// SPDX-License-Identifier: GPL-2.0-only
/* Names for addresses, in reports. */
#include <stddef.h>
#include <stdio.h>

#include "world_private.h"

#define FIELD(type, field)                              \
	{                                               \
#field, __builtin_offsetof(type, field) \
	}

struct field {
	const char *name;
	size_t at;
};

static const struct field hot_fields[] = {
	FIELD(struct flow_hot, tag),
	FIELD(struct flow_hot, id[0]),
	FIELD(struct flow_hot, id[1]),
	FIELD(struct flow_hot, ports),
	FIELD(struct flow_hot, dir[0].facts),
	FIELD(struct flow_hot, dir[0].next_seq),
	FIELD(struct flow_hot, dir[0].max_ack),
	FIELD(struct flow_hot, dir[0].packets),
	FIELD(struct flow_hot, dir[0].bytes),
	FIELD(struct flow_hot, dir[0].last_seen),
	FIELD(struct flow_hot, dir[1].facts),
	FIELD(struct flow_hot, dir[1].next_seq),
	FIELD(struct flow_hot, dir[1].max_ack),
	FIELD(struct flow_hot, dir[1].packets),
	FIELD(struct flow_hot, dir[1].bytes),
	FIELD(struct flow_hot, dir[1].last_seen),
};

static const struct field cold_fields[] = {
	FIELD(struct flow_cold, addr),
	FIELD(struct flow_cold, dir[0]),
	FIELD(struct flow_cold, dir[0].isn),
	FIELD(struct flow_cold, dir[0].fin_seq),
	FIELD(struct flow_cold, dir[0].late_ack),
	FIELD(struct flow_cold, dir[0].bytes_high),
	FIELD(struct flow_cold, dir[1]),
	FIELD(struct flow_cold, dir[1].isn),
	FIELD(struct flow_cold, dir[1].fin_seq),
	FIELD(struct flow_cold, dir[1].late_ack),
	FIELD(struct flow_cold, dir[1].bytes_high),
	FIELD(struct flow_cold, syn_to_synack_ns),
	FIELD(struct flow_cold, acked_ns),
	FIELD(struct flow_cold, last_exact_ns),
	FIELD(struct flow_cold, history),
	FIELD(struct flow_cold, remembered),
	FIELD(struct flow_cold, ifindex),
	FIELD(struct flow_cold, announced),
	FIELD(struct flow_cold, anomalies),
	FIELD(struct flow_cold, flags),
	FIELD(struct flow_cold, vlan),
	FIELD(struct flow_cold, incarnation),
	FIELD(struct flow_cold, opening),
	FIELD(struct flow_cold, closing),
};

static const struct field trip_fields[] = {
	FIELD(struct flow_round_trips, dir[0].begun),	 FIELD(struct flow_round_trips, dir[0].pending),
	FIELD(struct flow_round_trips, dir[0].min),	 FIELD(struct flow_round_trips, dir[0].last),
	FIELD(struct flow_round_trips, dir[0].smoothed), FIELD(struct flow_round_trips, dir[0].samples),
	FIELD(struct flow_round_trips, dir[1].begun),	 FIELD(struct flow_round_trips, dir[1].pending),
	FIELD(struct flow_round_trips, dir[1].min),	 FIELD(struct flow_round_trips, dir[1].last),
	FIELD(struct flow_round_trips, dir[1].smoothed), FIELD(struct flow_round_trips, dir[1].samples),
};

static const char *field_name(char *text, size_t room, const char *kind, size_t slot, size_t at,
			      const struct field *fields, size_t count)
{
	const struct field *best = fields;

	for (size_t i = 1; i < count && fields[i].at <= at; i++)
		best = &fields[i];
	if (at == best->at)
		snprintf(text, room, "%s[%zu].%s", kind, slot, best->name);
	else
		snprintf(text, room, "%s[%zu].%s + %zu", kind, slot, best->name, at - best->at);
	return text;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *world_name(__u32 at)
{
	static char text[80];
	size_t prints = offsetof(struct shared, fingerprints), stamps = offsetof(struct shared, stamps);
	size_t cold = offsetof(struct shared, cold), trips = offsetof(struct shared, round_trips);
	size_t ports = offsetof(struct shared, ports), trip_counts = offsetof(struct shared, round_trip_histograms);

	if (at < prints)
		return field_name(text, sizeof(text), "hot", at / sizeof(struct flow_hot), at % sizeof(struct flow_hot),
				  hot_fields, COUNT(hot_fields));
	if (at < stamps)
		snprintf(text, sizeof(text), "fingerprint[%zu]", at - prints);
	else if (at < cold)
		snprintf(text, sizeof(text), "stamp[%zu]", (at - stamps) / sizeof(__u32));
	else if (at < trips)
		return field_name(text, sizeof(text), "cold", (at - cold) / sizeof(struct flow_cold),
				  (at - cold) % sizeof(struct flow_cold), cold_fields, COUNT(cold_fields));
	else if (at < ports)
		return field_name(text, sizeof(text), "round_trips", (at - trips) / sizeof(struct flow_round_trips),
				  (at - trips) % sizeof(struct flow_round_trips), trip_fields, COUNT(trip_fields));
	else if (at < trip_counts)
		snprintf(text, sizeof(text), "port counts + %zu", at - ports);
	else
		snprintf(text, sizeof(text), "round trip counts + %zu", at - trip_counts);
	return text;
}
