// SPDX-License-Identifier: GPL-2.0-only
#include "format/ladder_fields.h"

#include "flow/names.h"
#include "flow/outcome.h"

static void flags_field(struct sink *sink, __u8 flags)
{
	const char *words[TCP_FLAGS_COUNT];
	int count = 0;

	for (int i = 0; i < TCP_FLAGS_COUNT; i++)
		if (flags & 1U << i)
			words[count++] = tcp_flag_names[i];
	sink->ops->words(sink, NAME("flags"), words, count);
}

static void remark_field(struct sink *sink, enum flow_remark remark)
{
	const char *word = remark == REMARK_RETRANSMIT ? "again" : NULL;

	for (int i = 0; i < ANOMALY_COUNT; i++)
		if ((int)remark == REMARK_OF_ANOMALY(i))
			word = anomaly_names[i];
	sink_string(sink, NAME("remark"), word);
}

static void step_fields(struct sink *sink, const struct ladder_step *step)
{
	const struct sink_ops *to = sink->ops;

	to->open(sink, "", 0);
	to->number(sink, NAME("delta_ns"), step->delta_ns);
	sink_word(sink, NAME("from"), side_names[step->side]);
	flags_field(sink, step->flags);
	to->boolean(sink, NAME("payload"), step->payload);
	sink_number_or_null(sink, NAME("payload_bytes"), step->payload != PAYLOAD_SOME, step->payload);
	sink_number_or_null(sink, NAME("seq"), step->seq_known, step->seq);
	sink_number_or_null(sink, NAME("ack"), step->ack_known, step->ack);
	remark_field(sink, step->remark);
	sink_word(sink, NAME("client_state"), state_name(step->state[SIDE_CLIENT]));
	sink_word(sink, NAME("server_state"), state_name(step->state[SIDE_SERVER]));
	to->close(sink);
}

void ladder_fields(struct sink *sink, const struct ladder *ladder)
{
	const struct sink_ops *to = sink->ops;

	to->open(sink, NAME("ladder"));
	to->open_list(sink, NAME("steps"));
	for (size_t i = 0; i < ladder->count; i++)
		step_fields(sink, &ladder->step[i]);
	to->close_list(sink);
	to->number(sink, NAME("missing"), ladder->missing);
	sink_number_or_null(sink, NAME("missing_after"), ladder->missing, ladder->gap);
	to->boolean(sink, NAME("missing_at_end"), ladder->missing && ladder->gap_at_end);
	to->close(sink);
}
