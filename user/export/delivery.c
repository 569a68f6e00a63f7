// SPDX-License-Identifier: GPL-2.0-only
#include "export/delivery.h"

#include <errno.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"
#include "export/file.h"
#include "history/keep.h"

#define IDLE_NS NS_PER_S /* how often it is looked after templates and rotation */
#define LINGER_NS (20 * NS_PER_MS) /* for more records, so that messages are filled */
#define BATCH 256 /* records that are enough to go on at once; a power of two, see record_queue_put() */
#define LINES_ROOM 32768 /* bytes of lines in one message */
#define REQUEST_LINGER_NS NS_PER_S /* the same for requests: stores prefer few large ones */
#define REQUEST_BATCH 2048 /* records that are enough for one */
#define LENGTHEN_AFTER 16 /* requests that were taken, until a longer one is tried after the server refused one */
#define BURST 8 /* datagrams without a pause: collectors have small buffers, … */
#define PACE_NS (BURST * 50000ULL) /* … which they need time to empty */
#define PROOF_NS (100 * NS_PER_MS) /* for a refusal of the first datagram to arrive */
#define BACKOFF_MAX_NS (30 * NS_PER_S)
#define HISTORY_LINGER_NS (500 * NS_PER_MS) /* for one transaction; a process that is killed loses what waits */
#define HISTORY_BATCH 16384 /* records of one, and a power of two, too */

