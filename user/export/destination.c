// SPDX-License-Identifier: GPL-2.0-only
#include "export/destination.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "export/file.h"

#define IDLE_NS NS_PER_S /* how often it is looked after templates and rotation */
#define LINGER_NS (20 * NS_PER_MS) /* for more records, so that messages are filled */
#define BATCH 256 /* records that are enough to go on at once; a power of two, see record_queue_put() */
#define LINES_ROOM 32768 /* bytes of lines in one message */
#define TEMPLATES_NS (60 * NS_PER_S)
#define BURST 8 /* datagrams without a pause: collectors have small buffers, … */
#define PACE_NS (BURST * 50000ULL) /* … which they need time to empty */
#define PROOF_NS (100 * NS_PER_MS) /* for a refusal of the first datagram to arrive */
#define BACKOFF_MIN_NS (200 * NS_PER_MS)
#define BACKOFF_MAX_NS (30 * NS_PER_S)
#define HISTORY_LINGER_NS (500 * NS_PER_MS) /* for one transaction; a process that is killed loses what waits */
#define HISTORY_BATCH 16384 /* records of one, and a power of two, too */
#define HANG_NS NS_PER_S /* beyond the time to stop */

const char *loss_name(enum loss loss)
{
	static const char *const names[LOSS_COUNT] = {
		[LOSS_QUEUE_FULL] = "queue_full",
		[LOSS_TOO_LARGE] = "too_large",
		[LOSS_UNDELIVERED] = "undelivered",
	};

	return names[loss];
}

static void add(__u64 *counter, __u64 value)
{
	__atomic_fetch_add(counter, value, __ATOMIC_RELAXED);
}

static bool is_flows(const struct destination *destination)
{
	return address_is_flows(&destination->address);
}

static bool is_history(const struct destination *destination)
{
	return destination->address.kind == ADDRESS_HISTORY;
}

/* ---- failure and recovery */

static void set_failing(struct destination *destination, bool failing)
{
	pthread_mutex_lock(&destination->mutex);
	destination->failing = failing;
	if (failing)
		destination->why = destination->sender.why;
	pthread_mutex_unlock(&destination->mutex);
}

/* Between half and all of the time, which doubles, so that not all hosts come back to a collector at once. */
static void back_off(struct destination *destination)
{
	__u64 ns = destination->backoff_ns, half = ns / 2;

	sender_pause(&destination->sender, half + monotonic_ns() % (half + 1));
	destination->backoff_ns = 2 * ns > BACKOFF_MAX_NS ? BACKOFF_MAX_NS : 2 * ns;
}

static void fail(struct destination *destination, int err)
{
	if (err == -EPIPE) {
		__atomic_store_n(&destination->finished, true, __ATOMIC_RELAXED);
		return;
	}
	if (err == -EMSGSIZE) /* the next message is shorter */
		return;
	sender_close(&destination->sender);
	history_writer_close(&destination->history);
	destination->proven = false;
	if (err != -ECANCELED)
		set_failing(destination, true);
	back_off(destination);
}

static void succeed(struct destination *destination)
{
	if (destination->backoff_ns == BACKOFF_MIN_NS && destination->proven)
		return;
	destination->backoff_ns = BACKOFF_MIN_NS;
	destination->proven = true;
	set_failing(destination, false);
}

/* ---- messages */

/* The distance of the clocks is that of the records: asking for it costs more than a message. */
static struct export_moment moment_now(struct destination *destination, const struct export_record *records,
				       size_t count)
{
	struct timespec now;
	__u64 wall_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	wall_ns = (__u64)now.tv_sec * NS_PER_S + now.tv_nsec;
	if (count)
		destination->wall_offset_ns = records->wall_offset_ns;
	return (struct export_moment){ .wall_ns = wall_ns, .boot_ns = wall_ns - destination->wall_offset_ns };
}

static void make_lines(struct destination *destination, const struct export_record *records, size_t count)
{
	struct buffer *lines = &destination->lines;

	lines->used = 0;
	destination->taken = 0;
	while (destination->taken < count && lines->used < LINES_ROOM)
		export_record_line(lines, &records[destination->taken++], destination->options.flat);
	destination->bytes = lines->used;
}

