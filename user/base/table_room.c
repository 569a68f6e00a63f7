// SPDX-License-Identifier: GPL-2.0-only
#include "base/table_room.h"

#include <errno.h>
#include <stdio.h>

#include "synscope/flow.h"

#include "base/memory_room.h"
#include "base/message.h"
#include "base/text.h"

/* How many flows a table may have room for, if `most` bytes may be taken; rounded down to two digits. */
static unsigned int flows_that_fit(const struct table_room *room, __u64 most)
{
	__u64 rest = room->beside + room->loading, digits = 1, flows;

	if (most <= rest)
		return 0;
	flows = (most - rest) / (room->table / room->buckets + 1) * FLOW_SLOTS_PER_BUCKET / 2;
	while (flows / digits >= 100)
		digits *= 10;
	return flows / digits * digits;
}

int table_room_check(const struct table_room *room)
{
	char need[SHORT_SIZE + 1], left[SHORT_SIZE + 1], loading[80] = "";
	char advice[80] = "not even the smallest table would fit";
	__u64 needed = room->table + room->beside, most;
	struct memory_room memory;
	unsigned int fit;

	if (!memory_too_much(needed + room->loading, &memory, &most))
		return 0;
	*put_size(need, needed) = '\0';
	*put_size(left, memory.bytes) = '\0';
	if (room->loading)
		snprintf(loading, sizeof(loading), ", and loading the programs %llu MiB for a while",
			 room->loading >> 20);
	fit = flows_that_fit(room, most);
	if (fit)
		snprintf(advice, sizeof(advice), "--max-flows %u would fit", fit);
	message_error("the flow table would take %s of memory%s, but %s has %s left, of which a sixteenth is kept "
		      "free; %s",
		      need, loading, memory.whose, left, advice);
	return -ENOMEM;
}
