// SPDX-License-Identifier: GPL-2.0-only
#include "check_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* A record at one moment, between two commits. */
struct moment {
	struct flow_hot hot;
	struct flow_cold cold;
	struct flow_round_trips trips;
};

/* A word of a record that a CPU may change at any time: each value that it had is allowed. */
struct word {
	const char *name;
	size_t at, size;
};

#define HOT(field) "hot." #field, offsetof(struct flow_hot, field), sizeof(((struct flow_hot *)0)->field)
#define COLD(field)                                                                        \
	"cold." #field, offsetof(struct moment, cold) + offsetof(struct flow_cold, field), \
		sizeof(((struct flow_cold *)0)->field)

#define TRIPS(field)                                                                                      \
	"round_trips." #field, offsetof(struct moment, trips) + offsetof(struct flow_round_trips, field), \
		sizeof(((struct flow_round_trips *)0)->field)

static const struct word words[] = {
	{ HOT(dir[0].next_seq) },  { HOT(dir[0].max_ack) },   { HOT(dir[0].packets) }, { HOT(dir[0].bytes) },
	{ HOT(dir[0].last_seen) }, { HOT(dir[1].next_seq) },  { HOT(dir[1].max_ack) }, { HOT(dir[1].packets) },
	{ HOT(dir[1].bytes) },	   { HOT(dir[1].last_seen) }, { COLD(history) },       { COLD(announced) },
	{ COLD(anomalies) },	   { COLD(flags) },	      { TRIPS(dir[0].begun) }, { TRIPS(dir[0].pending) },
	{ TRIPS(dir[1].begun) },   { TRIPS(dir[1].pending) },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static void store(struct moment *moment, __u32 slot, const struct commit *commit, __u64 value)
{
	__u32 hot = world_hot_at(slot), cold = world_cold_at(slot), trips = world_trips_at(slot);

	if (commit->at >= hot && commit->at < hot + sizeof(moment->hot))
		memcpy((char *)&moment->hot + (commit->at - hot), &value, commit->size);
	if (commit->at >= cold && commit->at < cold + sizeof(moment->cold))
		memcpy((char *)&moment->cold + (commit->at - cold), &value, commit->size);
	if (commit->at >= trips && commit->at < trips + sizeof(moment->trips))
		memcpy((char *)&moment->trips + (commit->at - trips), &value, commit->size);
}

static bool is_stable(const struct flow_hot *hot)
{
	return (hot->tag & (TAG_LIVE | TAG_BUSY)) == TAG_LIVE &&
	       !((hot->dir[0].facts | hot->dir[1].facts) & FACT_WRITING);
}

/* Are the records equal, apart from the words that may change at any time? */
static bool is_same_version(const struct moment *a, const struct moment *b)
{
	struct moment one = *a, other = *b;

	for (size_t i = 0; i < WORDS; i++) {
		memset((char *)&one + words[i].at, 0, words[i].size);
		memset((char *)&other + words[i].at, 0, words[i].size);
	}
	return memcmp(&one, &other, sizeof(one)) == 0;
}

static const char *say_torn(const struct moment *shown, const bool *stood)
{
	static char text[160];

	for (size_t i = 0; i < WORDS; i++)
		if (!stood[i]) {
			__u32 value;

			memcpy(&value, (const char *)shown + words[i].at, sizeof(value));
			snprintf(text, sizeof(text), "a reader got a record with %s = %#x, a value that it never had",
				 words[i].name, value);
			return text;
		}
	snprintf(text, sizeof(text), "a reader got a torn record: facts %#x %#x, packets %u %u",
		 shown->hot.dir[0].facts, shown->hot.dir[1].facts, shown->hot.dir[0].packets,
		 shown->hot.dir[1].packets);
	return text;
}

const char *check_reader(const struct result *result)
{
	struct moment shown = { .hot = result->record.hot,
				.cold = result->record.cold,
				.trips = result->record.round_trips };
	struct moment now;
	bool stood[WORDS] = {}, version = false, all = true;
	const struct commit *commit;
	size_t count;

	if (!result->shown)
		return NULL;
	now = (struct moment){ .hot = *world_hot(result->slot),
			       .cold = *world_cold(result->slot),
			       .trips = *world_trips(result->slot) };
	commit = memory_commits(&count);
	while (count > result->ended) /* go back to the end of the read, and on to its beginning */
		count--, store(&now, result->slot, &commit[count], commit[count].was);
	for (;; count--, store(&now, result->slot, &commit[count], commit[count].was)) {
		version |= is_stable(&now.hot) && is_same_version(&now, &shown);
		for (size_t i = 0; i < WORDS; i++)
			stood[i] |=
				memcmp((char *)&now + words[i].at, (char *)&shown + words[i].at, words[i].size) == 0;
		if (count == result->begun)
			break;
	}
	for (size_t i = 0; i < WORDS; i++)
		all &= stood[i];
	return version && all ? NULL : say_torn(&shown, stood);
}
