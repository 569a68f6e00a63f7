// SPDX-License-Identifier: GPL-2.0-only
#include "export/encoder.h"

#include <string.h>

#include "base/clock.h"

#define IPFIX_VERSION 10
#define IPFIX_HEADER 16
#define IPFIX_TEMPLATE_SET 2
#define IPFIX_OPTIONS_SET 3
#define IPFIX_ENTERPRISE 0x8000
#define NETFLOW9_VERSION 9
#define NETFLOW9_HEADER 20
#define NETFLOW9_TEMPLATE_SET 0
#define NETFLOW9_ALIGNMENT 4 /* of data sets; template sets are aligned anyway */
#define SET_HEADER 4

#define TEMPLATES_NS (60 * NS_PER_S) /* when they are sent again, over UDP */

#define TYPES TEMPLATES /* its place in the tables of struct encoder */
#define TEMPLATE_BYTES_MAX 512

/* RFC 5610, section 3.9 */
#define IE_ENTERPRISE 346
#define IE_ID 303
#define IE_TYPE 339
#define IE_SEMANTICS 344
#define IE_UNITS 345
#define IE_NAME 341

/* A message that is being made. */
struct writer {
	struct encoder *encoder;
	__u8 *message, *p, *end;
	__u8 *set; /* that is open; NULL: none */
	__u16 set_id;
	__u32 records; /* of every kind, as NetFlow v9 counts them */
};

static bool is_ipfix(const struct encoder *encoder)
{
	return encoder->dialect.protocol == PROTOCOL_IPFIX;
}

static size_t header_bytes(const struct encoder *encoder)
{
	return is_ipfix(encoder) ? IPFIX_HEADER : NETFLOW9_HEADER;
}

/* ---- templates and records */

/* The parts that templates can lack: those that some element which is sent needs. */
static __u32 parts_sent(const struct dialect *dialect)
{
	__u32 parts = 0;

	for (size_t i = 0; i < element_count; i++)
		if (element_is_sent(&elements[i], dialect, elements[i].family == 6, 0))
			parts |= elements[i].needs;
	return parts;
}

__u16 record_template(const struct dialect *dialect, const struct export_record *record)
{
	__u32 missing = record_missing(record) & parts_sent(dialect);

	return TEMPLATE_FIRST + 2 * missing + record->view.side[SIDE_CLIENT].ip.ipv6;
}

__u8 *put_record(__u8 *p, const struct dialect *dialect, const struct export_record *record)
{
	bool ipv6 = record->view.side[SIDE_CLIENT].ip.ipv6;
	__u32 missing = record_missing(record);

	for (size_t i = 0; i < element_count; i++)
		if (element_is_sent(&elements[i], dialect, ipv6, missing))
			p = put_element(p, &elements[i], elements[i].as[dialect->protocol].bytes, record);
	return p;
}

static __u8 *put_field(__u8 *p, __u16 id, __u16 bytes, __u32 enterprise)
{
	p = put_number(p, enterprise ? id | IPFIX_ENTERPRISE : id, 2);
	p = put_number(p, bytes, 2);
	return enterprise ? put_number(p, enterprise, 4) : p;
}

static __u8 *put_template(__u8 *p, const struct dialect *dialect, __u16 number)
{
	__u8 *count = p + 2;
	__u16 fields = 0;

	p = put_number(p, TEMPLATE_FIRST + number, 2) + 2;
	for (size_t i = 0; i < element_count; i++) {
		const struct element *element = &elements[i];
		__u32 enterprise = element->enterprise == ENTERPRISE_OWN ? dialect->pen : element->enterprise;

		if (!element_is_sent(element, dialect, number & 1, number >> 1))
			continue;
		p = put_field(p, element->as[dialect->protocol].id, element->as[dialect->protocol].bytes, enterprise);
		fields++;
	}
	put_number(count, fields, 2);
	return p;
}

/* The template of the types of our own elements: the first two fields are the scope. */
static __u8 *put_types_template(__u8 *p)
{
	p = put_number(p, TEMPLATE_TYPES, 2);
	p = put_number(p, 6, 2);
	p = put_number(p, 2, 2);
	p = put_field(p, IE_ENTERPRISE, 4, 0);
	p = put_field(p, IE_ID, 2, 0);
	p = put_field(p, IE_TYPE, 1, 0);
	p = put_field(p, IE_SEMANTICS, 1, 0);
	p = put_field(p, IE_UNITS, 2, 0);
	return put_field(p, IE_NAME, ELEMENT_VARIABLE, 0);
}

static __u8 *put_type(__u8 *p, const struct element *element, __u32 pen)
{
	size_t bytes = strlen(element->name);

	p = put_number(p, pen, 4);
	p = put_number(p, element->as[PROTOCOL_IPFIX].id, 2);
	p = put_number(p, element->type, 1);
	p = put_number(p, element->semantics, 1);
	p = put_number(p, element->units, 2);
	p = put_number(p, bytes, 1);
	memcpy(p, element->name, bytes);
	return p + bytes;
}

/* ---- sets */

static void close_set(struct writer *writer)
{
	if (!writer->set)
		return;
	while (!is_ipfix(writer->encoder) && (writer->p - writer->set) % NETFLOW9_ALIGNMENT)
		*writer->p++ = 0;
	put_number(writer->set + 2, writer->p - writer->set, 2);
	writer->set = NULL;
}

