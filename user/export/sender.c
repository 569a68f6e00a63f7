// SPDX-License-Identifier: GPL-2.0-only
#include "export/sender.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/file.h"
#include "export/http.h"
#include "export/socket.h"

#define PAUSE_NS 50000000ULL /* of a wait that may have to end early */

void sender_init(struct sender *sender, const struct address *address, const struct rotation *rotation,
		 const __u64 *stop_ns)
{
	*sender = (struct sender){ .address = address, .rotation = *rotation, .stop_ns = stop_ns, .fd = -1 };
}

int sender_fail(struct sender *sender, int err)
{
	sender->why = reason_of(err);
	return err;
}

bool sender_is_over(const struct sender *sender)
{
	__u64 stop = __atomic_load_n(sender->stop_ns, __ATOMIC_RELAXED);

	return stop && monotonic_ns() >= stop;
}

void sender_pause(const struct sender *sender, __u64 ns)
{
	__u64 end = monotonic_ns() + ns, now;

	while ((now = monotonic_ns()) < end && !sender_is_over(sender)) {
		__u64 rest = end - now < PAUSE_NS ? end - now : PAUSE_NS;
		const struct timespec time = { .tv_sec = 0, .tv_nsec = (long)rest };

		nanosleep(&time, NULL);
	}
}

bool sender_is_open(const struct sender *sender)
{
	return sender->fd >= 0 || sender->http;
}

int sender_open(struct sender *sender)
{
	int err = 0;

	if (sender->address->kind == ADDRESS_STDOUT) { /* and goes on where it stopped */
		sender->fd = STDOUT_FILENO;
		return 0;
	}
	sender->done = 0;
	if (sender->address->kind == ADDRESS_FILE)
		err = file_open(sender);
	else
		err = socket_open(sender);
	return err;
}

void sender_close(struct sender *sender)
{
	if (sender->fd >= 0 && sender->fd != STDOUT_FILENO)
		close(sender->fd);
	sender->fd = -1;
}

/* Wait until standard output, whoever reads it, can be written to. Returns 0, -EPIPE or -ECANCELED: time to stop. */
static int wait_for_reader(const struct sender *sender)
{
	struct pollfd room = { .fd = sender->fd, .events = POLLOUT };

	while (poll(&room, 1, PAUSE_NS / NS_PER_MS) <= 0)
		if (sender_is_over(sender))
			return -ECANCELED;
	return room.revents & POLLERR ? -EPIPE : 0;
}

static int write_output(struct sender *sender, const char *message, size_t bytes)
{
	while (sender->done < bytes) {
		size_t rest = bytes - sender->done;
		int err = wait_for_reader(sender);
		ssize_t n;

		if (err)
			return sender_fail(sender, err);
		n = write(sender->fd, message + sender->done, rest < PIPE_BUF ? rest : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return sender_fail(sender, -errno);
		sender->done += n > 0 ? n : 0;
	}
	return 0;
}

int sender_send(struct sender *sender, const void *message, size_t bytes)
{
	int err;

	if (sender->address->kind == ADDRESS_STDOUT)
		err = write_output(sender, message, bytes);
	else if (sender->address->kind == ADDRESS_FILE)
		err = file_write(sender, message, bytes);
	else if (address_is_udp(sender->address))
		err = socket_send_datagram(sender, message, bytes);
	else if (sender->http)
		err = http_send(sender, message, bytes);
	else
		err = socket_send_stream(sender, message, bytes);
	if (!err)
		sender->done = 0;
	return err;
}

int sender_await_refusal(struct sender *sender, __u64 wait_ns)
{
	return address_is_udp(sender->address) ? socket_await_refusal(sender, wait_ns) : 0;
}
