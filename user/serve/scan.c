// SPDX-License-Identifier: GPL-2.0-only
#include "serve/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

#define SCAN_EVERY_NS NS_PER_S
#define GATHER_NS (10 * NS_PER_MS) /* a page asks for several things at once */
#define SLICE_NS (5 * NS_PER_MS)
#define REST_SHARE 19 /* times the processor time of a scan until the next one: scans take a twentieth of a processor */
#define REST_MOST_NS (5 * NS_PER_S) /* but nobody waits longer than that */
#define SLICE_FLOWS 256 /* between two looks at the clock */

static bool is_fresh(const struct scanner *scanner)
{
	return monotonic_ns() < scanner->began_ns + SCAN_EVERY_NS;
}

static struct scan_query *find(const struct scan_batch *batch, const char *key)
{
	for (int i = 0; i < batch->count; i++)
		if (!strcmp(batch->query[i]->key, key))
			return batch->query[i];
	return NULL;
}

struct scan_query *scanner_find(struct scanner *scanner, const char *key)
{
	struct scan_query *query = is_fresh(scanner) ? find(&scanner->done, key) : NULL;

	query = query ? query : find(&scanner->running, key);
	query = query ? query : find(&scanner->waiting, key);
	if (query)
		query->references++;
	return query;
}

void scan_query_release(struct scan_query *query)
{
	if (!query || --query->references)
		return;
	if (query->kind->free)
		query->kind->free(query);
	body_release(query->body);
	free(query->key);
	free(query);
}

int scanner_add(struct scanner *scanner, struct scan_query *query, const struct scan_kind *kind, const char *key)
{
	int err = 0;

	query->kind = kind;
	query->references = 1;
	query->key = text_copy(key, "the query");
	if (!query->key)
		err = -ENOMEM;
	else if (scanner->waiting.count == SCAN_QUERIES_MAX)
		err = -EBUSY;
	if (err) {
		scan_query_release(query);
		return err;
	}
	if (!scanner->waiting.count)
		scanner->asked_ns = monotonic_ns();
	query->references++;
	scanner->waiting.query[scanner->waiting.count++] = query;
	return 0;
}

static __u64 later(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

/* How long the last scan is followed by none. It is at least as long as that scan, however long that took. */
static __u64 rest_ns(const struct scanner *scanner)
{
	__u64 rest = REST_SHARE * scanner->spent_ns;

	return later(rest < REST_MOST_NS ? rest : REST_MOST_NS, scanner->ended_ns - scanner->began_ns);
}

__u64 scanner_due_ns(const struct scanner *scanner)
{
	__u64 due = scanner->asked_ns + GATHER_NS;

	if (scanner->runs)
		return 0;
	if (!scanner->waiting.count)
		return ~0ULL;
	if (!scanner->scans)
		return due;
	due = later(due, scanner->began_ns + SCAN_EVERY_NS);
	return later(due, scanner->ended_ns + rest_ns(scanner));
}

static void release_all(struct scan_batch *batch)
{
	for (int i = 0; i < batch->count; i++)
		scan_query_release(batch->query[i]);
	batch->count = 0;
}

/* ---- a scan */

/*
 * Without memory a query has no result, and gets no more flows. Any other failure is that of one instance, which is
 * missing in the result.
 */
static void note(struct scan_query *query, int err)
{
	if (err == -ENOMEM)
		query->err = err;
}

static void begin(struct scanner *scanner)
{
	release_all(&scanner->done);
	scanner->running = scanner->waiting;
	scanner->waiting.count = 0;
	scanner->began_ns = monotonic_ns();
	scanner->spent_ns = 0;
	scanner->scans++;
	scanner->runs = true;
	scanner->which = 0;
	for (int i = 0; i < scanner->running.count; i++) {
		struct scan_query *query = scanner->running.query[i];

		if (query->kind->begin)
			note(query, query->kind->begin(query));
	}
}

static bool goes_on(const struct scan_query *query)
{
	return query->wants && !query->err;
}

/* Begin with the table of a tracker, as of now. Without memory no query gets a result. */
static void begin_source(struct scanner *scanner, struct tracker *tracker)
{
	int err;

	tracker->source.clock = flow_clock_now();
	err = flow_scan_begin(&scanner->scan, &tracker->source);
	for (int i = 0; i < scanner->running.count; i++) {
		struct scan_query *query = scanner->running.query[i];

		note(query, err);
		query->wants = !*query->instance || tracker_is(tracker, query->instance);
		if (query->kind->source_begin && goes_on(query))
			note(query, query->kind->source_begin(query, tracker));
	}
}

static void end_source(struct scanner *scanner, struct tracker *tracker)
{
	flow_scan_end(&scanner->scan);
	scanner->scan = (struct flow_scan){ 0 };
	for (int i = 0; i < scanner->running.count; i++) {
		struct scan_query *query = scanner->running.query[i];

		if (query->kind->source_end && goes_on(query))
			note(query, query->kind->source_end(query, tracker));
	}
	scanner->which++;
}

static void offer(struct scanner *scanner, struct tracker *tracker, const struct flow_record *record,
		  const struct flow_view *view)
{
	for (int i = 0; i < scanner->running.count; i++) {
		struct scan_query *query = scanner->running.query[i];

		if (query->kind->take && goes_on(query))
			note(query, query->kind->take(query, tracker, scanner->which, record, view));
	}
}

/* Offer some flows of a table. False: that was all. */
static bool read_some(struct scanner *scanner, struct tracker *tracker)
{
	const struct flow_record *record;
	struct flow_view view;

	for (int i = 0; i < SLICE_FLOWS; i++) {
		if (!flow_scan_next(&scanner->scan, &view, &record))
			return false;
		offer(scanner, tracker, record, &view);
	}
	return true;
}

static void end(struct scanner *scanner)
{
	for (int i = 0; i < scanner->running.count; i++) {
		struct scan_query *query = scanner->running.query[i];

		if (!query->err)
			query->body = query->kind->end(query, scanner->trackers, scanner->bodies);
		if (query->kind->free)
			query->kind->free(query);
		query->done = true;
	}
	scanner->done = scanner->running;
	scanner->running.count = 0;
	scanner->runs = false;
	scanner->ended_ns = monotonic_ns();
}

/* Returns whether that was all. */
static bool read_slice(struct scanner *scanner)
{
	const struct trackers *trackers = scanner->trackers;
	__u64 until = monotonic_ns() + SLICE_NS;

	while (scanner->which < trackers->count) {
		struct tracker *tracker = trackers->tracker[scanner->which];

		if (!scanner->scan.source)
			begin_source(scanner, tracker);
		if (!scanner->scan.records || !read_some(scanner, tracker))
			end_source(scanner, tracker);
		if (monotonic_ns() >= until)
			return false;
	}
	return true;
}

bool scanner_step(struct scanner *scanner)
{
	__u64 before = cpu_ns();
	bool done;

	if (!scanner->runs)
		begin(scanner);
	done = read_slice(scanner);
	if (done)
		end(scanner);
	scanner->spent_ns += cpu_ns() - before;
	return done;
}

bool scanner_idle(const struct scanner *scanner)
{
	return !scanner->runs;
}

void scanner_close(struct scanner *scanner)
{
	flow_scan_end(&scanner->scan);
	release_all(&scanner->waiting);
	release_all(&scanner->running);
	release_all(&scanner->done);
}
