// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"

#include <stdio.h>

#include "synscope/segment.h"

#define FLAGS_BYTES 40
#define FLAGS_COLUMNS 14

static const struct {
	__u8 flag;
	const char *name;
} flag_names[] = {
	{ SEGMENT_SYN, "SYN" }, { SEGMENT_FIN, "FIN" }, { SEGMENT_RST, "RST" },
	{ SEGMENT_PSH, "PSH" }, { SEGMENT_URG, "URG" }, { SEGMENT_ACK, "ACK" },
};

/* "SYN ACK", "FIN ACK+data" */
static void put_flags(char *text, const struct ladder_step *step)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
		if (flag_names[i].flag == SEGMENT_PSH || !(step->flags & flag_names[i].flag))
			continue;
		used += snprintf(text + used, FLAGS_BYTES - used, "%s%s", used ? " " : "", flag_names[i].name);
	}
	if (step->payload)
		snprintf(text + used, FLAGS_BYTES - used, "%sdata", used ? "+" : "");
}

static const char *remark_text(enum flow_remark remark)
{
	switch (remark) {
	case REMARK_RETRANSMIT:
		return " again";
	case REMARK_BAD_ACK:
		return " bad_ack";
	case REMARK_BAD_RST:
		return " bad_rst";
	case REMARK_BAD_SEQ:
		return " bad_seq";
	case REMARK_ACK_UNSEEN:
		return " ack_unseen";
	case REMARK_CHALLENGE_SYN:
		return " challenge_syn";
	default:
		return "";
	}
}

static void print_step(struct buffer *out, const struct ladder_step *step)
{
	char flags[FLAGS_BYTES], time[32];
	__u64 us = step->delta_ns / 1000;

	snprintf(time, sizeof(time), "+%llu.%06llu", us / 1000000, us % 1000000);
	put_flags(flags, step);
	buffer_printf(out, "  %12s ", time);
	if (step->side == SIDE_CLIENT)
		buffer_printf(out, " %-*s-->", FLAGS_COLUMNS, flags);
	else
		buffer_printf(out, " <--%*s", FLAGS_COLUMNS, flags);
	buffer_printf(out, "%s\n", remark_text(step->remark));
}

void ladder_print(struct buffer *out, const struct ladder *ladder)
{
	if (!ladder->opening && !ladder->closing)
		return;
	buffer_printf(out, "\nsegments that opened and closed it, in seconds since the first\n  %12s  %-*s%*s\n", "",
		      FLAGS_COLUMNS - 4, "client", 7, "server");
	for (int i = 0; i < ladder->opening; i++)
		print_step(out, &ladder->step[i]);
	if (ladder->opening == FLOW_OPENING_STEPS)
		buffer_printf(out, "  %12s  later ones are not kept\n", "...");
	else if (ladder->opening && ladder->closing)
		buffer_printf(out, "  %12s\n", "...");
	for (int i = ladder->opening; i < ladder->opening + ladder->closing; i++)
		print_step(out, &ladder->step[i]);
	if (ladder->closing == FLOW_CLOSING_STEPS)
		buffer_printf(out, "  %12s  later ones are not kept\n", "...");
}
