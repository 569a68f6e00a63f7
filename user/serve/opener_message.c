// SPDX-License-Identifier: GPL-2.0-only
#include "serve/opener_message.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "instance/meta.h"

#define HEAD_SIZE offsetof(struct opener_message, instance)
/* More than a message has, so that the kernel hands over all that were sent, and they can be counted. */
#define FDS_ROOM (2 * OPENER_FDS_MAX)

union control {
	char bytes[CMSG_SPACE(FDS_ROOM * sizeof(int))];
	struct cmsghdr align;
};

/* ---- what a message must be */

/* The size of a message of that kind, 0 if there is no such kind. */
static size_t size_of(__u32 kind)
{
	switch (kind) {
	case OPENER_INSTANCE:
		return HEAD_SIZE + sizeof(struct opener_instance);
	case OPENER_PLACE:
		return HEAD_SIZE + sizeof(struct opener_place);
	case OPENER_STATE:
		return HEAD_SIZE + sizeof(struct opener_state);
	case OPENER_GONE:
	case OPENER_END:
		return HEAD_SIZE;
	case OPENER_ROUND:
		return HEAD_SIZE + sizeof(__s32);
	default:
		return 0;
	}
}

static int fds_of(const struct opener_message *message)
{
	if (message->kind == OPENER_INSTANCE)
		return __builtin_popcount(message->instance.objects);
	return message->kind == OPENER_PLACE && !message->place.err;
}

static bool is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

/* A readable instance has a sound meta and at least its table; any other has no descriptor, and a name. */
static bool is_instance(struct opener_instance *instance)
{
	char fault[OBJECT_FAULT_MAX];

	if (instance->objects & ~OPENER_OBJECTS || instance->other_layout > 1 ||
	    !is_text(instance->fault, sizeof(instance->fault)) ||
	    !is_text(instance->meta.name, sizeof(instance->meta.name)) ||
	    !is_text(instance->meta.program_version, sizeof(instance->meta.program_version)))
		return false;
	if (*instance->fault || instance->other_layout)
		return !instance->objects;
	return (instance->objects & (OBJECTS_TABLE | OBJECTS_HISTOGRAMS)) == (OBJECTS_TABLE | OBJECTS_HISTOGRAMS) &&
	       meta_check(&instance->meta, sizeof(instance->meta), fault) == META_SOUND;
}

static bool is_state(const struct opener_state *state)
{
	for (int i = 0; i < MAX_INTERFACES; i++)
		if (!is_text(state->interface[i].ifname, sizeof(state->interface[i].ifname)) ||
		    state->interface[i].deleted > 1 || state->interface[i].moved > 1)
			return false;
	return true;
}

static bool is_sound(struct opener_message *message)
{
	switch (message->kind) {
	case OPENER_INSTANCE:
		return is_instance(&message->instance);
	case OPENER_PLACE:
		return message->place.err <= 0;
	case OPENER_STATE:
		return is_state(&message->state);
	case OPENER_ROUND:
		return message->err <= 0;
	default:
		return true;
	}
}

/* ---- sending and receiving */

int opener_send(int socket, const struct opener_message *message, const int *fds)
{
	struct iovec data = { .iov_base = (void *)message, .iov_len = size_of(message->kind) };
	struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1 };
	union control control = { 0 };
	int count = fds_of(message);

	if (count) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, count * sizeof(int));
	}
	return sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The descriptors that came with a message; the kernel has given them to this process already. Returns how many. */
static int take_fds(struct msghdr *header, int fds[FDS_ROOM])
{
	int count = 0;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		int here = (int)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS || here > FDS_ROOM - count)
			continue;
		memcpy(&fds[count], CMSG_DATA(part), here * sizeof(int));
		count += here;
	}
	return count;
}

static bool is_message(struct opener_message *message, size_t size, const struct msghdr *header, int count)
{
	return !(header->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && size >= HEAD_SIZE && size == size_of(message->kind) &&
	       count == fds_of(message) && is_sound(message);
}

int opener_receive(int socket, struct opener_message *message, int fds[OPENER_FDS_MAX], int *count)
{
	struct iovec data = { .iov_base = message, .iov_len = sizeof(*message) };
	union control control;
	struct msghdr header = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)
	};
	int received[FDS_ROOM], number;
	ssize_t size;

	memset(message, 0, sizeof(*message));
	size = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size < 0)
		return errno == EINTR ? -EAGAIN : errno == ECONNRESET ? 0 : -errno;
	number = take_fds(&header, received);
	if (size && is_message(message, (size_t)size, &header, number)) {
		memcpy(fds, received, number * sizeof(int));
		*count = number;
		return 1;
	}
	for (int i = 0; i < number; i++)
		close(received[i]);
	*count = 0;
	return size || number ? -EPROTO : 0;
}
