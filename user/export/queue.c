// SPDX-License-Identifier: GPL-2.0-only
#include "export/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"

int record_queue_open(struct record_queue *queue, size_t records)
{
	return record_queue_open_of(queue, records, sizeof(struct export_record));
}

int record_queue_open_of(struct record_queue *queue, size_t records, size_t record_bytes)
{
	pthread_condattr_t monotonic;

	*queue = (struct record_queue){ .size = records, .record_bytes = record_bytes };
	queue->records = array_new(records, record_bytes, "the records that wait");
	if (!queue->records)
		return -ENOMEM;
	pthread_mutex_init(&queue->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->more, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return 0;
}

void record_queue_close(struct record_queue *queue)
{
	if (!queue->records)
		return;
	pthread_cond_destroy(&queue->more);
	pthread_mutex_destroy(&queue->mutex);
	free(queue->records);
	queue->records = NULL;
}

static char *record_at(const struct record_queue *queue, size_t at)
{
	return queue->records + at % queue->size * queue->record_bytes;
}

/* The reader is woken when the first record arrives, and when there are enough for it to stop waiting for more. */
bool record_queue_put(struct record_queue *queue, const void *record)
{
	bool fits;

	pthread_mutex_lock(&queue->mutex);
	fits = queue->count < queue->size;
	if (fits)
		memcpy(record_at(queue, queue->first + queue->count++), record, queue->record_bytes);
	if (fits && (queue->count & (queue->count - 1)) == 0)
		pthread_cond_signal(&queue->more);
	pthread_mutex_unlock(&queue->mutex);
	return fits;
}

size_t record_queue_wait(struct record_queue *queue, size_t least, __u64 wait_ns, void *records)
{
	__u64 until = monotonic_ns() + wait_ns;
	const struct timespec due = { .tv_sec = (time_t)(until / NS_PER_S), .tv_nsec = (long)(until % NS_PER_S) };
	const char *first;
	size_t count;

	pthread_mutex_lock(&queue->mutex);
	while (queue->count < least && !queue->woken)
		if (pthread_cond_timedwait(&queue->more, &queue->mutex, &due))
			break;
	queue->woken = false;
	first = record_at(queue, queue->first);
	memcpy(records, &first, sizeof(first));
	count = queue->size - queue->first < queue->count ? queue->size - queue->first : queue->count;
	pthread_mutex_unlock(&queue->mutex);
	return count;
}

void record_queue_remove(struct record_queue *queue, size_t count)
{
	pthread_mutex_lock(&queue->mutex);
	queue->first = (queue->first + count) % queue->size;
	queue->count -= count;
	pthread_mutex_unlock(&queue->mutex);
}

void record_queue_wake(struct record_queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->woken = true;
	pthread_cond_signal(&queue->more);
	pthread_mutex_unlock(&queue->mutex);
}

size_t record_queue_count(struct record_queue *queue)
{
	size_t count;

	pthread_mutex_lock(&queue->mutex);
	count = queue->count;
	pthread_mutex_unlock(&queue->mutex);
	return count;
}
