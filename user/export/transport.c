// SPDX-License-Identifier: GPL-2.0-only
#include "export/transport.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/file.h"
#include "export/socket.h"

#define PAUSE_NS 50000000ULL /* of a wait that may have to end early */

void transport_init(struct transport *transport, const struct address *address, const struct rotation *rotation,
		    const __u64 *stop_ns)
{
	*transport = (struct transport){ .address = address, .rotation = *rotation, .stop_ns = stop_ns, .fd = -1 };
}

int transport_fail(struct transport *transport, int err)
{
	transport->why = reason_of(err);
	return err;
}

bool transport_is_over(const struct transport *transport)
{
	__u64 stop = __atomic_load_n(transport->stop_ns, __ATOMIC_RELAXED);

	return stop && monotonic_ns() >= stop;
}

void transport_pause(const struct transport *transport, __u64 ns)
{
	__u64 end = monotonic_ns() + ns, now;

	while ((now = monotonic_ns()) < end && !transport_is_over(transport)) {
		__u64 rest = end - now < PAUSE_NS ? end - now : PAUSE_NS;
		const struct timespec time = { .tv_sec = 0, .tv_nsec = (long)rest };

		nanosleep(&time, NULL);
	}
}

int transport_open(struct transport *transport)
{
	int err = 0;

	if (transport->address->kind == ADDRESS_STDOUT) { /* and goes on where it stopped */
		transport->fd = STDOUT_FILENO;
		return 0;
	}
	transport->done = 0;
	if (transport->address->kind == ADDRESS_FILE)
		err = file_open(transport);
	else
		err = socket_open(transport);
	return err;
}

void transport_close(struct transport *transport)
{
	if (transport->fd >= 0 && transport->fd != STDOUT_FILENO)
		close(transport->fd);
	transport->fd = -1;
}

/* Wait until standard output, whoever reads it, can be written to. Returns 0, -EPIPE or -ECANCELED: time to stop. */
static int wait_for_reader(const struct transport *transport)
{
	struct pollfd room = { .fd = transport->fd, .events = POLLOUT };

	while (poll(&room, 1, PAUSE_NS / NS_PER_MS) <= 0)
		if (transport_is_over(transport))
			return -ECANCELED;
	return room.revents & POLLERR ? -EPIPE : 0;
}

static int write_output(struct transport *transport, const char *message, size_t bytes)
{
	while (transport->done < bytes) {
		size_t rest = bytes - transport->done;
		int err = wait_for_reader(transport);
		ssize_t n;

		if (err)
			return transport_fail(transport, err);
		n = write(transport->fd, message + transport->done, rest < PIPE_BUF ? rest : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return transport_fail(transport, -errno);
		transport->done += n > 0 ? n : 0;
	}
	return 0;
}

int transport_send(struct transport *transport, const void *message, size_t bytes)
{
	int err;

	if (transport->address->kind == ADDRESS_STDOUT)
		err = write_output(transport, message, bytes);
	else if (transport->address->kind == ADDRESS_FILE)
		err = file_write(transport, message, bytes);
	else if (address_is_udp(transport->address))
		err = socket_send_datagram(transport, message, bytes);
	else
		err = socket_send_stream(transport, message, bytes);
	if (!err)
		transport->done = 0;
	return err;
}

int transport_await_refusal(struct transport *transport, __u64 wait_ns)
{
	return address_is_udp(transport->address) ? socket_await_refusal(transport, wait_ns) : 0;
}
