/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The elements that a flow record consists of in IPFIX (RFC 7011, RFC 5103) and NetFlow v9 (RFC 3954): one table, from
 * which templates and records are made, in the order in which they are sent.
 */
#ifndef SYNSCOPE_EXPORT_ELEMENT_H
#define SYNSCOPE_EXPORT_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "export/record.h"

enum flow_protocol { PROTOCOL_IPFIX, PROTOCOL_NETFLOW9 };

/* Parts of a record that may be unknown. What lacks one is sent by a template without its elements, never as 0. */
#define PART_SYN_TO_SYNACK (1U << 0)
#define PART_SYNACK_TO_ACK (1U << 1)
#define PART_CLIENT_ISN (1U << 2)
#define PART_SERVER_ISN (1U << 3)
#define PART_SYNS (1U << 4)
#define PART_HANDSHAKE (1U << 5)
#define PART_CLIENT_RTT (1U << 6)
#define PART_SERVER_RTT (1U << 7)
#define PARTS 8

#define ELEMENT_VARIABLE 65535 /* as a length: the value says its own (RFC 7011, section 7) */

struct element {
	const char *name;
	__u32 enterprise; /* 0: of IANA; ENTERPRISE_OWN: that of --pen */
	struct {
		__u16 id, bytes;
	} as[2]; /* by enum flow_protocol; id 0: not sent in that protocol */
	__u8 value; /* enum element_value */
	__u8 needs; /* PART_* or 0 */
	__u8 family; /* 4, 6, 0: both */
	__u8 type, semantics; /* of our own ones, as RFC 5610 has them */
	__u16 units;
};

#define ENTERPRISE_OWN 0xffffffffU

extern const struct element elements[];
extern const size_t element_count;

/* Which templates and records are wanted: the protocol, and the enterprise number of our own elements, 0: none. */
struct dialect {
	enum flow_protocol protocol;
	__u32 pen;
};

/* Has a template for this family, which lacks the parts `missing`, the element? */
bool element_is_sent(const struct element *element, const struct dialect *dialect, bool ipv6, __u32 missing);

/* The parts that the record lacks, PART_*. */
__u32 record_missing(const struct export_record *record);

#define ELEMENT_VALUE_MAX 20 /* bytes of a value, with the length of a variable one */

/* Write the value in `bytes` bytes, network order. Returns its end. */
__u8 *put_element(__u8 *p, const struct element *element, __u16 bytes, const struct export_record *record);

/* Write the lowest `bytes` bytes of a number, network order. Returns its end. */
__u8 *put_number(__u8 *p, __u64 value, __u16 bytes);

#endif