static void lose(struct destination *destination, enum loss loss, size_t records)
{
	delivery_count(&destination->counts.lost[loss], records);
	record_queue_remove(&destination->queue, records);
	destination->made = false;
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

/*
 * Between half and all of the time, which doubles, so that not all hosts come back to a collector at once; more if the
 * server asks for it.
 */
static void back_off(struct destination *destination)
{
	__u64 ns = destination->backoff_ns, half = ns / 2, asked = destination->sender.retry_after_ns;

	sender_pause(&destination->sender, (asked > half ? asked : half) + monotonic_ns() % (half + 1));
	destination->sender.retry_after_ns = 0;
	destination->backoff_ns = 2 * ns > BACKOFF_MAX_NS ? BACKOFF_MAX_NS : 2 * ns;
}

/* The next message is shorter. */
static void shorten(struct destination *destination)
{
	if (!delivers_requests(destination))
		return;
	if (destination->taken == 1)
		lose(destination, LOSS_TOO_LARGE, 1);
	destination->sender.room = destination->lines.used / 2;
	destination->within = 0;
	destination->made = false;
	destination->taken = 0;
}

/* After enough of them, the next messages may be longer: the limit may have been another one's, or for a time. */
static void lengthen(struct destination *destination)
{
	size_t *room = &destination->sender.room;

	if (!delivers_requests(destination) || *room >= HTTP_ROOM || ++destination->within < LENGTHEN_AFTER)
		return;
	destination->within = 0;
	*room = 2 * *room < HTTP_ROOM ? 2 * *room : HTTP_ROOM;
}

static void fail(struct destination *destination, int err)
{
	if (err == -EPIPE) {
		__atomic_store_n(&destination->finished, true, __ATOMIC_RELAXED);
		return;
	}
	if (err == -EMSGSIZE) {
		shorten(destination);
		return;
	}
	if (err == -EBADMSG && record_queue_count(&destination->queue) == destination->queue.size)
		lose(destination, LOSS_REFUSED, destination->taken);
	sender_close(&destination->sender);
	history_writer_close(&destination->history);
	if (delivers_requests(destination)) /* what listens there later may take more again */
		destination->sender.room = HTTP_ROOM;
	destination->proven = false;
	if (err != -ECANCELED)
		set_failing(destination, true);
	back_off(destination);
}

static void succeed(struct destination *destination)
{
	if (destination->backoff_ns == DELIVERY_BACKOFF_NS && destination->proven)
		return;
	destination->backoff_ns = DELIVERY_BACKOFF_NS;
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
	bool http = delivers_requests(destination), flat = destination->options.flat || http;
	size_t room = http ? destination->sender.room : LINES_ROOM;

	lines->used = 0;
	destination->taken = 0;
	while (destination->taken < count && (lines->used < room || !destination->taken))
		export_record_line(lines, &records[destination->taken++], *destination->host ? destination->host : NULL,
				   flat);
	destination->body = lines->data;
	destination->bytes = lines->used;
	if (http && destination->bytes)
		destination->body = http_body(&destination->sender, lines->data, lines->used, &destination->bytes);
	destination->made = http && destination->body && destination->bytes;
}

static void make_message(struct destination *destination, const struct export_record *records, size_t count)
{
	struct export_moment now = moment_now(destination, records, count);

	destination->body = (char *)destination->message;
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
	int err = destination->body ? sender_send(sender, destination->body, destination->bytes) : -ENOMEM;

	if (!err)
		err = sender_await_refusal(sender, pause_after(destination));
	if (err)
		return err;
	if (delivers_flows(destination))
		encoder_sent(&destination->encoder);
	delivery_count(&destination->counts.messages, 1);
	delivery_count(&destination->counts.bytes, destination->bytes);
	delivery_count(&destination->counts.records, destination->taken);
	record_queue_remove(&destination->queue, destination->taken);
	destination->made = false;
	lengthen(destination);
	succeed(destination);
	return 0;
}

/*
 * Send a message with some of the records. The first one to a collector has no records, but templates alone, as a
 * question whether it is there.
 */
static void deliver(struct destination *destination, const struct export_record *records, size_t count)
{
	bool flows = delivers_flows(destination), again = destination->sender.done || destination->made;
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
	size_t most = history_keep_batch(writer);
	int err;

	if (count > HISTORY_BATCH)
		count = HISTORY_BATCH;
	count = count < most ? count : most;
	err = history_writer_put(writer, flows, count, &destination->sender.why);
	if (err) {
		fail(destination, err);
		return;
	}
	delivery_count(&destination->counts.messages, 1);
	delivery_count(&destination->counts.records, count);
	record_queue_remove(&destination->queue, count);
	succeed(destination);
}

/* ---- the thread */

int delivery_open_history(struct destination *destination)
{
	return history_writer_open(&destination->history, destination->address.path, &destination->options.keep,
				   &destination->sender.why);
}

static bool open_sender(struct destination *destination)
{
	struct sender *sender = &destination->sender;
	int err;

	if (sender_is_open(sender) || destination->history.db)
		return true;
	err = delivers_history(destination) ? delivery_open_history(destination) : sender_open(sender);
	if (err) {
		fail(destination, err);
		return false;
	}
	if (address_is_udp(&destination->address))
		encoder_repeat_templates(&destination->encoder, monotonic_ns());
	else if (delivers_flows(destination))
		encoder_restart(&destination->encoder, monotonic_ns());
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
	err = history_keep_tidy(writer, &destination->sender.why);
	if (err)
		fail(destination, err);
}

/* Is there something to send, or to connect to, without a record? */
static bool is_due(struct destination *destination)
{
	if (!destination->proven)
		return destination->address.kind >= ADDRESS_UNIX;
	return address_is_udp(&destination->address) && encoder_repeat_in_time(&destination->encoder, monotonic_ns());
}

/*
 * How many records are enough to send or write them at once: a power of two, see record_queue_put(), and no more than
 * there is room for. A request waits for a full queue, if it is a small one; others leave room for what comes
 * meanwhile.
 */
static size_t enough_records(const struct destination *destination)
{
	const bool requests = delivers_requests(destination);
	const size_t most = requests ? destination->queue.size : destination->options.queue_records / 2;
	size_t enough = delivers_history(destination) ? HISTORY_BATCH : requests ? REQUEST_BATCH : BATCH;

	while (enough > most)
		enough /= 2;
	return enough;
}

static __u64 linger_time(const struct destination *destination)
{
	return delivers_history(destination)	? HISTORY_LINGER_NS
	       : delivers_requests(destination) ? REQUEST_LINGER_NS
						: LINGER_NS;
}

void *deliver_all(void *context)
{
	struct destination *destination = context;
	const void *records;
	const bool history = delivers_history(destination);
	const size_t enough = enough_records(destination);
	const __u64 linger_ns = linger_time(destination);
	bool lingered = false; /* for the records that wait */

	prctl(PR_SET_TIMERSLACK, 1UL); /* a pause is as short as it is meant */
	while (!sender_is_over(&destination->sender) && !destination_is_finished(destination)) {
		size_t count = record_queue_wait(&destination->queue, 1, IDLE_NS, &records);
		bool stopping = __atomic_load_n(&destination->stop_ns, __ATOMIC_RELAXED);

		if (!count && stopping)
			break;
		if (count && count < enough && !stopping && (history || !lingered))
			count = record_queue_wait(&destination->queue, enough, linger_ns, &records);
		if (history)
			tend_history(destination);
		else
			tend_file(destination);
		if (history && count && open_sender(destination))
			store(destination, records, count);
		else if (!history && (count || is_due(destination)) && open_sender(destination))
			deliver(destination, records, count);
		lingered = delivers_requests(destination) ? destination->made || destination->taken < count
							  : record_queue_count(&destination->queue);
	}
	return NULL;
}
