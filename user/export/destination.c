// SPDX-License-Identifier: GPL-2.0-only
#include "export/destination.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "export/delivery.h"

#define HANG_NS NS_PER_S /* beyond the time to stop */

const char *loss_name(enum loss loss)
{
	static const char *const names[LOSS_COUNT] = {
		[LOSS_QUEUE_FULL] = "queue_full",
		[LOSS_TOO_LARGE] = "too_large",
		[LOSS_REFUSED] = "refused",
		[LOSS_UNDELIVERED] = "undelivered",
	};

	return names[loss];
}

static int start(struct destination *destination)
{
	int err = -pthread_create(&destination->thread, NULL, deliver_all, destination);

	destination->runs = !err;
	if (err)
		message_error("cannot export to '%s': no thread: %s", address_name(&destination->address),
			      reason_of(err).text);
	return err;
}

static int make_room(struct destination *destination)
{
	bool history = delivers_history(destination);
	int err = record_queue_open_of(&destination->queue, destination->options.queue_records,
				       history ? sizeof(struct history_flow) : sizeof(struct export_record));

	if (err || history)
		return err;
	if (!delivers_flows(destination))
		return buffer_init(&destination->lines, BUFFER_MEMORY);
	destination->message = array_new(1, MESSAGE_MAX, "the messages");
	return destination->message ? 0 : -ENOMEM;
}

/* A file that cannot be written to is a mistake of the user; a FIFO's reader, or a collector, may come later. */
static int try_file(struct destination *destination)
{
	int err = 0;

	if (delivers_history(destination))
		err = delivery_open_history(destination);
	else if (destination->address.kind == ADDRESS_FILE)
		err = sender_open(&destination->sender);

	if (!err || err == -ENXIO)
		return 0;
	message_error("cannot export to '%s': %s%s", destination->address.text, destination->sender.why.text,
		      permission_hint(err == -EPERM ? 0 : err));
	return err;
}

int destination_open(struct destination *destination, const struct address *address,
		     const struct destination_options *options)
{
	int err;

	*destination =
		(struct destination){ .address = *address, .options = *options, .backoff_ns = DELIVERY_BACKOFF_NS };
	pthread_mutex_init(&destination->mutex, NULL);
	sender_init(&destination->sender, &destination->address, &options->rotation, &destination->stop_ns);
	encoder_init(&destination->encoder, address->kind == ADDRESS_NETFLOW9 ? PROTOCOL_NETFLOW9 : PROTOCOL_IPFIX,
		     options->pen, 0);
	if (gethostname(destination->host, sizeof(destination->host) - 1))
		*destination->host = '\0';
	err = address_check(address);
	if (!err)
		err = make_room(destination);
	if (!err)
		err = try_file(destination);
	if (!err && delivers_requests(destination))
		err = http_open(&destination->sender, &options->http);
	return err ? err : start(destination);
}

void destination_stop(struct destination *destination, __u64 until_ns)
{
	__atomic_store_n(&destination->stop_ns, until_ns, __ATOMIC_RELAXED);
	if (destination->runs)
		record_queue_wake(&destination->queue);
}

/* Returns whether it has ended. A thread may hang in a name server or in a file system. */
static bool join(struct destination *destination)
{
	__u64 now = monotonic_ns(), until = destination->stop_ns > now ? destination->stop_ns : now;
	struct timespec due;

	if (!destination->runs)
		return true;
	until += HANG_NS;
	due = (struct timespec){ .tv_sec = (time_t)(until / NS_PER_S), .tv_nsec = (long)(until % NS_PER_S) };
	destination->runs = pthread_clockjoin_np(destination->thread, NULL, CLOCK_MONOTONIC, &due);
	return !destination->runs;
}

bool destination_close(struct destination *destination)
{
	bool ended = join(destination);

	if (destination->queue.records)
		delivery_count(&destination->counts.lost[LOSS_UNDELIVERED], record_queue_count(&destination->queue));
	if (!ended)
		return false;
	sender_close(&destination->sender);
	http_close(&destination->sender);
	history_writer_close(&destination->history);
	record_queue_close(&destination->queue);
	if (destination->lines.data)
		buffer_free(&destination->lines);
	free(destination->message);
	pthread_mutex_destroy(&destination->mutex);
	return true;
}

void destination_put(struct destination *destination, const struct export_record *record)
{
	struct history_flow flow;

	if (delivers_history(destination))
		export_record_flow(&flow, record);
	if (!destination_is_finished(destination) &&
	    !record_queue_put(&destination->queue, delivers_history(destination) ? (const void *)&flow : record))
		delivery_count(&destination->counts.lost[LOSS_QUEUE_FULL], 1);
}

void destination_reopen(struct destination *destination)
{
	__atomic_store_n(&destination->reopen, true, __ATOMIC_RELAXED);
	record_queue_wake(&destination->queue);
}

bool destination_is_finished(const struct destination *destination)
{
	return __atomic_load_n(&destination->finished, __ATOMIC_RELAXED);
}

void destination_counts(struct destination *destination, struct destination_counts *counts)
{
	counts->records = __atomic_load_n(&destination->counts.records, __ATOMIC_RELAXED);
	counts->messages = __atomic_load_n(&destination->counts.messages, __ATOMIC_RELAXED);
	counts->bytes = __atomic_load_n(&destination->counts.bytes, __ATOMIC_RELAXED);
	for (int i = 0; i < LOSS_COUNT; i++)
		counts->lost[i] = __atomic_load_n(&destination->counts.lost[i], __ATOMIC_RELAXED);
	counts->waiting = destination->queue.records ? record_queue_count(&destination->queue) : 0;
}