/* Add something to the set of that id, which is opened if need be. False: there is no room, and nothing has changed. */
static bool add(struct writer *writer, __u16 set_id, const __u8 *content, size_t bytes)
{
	bool open = writer->set && writer->set_id == set_id;
	size_t padding = is_ipfix(writer->encoder) ? 0 : NETFLOW9_ALIGNMENT - 1;
	size_t needed = bytes + (open ? 0 : SET_HEADER + padding) + padding;

	if (needed > (size_t)(writer->end - writer->p))
		return false;
	if (!open) {
		close_set(writer);
		writer->set = writer->p;
		writer->set_id = set_id;
		writer->p = put_number(writer->p, set_id, 2) + 2;
	}
	memcpy(writer->p, content, bytes);
	writer->p += bytes;
	writer->records++;
	return true;
}

/* The types of our own elements, template and records together. */
static bool add_types(struct writer *writer)
{
	struct writer before = *writer;
	__u8 content[TEMPLATE_BYTES_MAX];
	__u32 records = 0;
	bool fits = add(writer, IPFIX_OPTIONS_SET, content, put_types_template(content) - content);

	for (size_t i = 0; i < element_count && fits; i++) {
		if (elements[i].enterprise != ENTERPRISE_OWN)
			continue;
		fits = add(writer, TEMPLATE_TYPES, content,
			   put_type(content, &elements[i], writer->encoder->dialect.pen) - content);
		records++;
	}
	if (fits)
		writer->encoder->records += records;
	else
		*writer = before;
	return fits;
}

static bool add_template(struct writer *writer, __u16 number)
{
	struct encoder *encoder = writer->encoder;
	__u8 content[TEMPLATE_BYTES_MAX];
	bool fits;

	if (number == TYPES)
		fits = add_types(writer);
	else
		fits = add(writer, is_ipfix(encoder) ? IPFIX_TEMPLATE_SET : NETFLOW9_TEMPLATE_SET, content,
			   put_template(content, &encoder->dialect, number) - content);
	encoder->here[number] = fits;
	return fits;
}

/* Add a record, and its template if the collector does not have it. False: there is no room for both. */
static bool add_record(struct writer *writer, const struct export_record *record)
{
	struct encoder *encoder = writer->encoder;
	__u16 id = record_template(&encoder->dialect, record), number = id - TEMPLATE_FIRST;
	bool has = encoder->told[number] || encoder->here[number];
	struct writer before = *writer;
	__u8 content[RECORD_BYTES_MAX];

	if ((has || add_template(writer, number)) &&
	    add(writer, id, content, put_record(content, &encoder->dialect, record) - content)) {
		encoder->used[number] = true;
		encoder->records++;
		return true;
	}
	encoder->here[number] &= has;
	*writer = before;
	return false;
}

/* ---- messages */

static void put_header(const struct writer *writer, const struct export_moment *now)
{
	const struct encoder *encoder = writer->encoder;
	__u8 *p = writer->message;

	if (is_ipfix(encoder)) {
		p = put_number(p, IPFIX_VERSION, 2);
		p = put_number(p, writer->p - writer->message, 2);
		p = put_number(p, now->wall_ns / NS_PER_S, 4);
	} else { /* the uptime at the whole second, so that the times of flows keep their milliseconds */
		__u64 seconds = now->wall_ns / NS_PER_S;

		p = put_number(p, NETFLOW9_VERSION, 2);
		p = put_number(p, writer->records, 2);
		p = put_number(p, seconds * 1000 - (now->wall_ns - now->boot_ns) / NS_PER_MS, 4);
		p = put_number(p, seconds, 4);
	}
	p = put_number(p, encoder->sequence, 4);
	put_number(p, encoder->domain, 4);
}

void encoder_init(struct encoder *encoder, enum flow_protocol protocol, __u32 pen, __u32 domain)
{
	*encoder = (struct encoder){ .dialect = { protocol, protocol == PROTOCOL_IPFIX ? pen : 0 }, .domain = domain };
	encoder->used[0] = encoder->used[1] = true;
	encoder->used[TYPES] = encoder->dialect.pen;
}

void encoder_repeat_templates(struct encoder *encoder, __u64 now_ns)
{
	memset(encoder->told, 0, sizeof(encoder->told));
	encoder->repeated_ns = now_ns;
}

bool encoder_repeat_in_time(struct encoder *encoder, __u64 now_ns)
{
	if (now_ns - encoder->repeated_ns < TEMPLATES_NS)
		return false;
	encoder_repeat_templates(encoder, now_ns);
	return true;
}

void encoder_restart(struct encoder *encoder, __u64 now_ns)
{
	encoder_repeat_templates(encoder, now_ns);
	encoder->sequence = 0;
}

size_t encoder_make(struct encoder *encoder, const struct export_record *records, size_t count,
		    const struct export_moment *now, __u8 *message, size_t room, size_t *taken)
{
	struct writer writer = { .encoder = encoder, .message = message, .end = message + room };

	*taken = 0;
	encoder->records = 0;
	memset(encoder->here, 0, sizeof(encoder->here));
	if (room < header_bytes(encoder) || room > MESSAGE_MAX)
		return 0;
	writer.p = message + header_bytes(encoder);
	for (__u16 i = 0; i <= TYPES; i++)
		if (encoder->used[i] && !encoder->told[i] && !add_template(&writer, i))
			break;
	while (*taken < count && add_record(&writer, &records[*taken]))
		++*taken;
	if (!writer.records)
		return 0;
	close_set(&writer);
	put_header(&writer, now);
	return writer.p - message;
}

void encoder_sent(struct encoder *encoder)
{
	for (int i = 0; i <= TYPES; i++)
		encoder->told[i] |= encoder->here[i];
	encoder->sequence += is_ipfix(encoder) ? encoder->records : 1;
}