static void make_message(struct destination *destination, const struct export_record *records, size_t count)
{
	struct export_moment now = moment_now(destination, records, count);

	destination->bytes = encoder_make(&destination->encoder, records, count, &now, destination->message,
					  destination->sender.room, &destination->taken);
}

/* How long to wait after a datagram. */
static __u64 pause_after(struct destination *destination)
{
	if (!destination->proven)
		return PROOF_NS;
	return ++destination->burst % BURST ? 0 : PACE_NS;
}

static int send_message(struct destination *destination)
{
	struct sender *sender = &destination->sender;
	bool flows = is_flows(destination);
	int err =
		sender_send(sender, flows ? (char *)destination->message : destination->lines.data, destination->bytes);

	if (!err)
		err = sender_await_refusal(sender, pause_after(destination));
	if (err)
		return err;
	if (flows)
		encoder_sent(&destination->encoder);
	add(&destination->counts.messages, 1);
	add(&destination->counts.bytes, destination->bytes);
	add(&destination->counts.records, destination->taken);
	record_queue_remove(&destination->queue, destination->taken);
	succeed(destination);
	return 0;
}

static void lose(struct destination *destination, enum loss loss, size_t records)
{
	add(&destination->counts.lost[loss], records);
	record_queue_remove(&destination->queue, records);
}

/*
 * Send a message with some of the records. The first one to a collector has no records, but templates alone, as a
 * question whether it is there.
 */
static void deliver(struct destination *destination, const struct export_record *records, size_t count)
{
	bool flows = is_flows(destination), again = destination->sender.done;
	int err;

	if (flows && !destination->proven)
		count = 0;
	if (flows)
		make_message(destination, records, count);
	else if (!again)
		make_lines(destination, records, count);
	if (destination->bytes) {
		err = send_message(destination);
		if (err)
			fail(destination, err);
	} else if (count) {
		lose(destination, LOSS_TOO_LARGE, 1);
	} else {
		destination->proven |= flows; /* not even a template fits, and so no record will */
	}
}

/* Write some of the flows into a history. */
static void store(struct destination *destination, const struct history_flow *flows, size_t count)
{
	struct history_writer *writer = &destination->history;
	size_t most = history_writer_batch(writer);
	int err;

	if (count > HISTORY_BATCH)
		count = HISTORY_BATCH;
	count = count < most ? count : most;
	err = history_writer_put(writer, flows, count, &destination->sender.why);
	if (err) {
		fail(destination, err);
		return;
	}
	add(&destination->counts.messages, 1);
	add(&destination->counts.records, count);
	record_queue_remove(&destination->queue, count);
	succeed(destination);
}

/* ---- the thread */

static int open_history(struct destination *destination)
{
	return history_writer_open(&destination->history, destination->address.path, &destination->options.keep,
				   &destination->sender.why);
}

static bool open_sender(struct destination *destination)
{
	struct sender *sender = &destination->sender;
	int err;

	if (sender->fd >= 0 || destination->history.db)
		return true;
	err = is_history(destination) ? open_history(destination) : sender_open(sender);
	if (err) {
		fail(destination, err);
		return false;
	}
	if (address_is_udp(&destination->address))
		encoder_repeat_templates(&destination->encoder);
	else if (is_flows(destination))
		encoder_restart(&destination->encoder);
	destination->templates_ns = monotonic_ns();
	return true;
}

static void tend_file(struct destination *destination)
{
	if (destination->address.kind != ADDRESS_FILE)
		return;
	if (__atomic_exchange_n(&destination->reopen, false, __ATOMIC_RELAXED)) {
		sender_close(&destination->sender);
		open_sender(destination);
	}
	if (!file_rotate(&destination->sender))
		return;
	pthread_mutex_lock(&destination->mutex);
	destination->not_rotated = true;
	destination->why = destination->sender.why;
	pthread_mutex_unlock(&destination->mutex);
}

/* A history that was moved or deleted is begun anew, and so is one on SIGHUP. */
static void tend_history(struct destination *destination)
{
	struct history_writer *writer = &destination->history;
	bool reopen = __atomic_exchange_n(&destination->reopen, false, __ATOMIC_RELAXED);
	int err;

	if (!writer->db)
		return;
	if (reopen || !history_writer_is_there(writer)) {
		history_writer_complete(writer);
		history_writer_close(writer);
		return;
	}
	err = history_writer_tidy(writer, &destination->sender.why);
	if (err)
		fail(destination, err);
}

