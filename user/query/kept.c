// SPDX-License-Identifier: GPL-2.0-only
#include "query/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/temporary.h"

#define IN_MEMORY 32768 /* flows, 13 MiB */

/* Make room in memory: everything goes to the file, if one can be made. */
static int write_all(struct kept_flows *kept)
{
	int err;

	if (!kept->has_file)
		kept->file = temporary_open();
	kept->has_file = kept->file >= 0;
	if (!kept->has_file)
		return 0;
	err = temporary_append(kept->file, kept->flow, kept->count * sizeof(*kept->flow));
	kept->written += kept->count;
	kept->count = 0;
	return err;
}

int kept_flows_add(struct kept_flows *kept, const struct flow_record *record, enum retire_reason reason,
		   __u64 retired_ns, const struct flow_view *view)
{
	struct kept_flow *more;
	int err = kept->count % IN_MEMORY == 0 && kept->count ? write_all(kept) : 0;

	if (err)
		return err;
	more = array_grow(kept->flow, kept->count, &kept->room, sizeof(*more), "the flows");
	if (!more)
		return -ENOMEM;
	kept->flow = more;
	more[kept->count] = (struct kept_flow){ .record = *record, .reason = reason, .retired_ns = retired_ns };
	more[kept->count].record.slot = kept->written + kept->count;
	return flow_order_add(&kept->order, view, &more[kept->count++].record, 0);
}

void kept_flows_sort(struct kept_flows *kept)
{
	flow_order_sort(&kept->order);
}

size_t kept_flows_count(const struct kept_flows *kept)
{
	return kept->order.count;
}

int kept_flows_read(const struct kept_flows *kept, size_t position, struct kept_flow *flow)
{
	__u32 number = kept->order.flow[position].slot;

	if (number < kept->written)
		return temporary_read(kept->file, flow, sizeof(*flow), (__u64)number * sizeof(*flow));
	*flow = kept->flow[number - kept->written];
	return 0;
}

void kept_flows_free(struct kept_flows *kept)
{
	if (kept->has_file)
		close(kept->file);
	free(kept->flow);
	flow_order_free(&kept->order);
}
