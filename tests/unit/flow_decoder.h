/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A decoder of IPFIX and NetFlow v9, which knows what RFC 7011 and RFC 3954 say, and nothing of the encoder. A message
 * that breaks their rules aborts.
 */
#ifndef SYNSCOPE_TESTS_UNIT_FLOW_DECODER_H
#define SYNSCOPE_TESTS_UNIT_FLOW_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define DECODED_FIELDS 64
#define DECODED_FLOWS 128
#define DECODED_TEMPLATES 576

struct decoded_field {
	__u32 enterprise;
	__u16 id, bytes;
	const __u8 *value; /* until the next message is read; of a template NULL */
};

/* A template, or a record by it. */
struct decoded_flow {
	__u16 template, fields;
	bool options;
	struct decoded_field field[DECODED_FIELDS];
};

struct flow_decoder {
	struct decoded_flow templates[DECODED_TEMPLATES]; /* by id, from 256 */
	/* of the last message */
	__u8 message[65536];
	struct decoded_flow flow[DECODED_FLOWS];
	size_t flows;
	/* of all messages */
	struct decoded_flow option[16];
	size_t options;
};

/* Read a message. */
void flow_decoder_read(struct flow_decoder *decoder, const __u8 *message, size_t bytes);

bool decoded_has(const struct decoded_flow *flow, __u32 enterprise, __u16 id);

/* Of a field that the flow must have. */
const __u8 *decoded_bytes(const struct decoded_flow *flow, __u32 enterprise, __u16 id);
size_t decoded_length(const struct decoded_flow *flow, __u32 enterprise, __u16 id);
__u64 decoded_number(const struct decoded_flow *flow, __u32 enterprise, __u16 id);

#endif
