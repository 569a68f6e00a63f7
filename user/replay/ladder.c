// SPDX-License-Identifier: GPL-2.0-only
#include "replay/ladder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "replay/retired.h"

#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* builtins of clang in the headers of the programs */
#include "bpf/packet/parse_frame.h"
#include "bpf/packet/key.h"
#include "bpf/rules/rule.h"

/* Parse the segment in a frame, as the programs do. Returns what parse_frame() returns. */
static int read_segment(struct segment *seg, const struct capture_frame *frame, const struct synscope_config *config)
{
	const struct frame bytes = { .data = frame->data,
				     .data_end = frame->data + frame->captured,
				     .wire_length = &frame->length };
	struct flow_tunnel tunnel;
	int parsed;

	*seg = (struct segment){ 0 };
	parsed = parse_frame(&bytes, !frame->no_link_header, config->decap, seg, &tunnel);
	if (parsed < 0)
		set_key(seg, config);
	return parsed;
}

static bool is_named(const struct flow_name *name, const struct segment *seg)
{
	struct ip_address ip[FLOW_DIRS];
	__u16 port[FLOW_DIRS];

	for (int i = 0; i < FLOW_DIRS; i++) {
		ip[i].ipv6 = seg->ipv6;
		memcpy(ip[i].word, seg->addr[i], sizeof(ip[i].word));
		port[i] = bpf_ntohs(seg->port[i]);
	}
	return flow_name_joins(name, &ip[0], port[0], &ip[1], port[1]);
}

static bool is_flow_of(const struct flow_record *record, const struct segment *seg)
{
	return !((record->hot.tag ^ seg->tag) & (TAG_SIGNATURE_MASK | TAG_DIGEST)) &&
	       !memcmp(record->hot.port, seg->port, sizeof(seg->port)) &&
	       !memcmp(record->cold.addr, seg->addr, sizeof(seg->addr));
}

static bool find_record(const struct flow_reader *table, const struct segment *seg, struct flow_record *record)
{
	for (__u32 i = 0; i < 2 * FLOW_SLOTS_PER_BUCKET; i++) {
		__u32 bucket = seg->bucket[i / FLOW_SLOTS_PER_BUCKET];
		__u32 slot = bucket * FLOW_SLOTS_PER_BUCKET + i % FLOW_SLOTS_PER_BUCKET;

		if (flow_reader_read_slot(table, slot, record) && is_flow_of(record, seg))
			return true;
	}
	return false;
}

/*
 * The remark on a segment: what the rules say of it, given the record as it was before, as in the programs. Whether the
 * segment is a copy depends on its TCP options, too, and so is taken from the counts of the record as it is now.
 */
static enum flow_remark remark_of(const struct flow_record *was, const struct flow_record *is,
				  const struct segment *seg, __u64 now, const __u64 *timeout_ns)
{
	const struct flow_dir *dir = was->hot.dir;
	struct ruling ruling;
	struct known known;
	struct flow_view view;
	__u64 idle;

	if (is->cold.anomalies[ANOMALY_DUPLICATE] != was->cold.anomalies[ANOMALY_DUPLICATE])
		return REMARK_DUPLICATE;
	flow_view_decode(&view, was, timeout_ns, now);
	known_of(&known, &ruling.me, seg, &was->hot, &was->cold, dir[seg->dir].facts, dir[!seg->dir].facts);
	if (known.memory.timeout == TIMEOUT_CLOSED || known.memory.timeout == TIMEOUT_TIME_WAIT)
		idle = now > was->cold.last_exact_ns ? now - was->cold.last_exact_ns : 0;
	else
		idle = view.idle_ns;
	known.memory.expired = idle > timeout_ns[known.memory.timeout];
	look_back(seg, &was->cold, &ruling.me, &known);
	rule(seg, &known, &ruling);
	return ruling.verdict == VERDICT_DONE ? ruling.remark : REMARK_NONE;
}

static int add_step(struct replay_ladder *ladder, const struct ladder_step *step)
{
	struct ladder_step *more =
		array_grow(ladder->step, ladder->count, &ladder->room, sizeof(*more), "the segments of the flow");

	if (!more)
		return -ENOMEM;
	ladder->step = more;
	ladder->step[ladder->count++] = *step;
	return 0;
}

