// SPDX-License-Identifier: GPL-2.0-only
#include "explore.h"

#include <stdlib.h>
#include <string.h>

#define DECISIONS_MOST 65536
#define KNOWN_FIRST (1U << 16) /* initial size of the table of states, in entries */
#define KNOWN_MOST (1U << 25)
#define LEFT_BITS 3 /* of an entry: the deviations that were left, plus one; the other bits are the state */
#define LEFT_MASK ((1ULL << LEFT_BITS) - 1)

struct decision {
	__u16 options;
	__u16 chosen;
	__u8 left; /* deviations left before the choice */
	bool free;
};

static struct explorer {
	struct decision decision[DECISIONS_MOST];
	unsigned int count; /* number of choices on the path */
	unsigned int at; /* index of the next choice of this schedule */
	unsigned int left; /* deviations left */
	bool replaying; /* the path is played once more, for a report */
	struct exploration result;
	__u64 *known;
	__u32 room; /* a power of two */
	__u64 (*state)(void);
	void (*leave)(void);
} explorer;

void explore_open(void)
{
	explorer.room = KNOWN_FIRST;
	explorer.known = calloc(explorer.room, sizeof(*explorer.known));
	if (!explorer.known)
		abort();
}

void explore_on_known(__u64 (*state)(void), void (*leave)(void))
{
	explorer.state = state;
	explorer.leave = leave;
}

/* Returns the entry of a state, or the free entry where it belongs. */
static __u64 *find_known(__u64 *table, __u32 room, __u64 state)
{
	__u32 i = (state >> LEFT_BITS) & (room - 1);

	while (table[i] && (table[i] & ~LEFT_MASK) != (state & ~LEFT_MASK))
		i = (i + 1) & (room - 1);
	return &table[i];
}

static void grow_known(void)
{
	__u32 room = explorer.room * 4;
	__u64 *table = calloc(room, sizeof(*table));

	if (!table)
		return;
	for (__u32 i = 0; i < explorer.room; i++)
		if (explorer.known[i])
			*find_known(table, room, explorer.known[i]) = explorer.known[i];
	free(explorer.known);
	explorer.known = table;
	explorer.room = room;
}

/* Has everything from this state been explored, with as many deviations left? Marks it as explored. */
static bool is_known(unsigned int where)
{
	__u64 state = (explorer.state() ^ where * 0x9e3779b97f4a7c15ULL) * 0xd6e8feb86659fd93ULL;
	__u64 *entry = find_known(explorer.known, explorer.room, state);

	if (*entry && (*entry & LEFT_MASK) > explorer.left)
		return true;
	if (!*entry) {
		if (explorer.result.states >= explorer.room / 2) {
			if (explorer.room >= KNOWN_MOST)
				return false; /* the state will be explored again when it comes again */
			grow_known();
			entry = find_known(explorer.known, explorer.room, state);
		}
		explorer.result.states++;
	}
	*entry = (state & ~LEFT_MASK) | (explorer.left + 1);
	return false;
}

static bool is_new_ground(void)
{
	return explorer.at >= explorer.count && !explorer.replaying;
}

void explore_check_known(unsigned int where)
{
	if (!is_new_ground() || !is_known(where))
		return;
	explorer.result.known++;
	explorer.leave();
}

bool explore_may_deviate(void)
{
	return explorer.left > 0;
}

unsigned int explore_choose(unsigned int options, bool free, unsigned int where)
{
	struct decision *decision;

	explorer.result.points++;
	if (options < 2 || (!free && !explorer.left))
		return 0;
	explore_check_known(where);
	if (explorer.at >= DECISIONS_MOST)
		abort();
	decision = &explorer.decision[explorer.at];
	if (explorer.at >= explorer.count) {
		*decision = (struct decision){ .options = options, .left = explorer.left, .free = free };
		explorer.count++;
	} else if (decision->options != options || decision->left != explorer.left) {
		abort(); /* the schedule must depend on nothing but the choices */
	}
	explorer.at++;
	if (decision->chosen && !free)
		explorer.left--;
	return decision->chosen;
}

/* Changes the path to that of the next schedule; returns false if there is none. */
static bool next_path(void)
{
	while (explorer.count) {
		struct decision *last = &explorer.decision[explorer.count - 1];

		if (last->chosen + 1 < last->options) {
			last->chosen++;
			return true;
		}
		explorer.count--;
	}
	return false;
}

bool explore(unsigned int deviations, play_fn play, void *argument, struct exploration *result)
{
	bool go_on;

	memset(explorer.known, 0, explorer.room * sizeof(*explorer.known));
	explorer.result = (struct exploration){};
	explorer.count = 0;
	do {
		explorer.at = 0;
		explorer.left = deviations;
		explorer.result.schedules++;
		go_on = play(argument);
	} while (go_on && next_path());
	*result = explorer.result;
	return go_on;
}

void explore_replay(play_fn play, void *argument)
{
	explorer.replaying = true;
	explorer.left = explorer.count ? explorer.decision[0].left : 0;
	explorer.at = 0;
	play(argument);
	explorer.replaying = false;
}
