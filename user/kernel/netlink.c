// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/netlink.h"

#define ANSWER_MAX 32768 /* the maximum that the kernel puts into one datagram of a dump */

void rtnl_begin(struct rtnl_request *request, __u16 type, __u16 flags, size_t body)
{
	memset(request, 0, sizeof(*request));
	request->protocol = NETLINK_ROUTE;
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	request->header.nlmsg_len = NLMSG_LENGTH(body);
}

void rtnl_put(struct rtnl_request *request, __u16 type, const void *data, size_t length)
{
	__u32 at = NLMSG_ALIGN(request->header.nlmsg_len);
	struct rtattr attribute = { .rta_type = type, .rta_len = RTA_LENGTH(length) };

	if (at + RTA_SPACE(length) > offsetof(struct rtnl_request, protocol))
		return;
	memcpy((char *)request + at, &attribute, sizeof(attribute));
	if (length)
		memcpy((char *)request + at + RTA_LENGTH(0), data, length);
	request->header.nlmsg_len = at + RTA_ALIGN(attribute.rta_len);
}

void rtnl_put_u32(struct rtnl_request *request, __u16 type, __u32 value)
{
	rtnl_put(request, type, &value, sizeof(value));
}

void rtnl_put_string(struct rtnl_request *request, __u16 type, const char *value)
{
	rtnl_put(request, type, value, strlen(value) + 1);
}

struct rtattr *rtnl_nest(struct rtnl_request *request, __u16 type)
{
	struct rtattr *nest = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

	rtnl_put(request, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void rtnl_nest_end(struct rtnl_request *request, struct rtattr *nest)
{
	nest->rta_len = (char *)request + request->header.nlmsg_len - (char *)nest;
}

const struct rtattr *rtnl_find(const struct rtattr *attributes, int length, __u16 type)
{
	for (; RTA_OK(attributes, length); attributes = RTA_NEXT(attributes, length))
		if ((attributes->rta_type & NLA_TYPE_MASK) == type)
			return attributes;
	return NULL;
}

static int open_and_send(struct rtnl_request *request)
{
	struct timeval patience = { .tv_sec = 10 };
	int on = 1, err;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, request->protocol);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	request->header.nlmsg_seq = 1;
	if (send(fd, request, request->header.nlmsg_len, 0) >= 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* The error of recv(); EAGAIN means a timeout here, not that a limit was reached. */
static int receive_error(void)
{
	return errno == EAGAIN ? -ETIMEDOUT : -errno;
}

static int error_of(const struct nlmsghdr *message, char *reason)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);
	const struct rtattr *text = NULL;
	size_t skip = NLMSG_LENGTH(sizeof(*error));

	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		skip += error->msg.nlmsg_len - sizeof(error->msg);
	if (reason && (message->nlmsg_flags & NLM_F_ACK_TLVS) && message->nlmsg_len > NLMSG_ALIGN(skip))
		text = rtnl_find((const void *)((const char *)message + NLMSG_ALIGN(skip)),
				 (int)(message->nlmsg_len - NLMSG_ALIGN(skip)), NLMSGERR_ATTR_MSG);
	if (text)
		snprintf(reason, RTNL_REASON_MAX, "%.*s", (int)RTA_PAYLOAD(text), (const char *)RTA_DATA(text));
	return error->error;
}

int rtnl_ask(struct rtnl_request *request, char *reason)
{
	_Alignas(struct nlmsghdr) char answer[4096];
	struct nlmsghdr *message = (void *)answer;
	ssize_t length;
	int fd, err = -EPROTO;

	if (reason)
		*reason = '\0';
	request->header.nlmsg_flags |= NLM_F_ACK;
	fd = open_and_send(request);
	if (fd < 0)
		return fd;
	length = recv(fd, answer, sizeof(answer), 0);
	if (length < 0)
		err = receive_error();
	else if (NLMSG_OK(message, (size_t)length) && message->nlmsg_type == NLMSG_ERROR)
		err = error_of(message, reason);
	close(fd);
	return err;
}

/* Visit the messages of one datagram. Returns 1 if more will come, 0 after the last one, or a negative errno. */
static int visit_all(char *answer, ssize_t length, void (*visit)(const struct nlmsghdr *, void *), void *context)
{
	size_t left = length;

	for (struct nlmsghdr *message = (void *)answer; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		if (message->nlmsg_type == NLMSG_ERROR)
			return error_of(message, NULL);
		visit(message, context);
	}
	return 1;
}

int rtnl_dump(struct rtnl_request *request, void (*visit)(const struct nlmsghdr *message, void *context), void *context)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_MAX];
	int fd, result = 1;
	ssize_t length;

	request->header.nlmsg_flags |= NLM_F_DUMP;
	fd = open_and_send(request);
	if (fd < 0)
		return fd;
	while (result > 0) {
		length = recv(fd, answer, sizeof(answer), 0);
		result = length < 0 ? receive_error() : visit_all(answer, length, visit, context);
	}
	close(fd);
	return result;
}
