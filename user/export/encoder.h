/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records as messages of IPFIX (RFC 7011, RFC 5103, RFC 5610) or NetFlow v9 (RFC 3954). Nothing here sends anything or
 * knows the time.
 */
#ifndef SYNSCOPE_EXPORT_ENCODER_H
#define SYNSCOPE_EXPORT_ENCODER_H

#include "export/element.h"

/*
 * 256 and 257 are the templates of IPv4 and IPv6 flows of which everything is known; the others lack what is not known:
 * 256 + 2 * parts + 1 for IPv6.
 */
#define TEMPLATE_FIRST 256
#define TEMPLATES (2 << PARTS)
#define TEMPLATE_TYPES (TEMPLATE_FIRST + TEMPLATES) /* options: the types of our own elements */
#define MESSAGE_MAX 65535

/* What the collector has been told. */
struct encoder {
	struct dialect dialect;
	__u32 domain; /* of observation; NetFlow v9: the source */
	__u32 sequence; /* IPFIX: data records that were sent; NetFlow v9: messages */
	/* Of each template, at the end of the types: is it in use, known to the collector, in the present message? */
	bool used[TEMPLATES + 1], told[TEMPLATES + 1], here[TEMPLATES + 1];
	__u32 records; /* data records in the present message */
	__u64 repeated_ns; /* when all templates were last due, monotonic */
};

/* When a message is sent. */
struct export_moment {
	__u64 wall_ns; /* since 1970 */
	__u64 boot_ns; /* on the clock of the records */
};

void encoder_init(struct encoder *encoder, enum flow_protocol protocol, __u32 pen, __u32 domain);

/* All templates are to be sent again. */
void encoder_repeat_templates(struct encoder *encoder, __u64 now_ns);

/* The same if they were sent a minute ago. Returns whether they are to be sent. */
bool encoder_repeat_in_time(struct encoder *encoder, __u64 now_ns);

/* A new connection: nothing has been sent on it. */
void encoder_restart(struct encoder *encoder, __u64 now_ns);

/*
 * Make a message of at most `room` bytes (MESSAGE_MAX is the most) with the templates that are due and as many records
 * as fit. Returns its length, and in *taken how many records are in it; 0 if there is nothing to send, or not even one
 * record and its template fits. Until encoder_sent() is called, the same message can be made again.
 */
size_t encoder_make(struct encoder *encoder, const struct export_record *records, size_t count,
		    const struct export_moment *now, __u8 *message, size_t room, size_t *taken);

/* The message that was made last was sent. */
void encoder_sent(struct encoder *encoder);

/* The template of a record. */
__u16 record_template(const struct dialect *dialect, const struct export_record *record);

/* One record by that template, without anything around it. Returns its end; there must be RECORD_BYTES_MAX of room. */
#define RECORD_BYTES_MAX 256
__u8 *put_record(__u8 *p, const struct dialect *dialect, const struct export_record *record);

#endif
