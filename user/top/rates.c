// SPDX-License-Identifier: GPL-2.0-only
#include "top/rates.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"

#define UNKNOWN (-1.0F)

int top_rates_open(struct top_rates *rates, __u64 slots)
{
	*rates = (struct top_rates){ .sample = array_new(slots, sizeof(*rates->sample), "the rates of flows") };
	return rates->sample ? 0 : -ENOMEM;
}

void top_rates_close(struct top_rates *rates)
{
	free(rates->sample);
	rates->sample = NULL;
}

/* An amount in a byte, within a quarter of it: its highest bit, and the two bits after that. */
static __u8 rate_code(__u64 amount)
{
	int high;

	if (amount < 4)
		return (__u8)amount;
	high = 63 - __builtin_clzll(amount);
	return (__u8)(high << 2 | (amount >> (high - 2) & 3));
}

static __u64 rate_decode(__u8 code)
{
	return code < 4 ? code : (4ULL | (code & 3)) << ((code >> 2) - 2);
}

__u64 top_rates_elapsed(const struct top_rates *rates)
{
	return rates->before_ns ? rates->taken_ns - rates->before_ns : 0;
}

void top_rates_begin(struct top_rates *rates, __u64 now_ns, __u64 spacing_ns)
{
	rates->due = rates->sample && (!rates->taken_ns || now_ns >= rates->taken_ns + spacing_ns);
	if (!rates->due)
		return;
	rates->before_ns = rates->taken_ns;
	rates->taken_ns = now_ns;
	rates->reading++;
	rates->bytes = rates->packets = 0;
}

/* Is it the flow of the reading before, and of the same connection? */
static bool goes_on(const struct rate_sample *was, const struct rate_sample *is)
{
	return was->tag == is->tag && was->incarnation == is->incarnation && was->generation == is->generation &&
	       was->reading == (__u8)(is->reading - 1) && was->bytes <= is->bytes && was->packets <= is->packets;
}

void top_rates_take(struct top_rates *rates, const struct flow_record *record, const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];
	struct rate_sample *sample;
	struct rate_sample now = {
		.bytes = client->bytes + server->bytes,
		.packets = client->packets + server->packets,
		.tag = record->hot.tag,
		.bytes_per_s = UNKNOWN,
		.packets_per_s = UNKNOWN,
		.incarnation = view->incarnation,
		.generation = facts_generation(record->hot.dir[0].facts),
		.reading = rates->reading,
	};

	if (!rates->due)
		return;
	sample = &rates->sample[record->slot];
	if (rates->before_ns && goes_on(sample, &now)) {
		float per_s = (float)NS_PER_S / (float)top_rates_elapsed(rates);
		__u64 bytes = now.bytes - sample->bytes, packets = now.packets - sample->packets;

		now.bytes_per_s = (float)bytes * per_s;
		now.packets_per_s = (float)packets * per_s;
		now.past = sample->past << 8 | rate_code((__u64)now.bytes_per_s);
		rates->bytes += bytes;
		rates->packets += packets;
	} else if (rates->before_ns && view->first_seen_ns >= rates->before_ns) { /* all of it came since then */
		rates->bytes += now.bytes;
		rates->packets += now.packets;
	}
	*sample = now;
}

struct flow_rate top_rates_of(const struct top_rates *rates, __u32 slot, __u32 tag)
{
	const struct rate_sample *sample;
	struct flow_rate rate = { 0 };

	if (!rates->sample)
		return rate;
	sample = &rates->sample[slot];
	rate.known = sample->tag == tag && sample->reading == rates->reading && sample->bytes_per_s >= 0;
	if (!rate.known)
		return rate;
	rate.bytes = sample->bytes_per_s;
	rate.packets = sample->packets_per_s;
	for (int i = 0; i < FLOW_RATE_PAST; i++)
		rate.past[FLOW_RATE_PAST - 1 - i] = rate_decode(sample->past >> 8 * i & 0xff);
	return rate;
}
