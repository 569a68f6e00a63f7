// SPDX-License-Identifier: GPL-2.0-only
#include "flow/host_names.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/reason.h"

#define THREADS 8 /* each waits for one answer at a time */
#define WAYS 8 /* places that an address can have */
#define KNOWN_NS (300 * NS_PER_S) /* until a name is asked for again */
#define UNKNOWN_NS (60 * NS_PER_S) /* until that is done for an address that has none */

enum place_state { PLACE_FREE, PLACE_WAITING, PLACE_ASKED, PLACE_KNOWN, PLACE_UNKNOWN };

struct place {
	struct ip_address ip;
	enum place_state state;
	__u64 since_ns; /* when the answer came */
	char name[HOST_NAME_SIZE];
};

struct host_names {
	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t more, answered;
	struct place place[HOST_NAMES_MOST];
	__u32 waiting[HOST_NAMES_MOST]; /* a ring of places */
	__u32 first, queued;
	__u32 pending; /* waiting or asked */
	int users; /* threads, and the one that has opened it */
	bool closed;
};

/* ---- asking */

static void leave(struct host_names *names)
{
	bool last = !--names->users;

	pthread_mutex_unlock(&names->mutex);
	if (!last)
		return;
	pthread_cond_destroy(&names->more);
	pthread_cond_destroy(&names->answered);
	pthread_mutex_destroy(&names->mutex);
	free(names);
}

static bool ask(const struct ip_address *ip, char name[HOST_NAME_SIZE])
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char answer[NI_MAXHOST];
	int code;

	memcpy(&v4.sin_addr, ip->word, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, ip->word, sizeof(v6.sin6_addr));
	if (ip->ipv6)
		code = getnameinfo((const struct sockaddr *)&v6, sizeof(v6), answer, sizeof(answer), NULL, 0,
				   NI_NAMEREQD);
	else
		code = getnameinfo((const struct sockaddr *)&v4, sizeof(v4), answer, sizeof(answer), NULL, 0,
				   NI_NAMEREQD);
	if (code || strlen(answer) >= HOST_NAME_SIZE)
		return false;
	strcpy(name, answer);
	return true;
}

/* Called with the mutex, and returns with it; not held while the answer is waited for. */
static void answer_next(struct host_names *names)
{
	struct place *place = &names->place[names->waiting[names->first]];
	struct ip_address ip = place->ip;
	char name[HOST_NAME_SIZE];
	bool known;

	names->first = (names->first + 1) % HOST_NAMES_MOST;
	names->queued--;
	place->state = PLACE_ASKED;
	pthread_mutex_unlock(&names->mutex);
	known = ask(&ip, name);
	pthread_mutex_lock(&names->mutex);
	place->state = known ? PLACE_KNOWN : PLACE_UNKNOWN;
	if (known)
		strcpy(place->name, name);
	place->since_ns = monotonic_ns();
	names->pending--;
	pthread_cond_broadcast(&names->answered);
}

static void *answer(void *of)
{
	struct host_names *names = of;

	pthread_mutex_lock(&names->mutex);
	for (;;) {
		while (!names->queued && !names->closed)
			pthread_cond_wait(&names->more, &names->mutex);
		if (names->closed)
			break;
		answer_next(names);
	}
	leave(names);
	return NULL;
}

/* ---- threads */

static int start(struct host_names *names)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, answer, names);

	if (err)
		return -err;
	pthread_detach(thread);
	pthread_mutex_lock(&names->mutex);
	names->users++;
	pthread_mutex_unlock(&names->mutex);
	return 0;
}

static int init(struct host_names *names)
{
	pthread_condattr_t attributes;
	int err;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	err = pthread_mutex_init(&names->mutex, NULL);
	if (!err)
		err = pthread_cond_init(&names->more, NULL);
	if (!err)
		err = pthread_cond_init(&names->answered, &attributes);
	pthread_condattr_destroy(&attributes);
	names->users = 1;
	return -err;
}

