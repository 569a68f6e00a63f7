/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends messages to one destination, in a thread of its own. What waits ends early once the time to stop has come.
 * Nothing here prints.
 */
#ifndef SYNSCOPE_EXPORT_SENDER_H
#define SYNSCOPE_EXPORT_SENDER_H

#include <stddef.h>

#include <linux/types.h>

#include "export/address.h"
#include "base/reason.h"

/* When to begin another file; 0: never. */
struct rotation {
	__u64 bytes, ns;
};

struct http;

struct sender {
	const struct address *address;
	struct rotation rotation;
	const __u64 *stop_ns; /* monotonic time at which nothing waits any longer, 0: not yet; atomic */
	int fd; /* -1: not open */
	size_t room; /* the most bytes that a message may have now */
	size_t done; /* bytes of the present message that were sent */
	__u64 file_bytes; /* of a regular file: its size before the present message, or after the last one */
	__u64 begun_ns; /* when the file was begun */
	struct http *http; /* of a sender over HTTP, see http_open() */
	__u64 retry_after_ns; /* that the server asked for, 0: it did not */
	bool regular; /* a regular file, which can be cut and rotated */
	struct reason why; /* of the last failure */
};

void sender_init(struct sender *sender, const struct address *address, const struct rotation *rotation,
		 const __u64 *stop_ns);

/* Is it open? One over HTTP, which connects by itself, always is. */
bool sender_is_open(const struct sender *sender);

/* Open it, or connect. Returns 0 or a negative errno, with the reason in `why`. */
int sender_open(struct sender *sender);
void sender_close(struct sender *sender);

/*
 * Send a message. Returns 0 or a negative errno, with the reason in `why`:
 * -EMSGSIZE  it is too long: it is longer than `room`, which has become smaller, or the server says so
 * -EPIPE     nobody will ever read the output again
 * -EBADMSG   the server refuses what is in it, and perhaps always will
 * another    it is to be sent again, as a whole or, to standard output, from `done` on
 */
int sender_send(struct sender *sender, const void *message, size_t bytes);

/* Wait for the answer to a datagram that may tell that nobody listens. Returns 0 or a negative errno, as above. */
int sender_await_refusal(struct sender *sender, __u64 wait_ns);

/* Sleep, until it is time to stop at most. */
void sender_pause(const struct sender *sender, __u64 ns);

/* Is it time to stop? */
bool sender_is_over(const struct sender *sender);

/* Store a failure in `why`, in the words for that errno. Returns the errno. */
int sender_fail(struct sender *sender, int err);

#endif