/* Begin the ladder of another incarnation; a SYN that passed before may have begun it (rule 13). */
static int begin(struct replay_ladder *ladder, const struct flow_view *view, __u64 now)
{
	ladder->found = true;
	ladder->count = 0;
	ladder->reason = RETIRE_NOT;
	if (view->first_seen_ns == now || view->first_seen_ns != ladder->syn_ns)
		return 0;
	ladder->syn.remark = REMARK_NONE;
	return add_step(ladder, &ladder->syn);
}

static bool is_same(const struct flow_view *a, const struct flow_view *b)
{
	return a->incarnation == b->incarnation && a->first_seen_ns == b->first_seen_ns;
}

static int take_segment(struct replay_ladder *ladder, const struct segment *seg, const struct flow_record *record,
			const struct flow_view *view, __u64 now, const __u64 *timeout_ns)
{
	struct ladder_step step = {
		.delta_ns = view->first_seen_ns && now > view->first_seen_ns ? now - view->first_seen_ns : 0,
		.side = seg->dir == flow_client_dir(record) ? SIDE_CLIENT : SIDE_SERVER,
		.flags = seg->flags,
		.payload = seg->payload,
		.seq = seg->seq,
		.ack = seg->ack,
		.isn = record->cold.dir[seg->dir & 1].isn,
		.peer_isn = record->cold.dir[!seg->dir].isn,
		.seq_known = true,
		.ack_known = seg->flags & SEGMENT_ACK,
		.state = { view->side[SIDE_CLIENT].state, view->side[SIDE_SERVER].state },
	};
	bool wanted = !ladder->name.incarnation || ladder->name.incarnation == view->incarnation;
	int err = 0;

	if (wanted && (!ladder->found || !is_same(view, &ladder->view)))
		err = begin(ladder, view, now);
	else if (wanted)
		step.remark = remark_of(&ladder->record, record, seg, now, timeout_ns);
	if ((seg->flags & (SEGMENT_SYN | SEGMENT_ACK)) == SEGMENT_SYN) {
		ladder->syn_ns = now;
		ladder->syn = (struct ladder_step){ .side = SIDE_CLIENT,
						    .flags = seg->flags,
						    .payload = seg->payload,
						    .seq = seg->seq,
						    .isn = seg->seq,
						    .seq_known = true,
						    .state = { STATE_SYN_SENT, STATE_LISTEN } };
	}
	if (!wanted || err)
		return err;
	ladder->record = *record;
	ladder->view = *view;
	return add_step(ladder, &step);
}

int replay_ladder_frame(struct replay_ladder *ladder, struct replay *replay, const struct capture_frame *frame)
{
	const struct synscope_config *config = replay_config(replay);
	struct flow_record record;
	struct flow_view view;
	struct segment seg;
	int parsed = read_segment(&seg, frame, config);

	if (parsed >= 0 || !is_named(&ladder->name, &seg) || !find_record(replay_table(replay), &seg, &record))
		return 0;
	flow_view_decode(&view, &record, config->timeout_ns, frame->time_ns);
	if (parsed == PARSED_SEGMENT)
		return take_segment(ladder, &seg, &record, &view, frame->time_ns, config->timeout_ns);
	if (ladder->found &&
	    is_same(&view,
		    &ladder->view)) /* an ICMP error is not a segment of the flow, but the reason why it failed */
		ladder->record = record;
	return 0;
}

void replay_ladder_event(const struct flow_event *event, void *context)
{
	struct replay_ladder *ladder = context;
	struct flow_record record = event_record(event);

	if (!(event->kinds & EVENT_RETIRED) || !ladder->found ||
	    record.cold.incarnation != ladder->record.cold.incarnation ||
	    flow_first_seen(&record.cold) != ladder->view.first_seen_ns ||
	    memcmp(record.cold.addr, ladder->record.cold.addr, sizeof(record.cold.addr)) != 0 ||
	    memcmp(record.hot.port, ladder->record.hot.port, sizeof(record.hot.port)) != 0)
		return;
	ladder->record = record;
	ladder->reason = event->reason;
	ladder->retired_ns = event->time_ns;
}

bool replay_ladder_end(struct replay_ladder *ladder, const struct replay *replay, struct flow_view *view,
		       struct ladder *whole)
{
	if (!ladder->found)
		return false;
	retired_decode(view, &ladder->record, ladder->reason, ladder->retired_ns, replay_config(replay)->timeout_ns,
		       replay_clock(replay));
	*whole = (struct ladder){ .step = ladder->step, .count = ladder->count };
	return true;
}

void replay_ladder_free(struct replay_ladder *ladder)
{
	free(ladder->step);
}
