// SPDX-License-Identifier: GPL-2.0-only
/*
 * The libFuzzer target for IPFIX and NetFlow v9: flows of any content, messages of any room, what is sent again or
 * lost.
 * The decoder of the unit tests, which aborts at a mistake, reads each message.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "export/encoder.h"
#include "tests/unit/flow_decoder.h"

#define RECORDS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes of the input; 0 when they are used up. */
struct input {
	const uint8_t *p, *end;
};

static __u64 take(struct input *input, size_t bytes)
{
	__u64 value = 0;

	while (bytes--)
		value = value << 8 | (input->p < input->end ? *input->p++ : 0);
	return value;
}

static __s64 take_latency(struct input *input)
{
	__u64 kind = take(input, 1);

	return kind & 1 ? LATENCY_UNKNOWN : (__s64)(take(input, 8) & ~0ULL >> 1);
}

static struct export_record take_record(struct input *input)
{
	struct export_record record = { .reason = take(input, 1) & 3, .wall_offset_ns = take(input, 8) >> 1 };
	__u64 kind = take(input, 1);

	record.view.outcome = kind % OUTCOME_COUNT;
	record.view.origin = (kind >> 4) % 3;
	record.view.first_seen_ns = take(input, 8) >> 2;
	record.view.last_seen_ns = record.view.first_seen_ns + take(input, 4);
	record.view.syn_to_synack_ns = take_latency(input);
	record.view.synack_to_ack_ns = take_latency(input);
	record.view.handshake_ns = take_latency(input);
	for (int i = 0; i < SIDE_COUNT; i++) {
		struct endpoint_view *side = &record.view.side[i];

		side->ip.ipv6 = kind & 0x80;
		side->port = take(input, 2);
		side->flags = take(input, 1);
		side->syns = take(input, 1);
		side->isn_known = take(input, 1) & 1;
		side->isn = take(input, 4);
		record.delta[i] = (struct record_delta){ take(input, 8), take(input, 8) };
	}
	return record;
}

/* What was sent is what is read, with each template that a record needs. */
static void check(struct flow_decoder *decoder, const struct encoder *encoder, const struct export_record *records,
		  size_t taken)
{
	assert(decoder->flows == taken);
	for (size_t i = 0; i < taken; i++) {
		const struct decoded_flow *flow = &decoder->flow[i];
		const struct endpoint_view *client = &records[i].view.side[SIDE_CLIENT];

		assert(flow->template == record_template(&encoder->dialect, &records[i]));
		assert(decoded_number(flow, 0, 7) == client->port);
		assert(decoded_number(flow, 0, 1) == records[i].delta[SIDE_CLIENT].bytes);
		assert(decoded_has(flow, 0, 27) == client->ip.ipv6);
		if (encoder->dialect.protocol == PROTOCOL_IPFIX)
			assert(decoded_has(flow, 0, 184) == client->isn_known);
		else
			assert(decoded_has(flow, 0, 57555) == (records[i].view.synack_to_ack_ns != LATENCY_UNKNOWN));
	}
}

/* A collector has all templates of what it was sent; one that gets nothing for a while is told them again. */
static void play(struct input *input, struct encoder *encoder)
{
	struct export_record records[RECORDS];
	struct flow_decoder decoder = { 0 };
	__u8 message[4096];

	while (input->p < input->end) {
		__u64 what = take(input, 1);
		size_t count = what % RECORDS, room = take(input, 2) % sizeof(message), taken, bytes;
		struct export_moment now = { take(input, 8), take(input, 4) };
		__u32 sequence = encoder->sequence;

		for (size_t i = 0; i < count; i++)
			records[i] = take_record(input);
		bytes = encoder_make(encoder, records, count, &now, message, room, &taken);
		assert(bytes <= room && taken <= count && (bytes || !taken) && encoder->sequence == sequence);
		if (!bytes || what & 0x80) /* it was not sent */
			continue;
		flow_decoder_read(&decoder, message, bytes);
		check(&decoder, encoder, records, taken);
		encoder_sent(encoder);
		if (what & 0x40)
			encoder_repeat_templates(encoder, 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, data + size };
	struct encoder encoder;
	__u64 options = take(&input, 1);

	encoder_init(&encoder, options & 1 ? PROTOCOL_IPFIX : PROTOCOL_NETFLOW9, options & 2 ? 63000 : 0, options >> 2);
	play(&input, &encoder);
	return 0;
}
