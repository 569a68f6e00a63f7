/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records that wait for one destination: a bounded queue from one thread to another. They are struct export_record, or
 * of another size.
 */
#ifndef SYNSCOPE_EXPORT_QUEUE_H
#define SYNSCOPE_EXPORT_QUEUE_H

#include <pthread.h>

#include "export/record.h"

struct record_queue {
	char *records;
	size_t record_bytes, size, first, count;
	pthread_mutex_t mutex;
	pthread_cond_t more;
	bool woken;
};

/* Returns 0 or -ENOMEM (logged). */
int record_queue_open(struct record_queue *queue, size_t records);
int record_queue_open_of(struct record_queue *queue, size_t records, size_t record_bytes);
void record_queue_close(struct record_queue *queue);

/* Append a record. False: there is no room. Never waits for the reader to write. */
bool record_queue_put(struct record_queue *queue, const void *record);

/*
 * Wait, at most until record_queue_wake() or for that time, until there are `least` records. Returns how many lie
 * where the pointer at `records` then points, and stay there until they are removed; 0 if there are none.
 */
size_t record_queue_wait(struct record_queue *queue, size_t least, __u64 wait_ns, void *records);

/* Remove the first ones. */
void record_queue_remove(struct record_queue *queue, size_t count);

/* End a wait. */
void record_queue_wake(struct record_queue *queue);

size_t record_queue_count(struct record_queue *queue);

#endif
