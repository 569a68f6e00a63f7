// SPDX-License-Identifier: GPL-2.0-only
#include "serve/events.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"

#define AT_ONCE_BYTES 16384 /* given to a viewer before others have their turn */
#define COMMENT_NS (15 * NS_PER_S) /* without events, a comment keeps proxies from closing the connection */

/* ---- the ring */

void events_add(struct tracker *tracker, const struct flow_event *event, void *context)
{
	struct events *events = context;
	struct ring_entry *entry;

	if (!events->stream_count)
		return;
	entry = &events->ring[events->next++ % RING_ENTRIES];
	entry->tracker = tracker;
	entry->event = *event;
	tracker->last_entry = events->next;
}

void events_lost(struct events *events, __u64 lost)
{
	for (struct stream *stream = events->streams; stream; stream = stream->next_stream)
		stream->lost += lost;
}

bool events_need(const struct events *events, const struct tracker *tracker)
{
	if (tracker->last_entry + RING_ENTRIES <= events->next)
		return false;
	for (const struct stream *stream = events->streams; stream; stream = stream->next_stream)
		if (stream->next < tracker->last_entry)
			return true;
	return false;
}

void events_close(struct events *events)
{
	for (struct stream *stream = events->streams, *next; stream; stream = next) {
		next = stream->next_stream;
		stream_close(stream);
	}
	free(events->ring);
	buffer_free(&events->lines);
	*events = (struct events){ 0 };
}

/* ---- a viewer */

static int prepare(struct events *events)
{
	if (!events->ring)
		events->ring = array_new(RING_ENTRIES, sizeof(*events->ring), "the events");
	if (!events->ring)
		return -ENOMEM;
	if (events->lines.data && !buffer_failed(&events->lines))
		return 0;
	buffer_free(&events->lines);
	return buffer_init(&events->lines, BUFFER_MEMORY);
}

struct stream *stream_open(struct events *events, struct filter *filter, int *err)
{
	struct stream *stream = NULL;

	*err = events->stream_count < STREAMS_MAX ? prepare(events) : -EBUSY;
	if (!*err) {
		stream = array_new(1, sizeof(*stream), "the viewers of events");
		*err = stream ? buffer_init(&stream->text, BUFFER_MEMORY) : -ENOMEM;
	}
	if (*err) {
		free(stream);
		filter_free(filter);
		return NULL;
	}
	stream->events = events;
	stream->filter = *filter;
	stream->next = events->next;
	stream->next_stream = events->streams;
	stream->link = &events->streams;
	if (stream->next_stream)
		stream->next_stream->link = &stream->next_stream;
	events->streams = stream;
	events->stream_count++;
	return stream;
}

void stream_close(struct stream *stream)
{
	if (!stream)
		return;
	*stream->link = stream->next_stream;
	if (stream->next_stream)
		stream->next_stream->link = stream->link;
	stream->events->stream_count--;
	filter_free(&stream->filter);
	buffer_free(&stream->text);
	free(stream);
}

bool stream_is_ready(const struct stream *stream)
{
	return !stream->begun || stream->given < stream->text.used || stream->next != stream->events->next ||
	       stream->lost || monotonic_ns() >= stream->sent_ns + COMMENT_NS;
}

/* Append each line of JSON as the data of an event of its own. */
static void put_lines(struct stream *stream, const struct buffer *lines)
{
	const char *line = lines->data, *end = lines->data + lines->used;

	while (line < end) {
		const char *newline = memchr(line, '\n', end - line);

		buffer_text(&stream->text, "data: ");
		buffer_bytes(&stream->text, line, newline - line);
		buffer_text(&stream->text, "\n\n");
		line = newline + 1;
	}
}

static void put_event(struct stream *stream, const struct ring_entry *entry)
{
	const __u64 *timeout_ns = entry->tracker->source.instance->meta.config.timeout_ns;
	struct event_context context = { .timeout_ns = timeout_ns, .since_ns = entry->tracker->since_ns };
	struct buffer *lines = &stream->events->lines;
	static const struct terminal none;
	struct event_output output;
	struct flow_view view;

	event_view(&view, &entry->event, timeout_ns);
	context.labels = flow_source_labels(&entry->tracker->source, &view);
	if (!filter_match(&stream->filter, &view, &context.labels))
		return;
	lines->used = 0;
	event_output_begin(&output, OUTPUT_JSONL, lines, &none, 0, (struct flow_extras){ 0 });
	event_output_add(&output, &entry->event, &view, &context);
	event_output_end(&output);
	if (buffer_failed(lines))
		buffer_spoil(&stream->text, lines->error);
	else
		put_lines(stream, lines);
}

/* Make text of what comes next. */
static void fill(struct stream *stream)
{
	const struct events *events = stream->events;

	stream->text.used = stream->given = 0;
	if (!stream->begun)
		buffer_text(&stream->text, ": events of synscope\nretry: 2000\n\n");
	stream->begun = true;
	if (events->next - stream->next > RING_ENTRIES) {
		stream->lost += events->next - RING_ENTRIES - stream->next;
		stream->next = events->next - RING_ENTRIES;
	}
	if (stream->lost) {
		buffer_printf(&stream->text, "event: lost\ndata: {\"lost\":%llu}\n\n", stream->lost);
		stream->lost = 0;
	}
	while (stream->next != events->next && stream->text.used < AT_ONCE_BYTES)
		put_event(stream, &events->ring[stream->next++ % RING_ENTRIES]);
	if (!stream->text.used && monotonic_ns() >= stream->sent_ns + COMMENT_NS)
		buffer_text(&stream->text, ":\n\n");
}

long stream_read(struct stream *stream, char *to, size_t size)
{
	size_t bytes;

	if (stream->given == stream->text.used)
		fill(stream);
	if (buffer_failed(&stream->text))
		return -1;
	bytes = stream->text.used - stream->given;
	bytes = bytes < size ? bytes : size;
	memcpy(to, stream->text.data + stream->given, bytes);
	stream->given += bytes;
	if (bytes)
		stream->sent_ns = monotonic_ns();
	return (long)bytes;
}
