// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options_names.h"

#include "base/local_time.h"
#include "format/ladder.h"
#include "format/sink.h"

static bool set_utc(const struct option *option, const char *value, void *field)
{
	(void)option;
	(void)value;
	(void)field;
	local_time_is_utc();
	return true;
}

const struct option resolve_options[] = {
	{ .name = "resolve",
	  .letter = 'r',
	  .help = "in text, show the server's port by its name in /etc/services",
	  .set = option_set_flag },
	{ 0 },
};

const struct option process_options[] = {
	{ .name = "processes",
	  .letter = 'p',
	  .help = "name the process of this host at either end, its container and cgroup, if there is one and you "
		  "have the right to see it",
	  .set = option_set_flag },
	{ 0 },
};

const struct option dns_options[] = {
	{ .name = "dns",
	  .help = "name the addresses of both ends, as getnameinfo(3) does, with DNS. Names are looked up meanwhile: "
		  "'list' "
		  "and 'show' wait for them for 1 s at most, the others show them from when they are known",
	  .set = option_set_flag },
	{ 0 },
};

const struct option ladder_options[] = {
	{ .name = "absolute",
	  .help = "in the ladder, print sequence and acknowledgement numbers as they are, not less the initial ones",
	  .set = option_set_flag,
	  .offset = offsetof(struct ladder_style, absolute) },
	{ .name = "explain",
	  .help = "in the ladder, explain each step in a sentence: what it asks or answers, and why states change",
	  .set = option_set_flag,
	  .offset = offsetof(struct ladder_style, explain) },
	{ 0 },
};

const struct option utc_options[] = {
	{ .name = "utc",
	  .help = "in text, show times in UTC; default local time (TZ). json, jsonl and csv are always in UTC",
	  .set = set_utc },
	{ 0 },
};

static const char *const format_names[] = {
	[OUTPUT_TABLE] = "table", [OUTPUT_JSON] = "json", [OUTPUT_JSONL] = "jsonl", [OUTPUT_CSV] = "csv", NULL,
};

const struct option output_options[] = {
	{ .name = "output",
	  .letter = 'o',
	  .argument = "FORMAT",
	  .help = "table, json (one array; for one flow, an object), jsonl (one record per line) or csv; "
		  "default table",
	  .set = option_set_choice,
	  .choices = format_names },
	{ 0 },
};
