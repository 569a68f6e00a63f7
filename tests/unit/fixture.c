// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const __u64 default_timeouts[TIMEOUT_COUNT] = DEFAULT_TIMEOUTS_NS;

static void sends(struct flow_record *record, int dir, __u64 at, __u32 bytes)
{
	record->hot.dir[dir].packets += PACKETS_ONE;
	record->hot.dir[dir].bytes += bytes;
	record->hot.dir[dir].last_seen = at >> LAST_SEEN_SHIFT;
	record->cold.last_exact_ns = at;
}

static void acks(struct flow_record *record, int dir, __u32 number)
{
	record->hot.dir[dir].max_ack = number;
	record->hot.dir[dir].facts |= FACT_ACK;
}

static void syn(struct flow_record *record)
{
	sends(record, 0, T0, 60);
	record->hot.dir[0].facts = FACT_SYN | FACT_SEQ | FACT_CLIENT | 7U << FACTS_WSCALE_SHIFT;
	record->hot.dir[0].next_seq = CLIENT_ISN + 1;
	record->cold.dir[0] = (struct flow_cold_dir){
		.isn = CLIENT_ISN, .syn_first_ns = T0, .syn_last_ns = T0, .syns = 1, .mss = 1460
	};
	record->cold.flags = ORIGIN_HANDSHAKE | (OPTION_KNOWN | OPTION_MSS | OPTION_SACK | OPTION_TIMESTAMPS)
							<< FLOW_OPTIONS_SHIFT(0);
	record->cold.history = 1;
}

static void synack(struct flow_record *record)
{
	__u64 now = T0 + 10 * MS;

	sends(record, 1, now, 60);
	record->hot.dir[1].facts = FACT_SYN | FACT_SEQ | FACT_ACKED_SYN | FACTS_WSCALE_NONE << FACTS_WSCALE_SHIFT;
	record->hot.dir[1].next_seq = SERVER_ISN + 1;
	acks(record, 1, CLIENT_ISN + 1);
	record->cold.dir[1] =
		(struct flow_cold_dir){ .isn = SERVER_ISN, .syn_first_ns = now, .syn_last_ns = now, .syns = 1 };
	record->cold.flags |= FLOW_SYN_TO_SYNACK | (__u32)OPTION_KNOWN << FLOW_OPTIONS_SHIFT(1);
	record->cold.syn_to_synack_ns = 10 * MS;
	record->cold.history |= (2 | HISTORY_SERVER) << HISTORY_BITS;
}

static void open_flow(struct flow_record *record)
{
	sends(record, 0, T0 + 35 * MS, 52);
	record->hot.dir[0].facts |= FACT_ACKED_SYN | FACT_HISTORY_ACK;
	acks(record, 0, SERVER_ISN + 1);
	record->cold.flags |= FLOW_ACKED;
	record->cold.acked_ns = T0 + 35 * MS;
	record->cold.history |= 3 << 2 * HISTORY_BITS;
}

static void data(struct flow_record *record)
{
	sends(record, 0, T0 + 40 * MS, 172);
	record->hot.dir[0].next_seq += 120;
	sends(record, 1, T0 + 50 * MS, 52);
	acks(record, 1, CLIENT_ISN + 121);
	record->cold.last_exact_ns = T0 + 35 * MS;
}

static void fin(struct flow_record *record, int dir, __u64 at)
{
	struct flow_dir *mine = &record->hot.dir[dir];

	sends(record, dir, at, 52);
	mine->facts |= FACT_FIN;
	record->cold.dir[dir].fin_seq = mine->next_seq++;
	record->cold.dir[dir].fin_ack = record->hot.dir[!dir].next_seq;
	record->cold.dir[dir].fins = 1;
}

static void ack_fin(struct flow_record *record, int dir, __u64 at)
{
	sends(record, dir, at, 52);
	acks(record, dir, record->hot.dir[!dir].next_seq);
	record->hot.dir[dir].facts |= FACT_ACKED_FIN;
}

struct flow_record record_at(enum stage stage)
{
	struct flow_record record = { 0 };

	record.hot.tag = TAG_LIVE | 1U << 5;
	record.hot.id[0] = record.cold.addr[0][0] = inet_addr("10.0.0.1");
	record.hot.id[1] = record.cold.addr[1][0] = inet_addr("10.0.0.2");
	record.hot.port[0] = htons(40000);
	record.hot.port[1] = htons(443);
	record.cold.incarnation = 1;
	record.cold.ifindex = 2;
	syn(&record);
	if (stage >= STAGE_SYNACK)
		synack(&record);
	if (stage >= STAGE_OPEN)
		open_flow(&record);
	if (stage >= STAGE_DATA)
		data(&record);
	if (stage >= STAGE_FIN)
		fin(&record, 0, T0 + 100 * MS);
	if (stage >= STAGE_FIN_ACKED)
		ack_fin(&record, 1, T0 + 110 * MS);
	if (stage >= STAGE_BOTH_FINS)
		fin(&record, 1, T0 + 120 * MS);
	if (stage >= STAGE_CLOSED)
		ack_fin(&record, 0, T0 + 130 * MS);
	return record;
}

struct flow_view view_after(const struct flow_record *record, __u64 since_ns)
{
	struct flow_view view;

	memset(&view, 0xff, sizeof(view));
	flow_view_decode(&view, record, default_timeouts, T0 + since_ns);
	return view;
}

struct capture capture_begin(int fd)
{
	struct capture capture = { .fd = fd, .saved = dup(fd), .file = memfd_create("captured", 0) };

	ck_assert_int_ge(capture.file, 0);
	dup2(capture.file, fd);
	return capture;
}

const char *capture_end(struct capture *capture, char *text, size_t size)
{
	ssize_t length = pread(capture->file, text, size - 1, 0);

	ck_assert_int_ge(length, 0);
	text[length] = '\0';
	dup2(capture->saved, capture->fd);
	close(capture->saved);
	close(capture->file);
	return text;
}

int longest_line(const char *text)
{
	int longest = 0, columns = 0;

	for (; *text; text++) {
		if (*text == '\033')
			text += strcspn(text, "m");
		else if (*text == '\n')
			columns = 0;
		else
			columns += ((unsigned char)*text & 0xc0) != 0x80;
		longest = columns > longest ? columns : longest;
	}
	return longest;
}

int count_lines(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}
