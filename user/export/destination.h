/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The destinations of an export. Each has a queue of its own and a thread that empties it, so that a slow or dead one
 * holds up neither the others nor who puts records in.
 */
#ifndef SYNSCOPE_EXPORT_DESTINATION_H
#define SYNSCOPE_EXPORT_DESTINATION_H

#include <limits.h>

#include "export/encoder.h"
#include "export/http.h"
#include "export/queue.h"
#include "export/sender.h"
#include "history/writer.h"

struct destination_options {
	bool flat; /* lines of one level */
	__u32 pen; /* see struct dialect */
	__u32 queue_records; /* that may wait for one destination */
	struct rotation rotation;
	struct history_keep keep; /* of a history */
	struct http_options http;
};

/* Why a record did not reach a destination. */
enum loss {
	LOSS_QUEUE_FULL, /* it is too slow, or was out of reach for too long */
	LOSS_TOO_LARGE, /* the path takes no packet, or the server no request, that a record fits into */
	LOSS_REFUSED, /* the server refused them until the queue was full */
	LOSS_UNDELIVERED, /* the export ended before it was sent */
	LOSS_COUNT,
};

/* All since the start. Other threads add to them: to be read by destination_counts(). */
struct destination_counts {
	__u64 records, messages, bytes; /* that were sent */
	__u64 lost[LOSS_COUNT]; /* records */
	__u64 waiting; /* records, now */
};

struct destination {
	struct address address;
	struct destination_options options;
	struct record_queue queue;
	char host[HOST_NAME_MAX + 1]; /* the name of this machine */
	struct sender sender;
	struct encoder encoder;
	struct history_writer history;
	struct destination_counts counts;
	pthread_t thread;
	bool runs; /* the thread was started */
	/* shared, atomic */
	__u64 stop_ns; /* see struct sender */
	bool reopen, finished;
	/* shared, under `mutex` */
	pthread_mutex_t mutex;
	bool failing;
	bool not_rotated; /* and never again */
	struct reason why; /* it fails, or is not rotated */
	/* of the thread */
	bool proven; /* its collector is there, as far as can be known */
	__u32 burst; /* datagrams that were sent */
	__u64 backoff_ns;
	__s64 wall_offset_ns; /* see struct export_record */
	struct buffer lines;
	__u8 *message;
	const char *body; /* of the present message: one of these, or the lines compressed */
	size_t bytes, taken; /* of the message, and how many records are in it */
	__u32 within; /* requests that were taken since one was too large, or since longer ones were tried */
	bool made; /* a request that waits for its answer; it is sent again as it is */
	/* of who tells */
	bool told_failing;
	__u64 told_lost[LOSS_COUNT];
};

/*
 * Check the address, open a file, and start the thread. The struct must not be moved. Returns 0 or a negative errno
 * (logged).
 */
int destination_open(struct destination *destination, const struct address *address,
		     const struct destination_options *options);

/* Have the thread send what waits, until that time at most. */
void destination_stop(struct destination *destination, __u64 until_ns);

/* Wait for the thread to end, and free everything. What was not sent is counted. False: the thread hangs. */
bool destination_close(struct destination *destination);

/* Queue a copy of the record, or count it as lost. For a history, the origin of the record must be known. */
void destination_put(struct destination *destination, const struct export_record *record);

/* Close a file, and open it by its name again. */
void destination_reopen(struct destination *destination);

/* Will it never take a record again, because the reader of the output is gone? */
bool destination_is_finished(const struct destination *destination);

void destination_counts(struct destination *destination, struct destination_counts *counts);

/* "queue_full", as in metrics. */
const char *loss_name(enum loss loss);

#endif
