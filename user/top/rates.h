/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rates of the flows of a table: of each slot, what its flow had counted at the last reading. The memory is that of the
 * slots that had a flow, however long `top` runs.
 */
#ifndef SYNSCOPE_TOP_RATES_H
#define SYNSCOPE_TOP_RATES_H

#include "flow/rate.h"
#include "flow/view.h"

/* A slot at the last reading. */
struct rate_sample {
	__u64 bytes, packets; /* of both directions */
	__u64 past; /* a byte for each of the last rates, see rate_code() */
	__u32 tag;
	float bytes_per_s, packets_per_s; /* below 0: not known */
	__u16 incarnation;
	__u8 generation;
	__u8 reading; /* the low bits of its number */
};

struct top_rates {
	struct rate_sample *sample; /* by slot; NULL: there are no rates */
	__u64 taken_ns, before_ns; /* when the last reading was taken, and the one before; 0: there was none */
	__u8 reading;
	bool due; /* the present reading is taken */
	__u64 bytes, packets; /* of all flows since the reading before */
};

/* Returns 0 or -ENOMEM (logged). */
int top_rates_open(struct top_rates *rates, __u64 slots);
void top_rates_close(struct top_rates *rates);

/* A reading of the table begins. It is taken if the last one is at least `spacing_ns` old. */
void top_rates_begin(struct top_rates *rates, __u64 now_ns, __u64 spacing_ns);

/* The next flow of the reading. */
void top_rates_take(struct top_rates *rates, const struct flow_record *record, const struct flow_view *view);

/* The rate of the flow with that tag in that slot. */
struct flow_rate top_rates_of(const struct top_rates *rates, __u32 slot, __u32 tag);

/* Between the last two readings that were taken; 0 if there were not two. */
__u64 top_rates_elapsed(const struct top_rates *rates);

#endif
