/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread of a destination: it takes records from the queue and sends or writes them, again until that succeeds. */
#ifndef SYNSCOPE_EXPORT_DELIVERY_H
#define SYNSCOPE_EXPORT_DELIVERY_H

#include "export/destination.h"

#define DELIVERY_BACKOFF_NS (200 * NS_PER_MS) /* the first pause after a failure */

/* The main function of the thread; the context is the struct destination. */
void *deliver_all(void *context);

/* Open the file of a history. Returns 0 or a negative errno, with the reason in `sender.why`. */
int delivery_open_history(struct destination *destination);

/* What is sent: messages of flows to a collector, requests with lines, rows of a history, or plain lines. */
static inline bool delivers_flows(const struct destination *destination)
{
	return address_is_flows(&destination->address);
}

static inline bool delivers_requests(const struct destination *destination)
{
	return destination->address.kind == ADDRESS_HTTP;
}

static inline bool delivers_history(const struct destination *destination)
{
	return destination->address.kind == ADDRESS_HISTORY;
}

/* Count for other threads, which read by destination_counts(). */
static inline void delivery_count(__u64 *counter, __u64 value)
{
	__atomic_fetch_add(counter, value, __ATOMIC_RELAXED);
}

#endif
