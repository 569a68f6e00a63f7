// SPDX-License-Identifier: GPL-2.0-only
#include "listing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "message.h"

#define KEY_WORDS 3

const char *const sort_names[] = {
	[SORT_LAST_SEEN] = "last_seen",
	[SORT_FIRST_SEEN] = "first_seen",
	[SORT_PACKETS] = "packets",
	[SORT_BYTES] = "bytes",
	[SORT_CLIENT] = "client",
	[SORT_SERVER] = "server",
	[SORT_STATE] = "state",
	[SORT_SYN_TO_SYNACK] = "syn_to_synack",
	[SORT_SYNACK_TO_ACK] = "synack_to_ack",
	[SORT_HANDSHAKE] = "handshake",
	NULL,
};

/* A flow to be printed, by what it is sorted by (ascending) and where it is read again. */
struct entry {
	__u64 key[KEY_WORDS];
	__u32 source, slot, tag;
};

struct entries {
	struct entry *entry;
	size_t count, room;
};

static bool matches(const struct listing *listing, const struct flow_source *source, const struct flow_view *view)
{
	struct flow_labels labels;

	if (!listing->filter.steps)
		return true;
	labels = flow_source_labels(source, view);
	return filter_match(&listing->filter, view, &labels);
}

static bool is_listed(const struct listing *listing, const struct flow_source *source, const struct flow_view *view,
		      struct listing_times *times)
{
	bool listed = listing->all || !view->closed;

	if (!matches(listing, source, view))
		return false;
	times->listed += listed;
	times->hidden += !listed;
	return listed;
}

static __u64 slowest_first(__s64 latency_ns)
{
	return latency_ns == LATENCY_UNKNOWN ? ~0ULL : ~0ULL - 1 - latency_ns;
}

static void endpoint_key(__u64 *key, const struct endpoint_view *side)
{
	const struct ip_address *ip = &side->ip;

	if (ip->ipv6) {
		key[0] = (__u64)ntohl(ip->word[0]) << 32 | ntohl(ip->word[1]);
		key[1] = (__u64)ntohl(ip->word[2]) << 32 | ntohl(ip->word[3]);
	} else {
		key[0] = 0;
		key[1] = ntohl(ip->word[0]);
	}
	key[2] = (__u64)ip->ipv6 << 16 | side->port;
}

static void make_key(__u64 *key, enum sort_key sort, const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	key[1] = ~view->last_seen_ns;
	key[2] = ~view->first_seen_ns;
	switch (sort) {
	case SORT_FIRST_SEEN:
		key[0] = ~view->first_seen_ns;
		return;
	case SORT_PACKETS:
		key[0] = ~(client->packets + server->packets);
		return;
	case SORT_BYTES:
		key[0] = ~(client->bytes + server->bytes);
		return;
	case SORT_CLIENT:
		endpoint_key(key, client);
		return;
	case SORT_SERVER:
		endpoint_key(key, server);
		return;
	case SORT_STATE:
		key[0] = client->state * STATE_COUNT + server->state;
		return;
	case SORT_SYN_TO_SYNACK:
		key[0] = slowest_first(view->syn_to_synack_ns);
		return;
	case SORT_SYNACK_TO_ACK:
		key[0] = slowest_first(view->synack_to_ack_ns);
		return;
	case SORT_HANDSHAKE:
		key[0] = slowest_first(view->handshake_ns);
		return;
	default:
		key[0] = ~view->last_seen_ns;
	}
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	for (int i = 0; i < KEY_WORDS; i++)
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return (x->slot > y->slot) - (x->slot < y->slot);
}

/* Room for one more. */
static int grow(struct entries *entries)
{
	size_t room = entries->room ? 2 * entries->room : 1024;
	struct entry *entry;

	if (entries->count < entries->room)
		return 0;
	entry = realloc(entries->entry, room * sizeof(*entry));
	if (!entry) {
		message_error("out of memory");
		return -ENOMEM;
	}
	entries->entry = entry;
	entries->room = room;
	return 0;
}

static void print_flow(const struct flow_source *source, const struct flow_view *view, struct flow_output *output)
{
	struct flow_labels labels = flow_source_labels(source, view);

	flow_output_add(output, view, &labels);
}

/* Print the flows of a source as they come. */
static int stream_source(struct flow_source *source, const struct listing *listing, struct flow_output *output,
			 struct listing_times *times)
{
	struct flow_scan scan;
	struct flow_view view;
	int err = flow_scan_begin(&scan, source);

	if (err)
		return err;
	while (!buffer_failed(output->out) && flow_scan_next(&scan, &view, NULL)) {
		times->flows++;
		if (is_listed(listing, source, &view, times))
			print_flow(source, &view, output);
	}
	times->slots += flow_reader_slots(&source->reader);
	times->scan_ns += scan.read_ns;
	flow_scan_end(&scan);
	return 0;
}

static int collect_source(const struct flow_sources *sources, int which, const struct listing *listing,
			  struct entries *entries, struct listing_times *times)
{
	struct flow_source *source = &sources->source[which];
	const struct flow_record *record;
	struct flow_scan scan;
	struct flow_view view;
	int err = flow_scan_begin(&scan, source);

	if (err)
		return err;
	while (!err && flow_scan_next(&scan, &view, &record)) {
		times->flows++;
		if (!is_listed(listing, source, &view, times))
			continue;
		err = grow(entries);
		if (!err) {
			struct entry *entry = &entries->entry[entries->count++];

			make_key(entry->key, listing->sort, &view);
			entry->source = which;
			entry->slot = record->slot;
			entry->tag = record->hot.tag & ~TAG_OVERFLOW;
		}
	}
	times->slots += flow_reader_slots(&source->reader);
	times->scan_ns += scan.read_ns;
	flow_scan_end(&scan);
	return err;
}

static void print_entries(const struct flow_sources *sources, const struct entries *entries,
			  const struct listing *listing, struct flow_output *output)
{
	__u32 printed = 0;

	for (size_t i = 0; i < entries->count && !buffer_failed(output->out); i++) {
		const struct entry *entry = &entries->entry[i];
		const struct flow_source *source = &sources->source[entry->source];
		struct flow_record record;
		struct flow_view view;

		if (!flow_reader_read_slot(&source->reader, entry->slot, &record) ||
		    (record.hot.tag & ~TAG_OVERFLOW) != entry->tag)
			continue;
		flow_view_decode(&view, &record, source->meta->config.timeout_ns, source->clock.now_ns);
		if (view.gone || (view.closed && !listing->all) || !matches(listing, source, &view))
			continue;
		print_flow(source, &view, output);
		if (++printed == listing->limit)
			return;
	}
}

static int list_sorted(const struct flow_sources *sources, const struct listing *listing, struct flow_output *output,
		       struct listing_times *times)
{
	struct entries entries = { 0 };
	int err = 0;

	for (int i = 0; i < sources->count && !err; i++)
		err = collect_source(sources, i, listing, &entries, times);
	if (!err && entries.count) {
		qsort(entries.entry, entries.count, sizeof(*entries.entry), compare_entries);
		print_entries(sources, &entries, listing, output);
	}
	free(entries.entry);
	return err;
}

int list_flows(const struct flow_sources *sources, const struct listing *listing, struct flow_output *output,
	       struct listing_times *times)
{
	int err = 0;

	*times = (struct listing_times){ 0 };
	if (listing->sort != SORT_NONE)
		return list_sorted(sources, listing, output, times);
	for (int i = 0; i < sources->count && !err; i++)
		err = stream_source(&sources->source[i], listing, output, times);
	return err;
}