/* Signals are for the thread that has opened it. */
static int start_all(struct host_names *names)
{
	sigset_t all, before;
	int started = 0, err = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; started < THREADS && !err; started += !err)
		err = start(names);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started ? 0 : err;
}

int host_names_open(struct host_names **names)
{
	int err;

	*names = array_new(1, sizeof(**names), "the names of hosts");
	if (!*names)
		return -ENOMEM;
	err = init(*names);
	if (!err)
		err = start_all(*names);
	if (!err)
		return 0;
	message_error("cannot look up names of hosts: no thread: %s", reason_of(err).text);
	free(*names);
	*names = NULL;
	return err;
}

void host_names_close(struct host_names *names)
{
	if (!names)
		return;
	pthread_mutex_lock(&names->mutex);
	names->closed = true;
	pthread_cond_broadcast(&names->more);
	leave(names);
}

/* ---- names */

static __u32 hash_of(const struct ip_address *ip)
{
	__u32 hash = ip->ipv6;

	for (int i = 0; i < (ip->ipv6 ? 4 : 1); i++)
		hash = (hash ^ ip->word[i]) * 2654435761U;
	return (hash ^ hash >> 15) / WAYS * WAYS % HOST_NAMES_MOST;
}

static bool is_same(const struct ip_address *a, const struct ip_address *b)
{
	return a->ipv6 == b->ipv6 && !memcmp(a->word, b->word, a->ipv6 ? sizeof(a->word) : sizeof(a->word[0]));
}

static bool is_pending(const struct place *place)
{
	return place->state == PLACE_WAITING || place->state == PLACE_ASKED;
}

/* The place of the address or, if it has none, the one it is to have: free, or that of the oldest answer. */
static struct place *place_of(struct host_names *names, const struct ip_address *ip)
{
	struct place *first = &names->place[hash_of(ip)], *oldest = NULL;

	for (struct place *place = first; place < first + WAYS; place++) {
		if (place->state != PLACE_FREE && is_same(&place->ip, ip))
			return place;
		if (!is_pending(place) && (!oldest || place->since_ns < oldest->since_ns))
			oldest = place;
	}
	return oldest;
}

/* The name that was known stays until there is an answer. */
static void ask_for(struct host_names *names, struct place *place, const struct ip_address *ip)
{
	if (place->state == PLACE_FREE || !is_same(&place->ip, ip))
		*place->name = '\0';
	place->ip = *ip;
	place->state = PLACE_WAITING;
	names->waiting[(names->first + names->queued++) % HOST_NAMES_MOST] = (__u32)(place - names->place);
	names->pending++;
	pthread_cond_signal(&names->more);
}

static bool is_stale(const struct place *place, const struct ip_address *ip)
{
	__u64 age = monotonic_ns() - place->since_ns;

	if (is_pending(place))
		return false;
	return place->state == PLACE_FREE || !is_same(&place->ip, ip) ||
	       age > (place->state == PLACE_KNOWN ? KNOWN_NS : UNKNOWN_NS);
}

bool host_name_of(struct host_names *names, const struct ip_address *ip, char name[HOST_NAME_SIZE])
{
	struct place *place;

	*name = '\0';
	if (!names)
		return false;
	pthread_mutex_lock(&names->mutex);
	place = place_of(names, ip);
	if (place && is_stale(place, ip))
		ask_for(names, place, ip);
	if (place && place->state != PLACE_UNKNOWN)
		strcpy(name, place->name);
	pthread_mutex_unlock(&names->mutex);
	return *name;
}

void host_names_wait(struct host_names *names, __u64 ns)
{
	__u64 end_ns = monotonic_ns() + ns;
	const struct timespec end = { .tv_sec = (time_t)(end_ns / NS_PER_S), .tv_nsec = (long)(end_ns % NS_PER_S) };

	if (!names)
		return;
	pthread_mutex_lock(&names->mutex);
	while (names->pending && !pthread_cond_timedwait(&names->answered, &names->mutex, &end))
		;
	pthread_mutex_unlock(&names->mutex);
}