/* Is there something to send, or to connect to, without a record? */
static bool is_due(struct destination *destination)
{
	__u64 now = monotonic_ns();

	if (!destination->proven)
		return destination->address.kind >= ADDRESS_UNIX;
	if (!address_is_udp(&destination->address))
		return false;
	if (now - destination->templates_ns < TEMPLATES_NS)
		return false;
	destination->templates_ns = now;
	encoder_repeat_templates(&destination->encoder);
	return true;
}

/* How many records are enough to write them at once: a power of two, and no more than there is room for. */
static size_t history_batch(const struct destination *destination)
{
	size_t batch = HISTORY_BATCH;

	while (batch > destination->options.queue_records / 2)
		batch /= 2;
	return batch;
}

static void *work(void *context)
{
	struct destination *destination = context;
	const void *records;
	const bool history = is_history(destination);
	const size_t batch = history ? history_batch(destination) : BATCH;
	bool lingered = false; /* since the queue was empty */

	prctl(PR_SET_TIMERSLACK, 1UL); /* a pause is as short as it is meant */
	while (!sender_is_over(&destination->sender) && !destination_is_finished(destination)) {
		size_t count = record_queue_wait(&destination->queue, 1, IDLE_NS, &records);
		bool stopping = __atomic_load_n(&destination->stop_ns, __ATOMIC_RELAXED);

		if (!count && stopping)
			break;
		if (count && count < batch && !stopping && (history || !lingered))
			count = record_queue_wait(&destination->queue, batch, history ? HISTORY_LINGER_NS : LINGER_NS,
						  &records);
		if (history)
			tend_history(destination);
		else
			tend_file(destination);
		if (history && count && open_sender(destination))
			store(destination, records, count);
		else if (!history && (count || is_due(destination)) && open_sender(destination))
			deliver(destination, records, count);
		lingered = record_queue_count(&destination->queue);
	}
	return NULL;
}

/* ---- from beginning to end */

static int start(struct destination *destination)
{
	int err = -pthread_create(&destination->thread, NULL, work, destination);

	destination->runs = !err;
	if (err)
		message_error("cannot export to '%s': no thread: %s", destination->address.text, reason_of(err).text);
	return err;
}

static int make_room(struct destination *destination)
{
	bool history = is_history(destination);
	int err = record_queue_open_of(&destination->queue, destination->options.queue_records,
				       history ? sizeof(struct history_flow) : sizeof(struct export_record));

	if (err || history)
		return err;
	if (!is_flows(destination))
		return buffer_init(&destination->lines, BUFFER_MEMORY);
	destination->message = array_new(1, MESSAGE_MAX, "the messages");
	return destination->message ? 0 : -ENOMEM;
}

/* A file that cannot be written to is a mistake of the user; a FIFO's reader, or a collector, may come later. */
static int try_file(struct destination *destination)
{
	int err = 0;

	if (is_history(destination))
		err = open_history(destination);
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

	*destination = (struct destination){ .address = *address, .options = *options, .backoff_ns = BACKOFF_MIN_NS };
	pthread_mutex_init(&destination->mutex, NULL);
	sender_init(&destination->sender, &destination->address, &options->rotation, &destination->stop_ns);
	encoder_init(&destination->encoder, address->kind == ADDRESS_NETFLOW9 ? PROTOCOL_NETFLOW9 : PROTOCOL_IPFIX,
		     options->pen, 0);
	err = address_check(address);
	if (!err)
		err = make_room(destination);
	if (!err)
		err = try_file(destination);
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
		add(&destination->counts.lost[LOSS_UNDELIVERED], record_queue_count(&destination->queue));
	if (!ended)
		return false;
	sender_close(&destination->sender);
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

	if (is_history(destination))
		export_record_flow(&flow, record);
	if (!destination_is_finished(destination) &&
	    !record_queue_put(&destination->queue, is_history(destination) ? (const void *)&flow : record))
		add(&destination->counts.lost[LOSS_QUEUE_FULL], 1);
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
