// SPDX-License-Identifier: GPL-2.0-only
#include "conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/netlink.h"

#define AT_ONCE 100 /* entries in one message to the kernel, the maximum that fits */
#define TIMEOUT_S 3600

static long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%ld", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

__u32 conntrack_max(void)
{
	return read_number("/proc/sys/net/netfilter/nf_conntrack_max");
}

struct end {
	__be32 address;
	__be16 port;
};

static void put_tuple(struct rtnl_request *request, __u16 type, const struct end *from, const struct end *to)
{
	const __u8 tcp = IPPROTO_TCP;
	struct rtattr *tuple = rtnl_nest(request, type), *part = rtnl_nest(request, CTA_TUPLE_IP);

	rtnl_put(request, CTA_IP_V4_SRC, &from->address, sizeof(from->address));
	rtnl_put(request, CTA_IP_V4_DST, &to->address, sizeof(to->address));
	rtnl_nest_end(request, part);
	part = rtnl_nest(request, CTA_TUPLE_PROTO);
	rtnl_put(request, CTA_PROTO_NUM, &tcp, sizeof(tcp));
	rtnl_put(request, CTA_PROTO_SRC_PORT, &from->port, sizeof(from->port));
	rtnl_put(request, CTA_PROTO_DST_PORT, &to->port, sizeof(to->port));
	rtnl_nest_end(request, part);
	rtnl_nest_end(request, tuple);
}

static void make_entry(struct rtnl_request *request, __u32 number)
{
	const struct nfgenmsg family = { .nfgen_family = AF_INET };
	const struct end client = { htonl(0x0a000000 + number), htons(40000) },
			 server = { htonl(0xc0000280), htons(443) };
	const __u8 established = TCP_CONNTRACK_ESTABLISHED;
	struct rtattr *info, *tcp;

	rtnl_begin(request, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL, sizeof(family));
	memcpy(NLMSG_DATA(&request->header), &family, sizeof(family));
	put_tuple(request, CTA_TUPLE_ORIG, &client, &server);
	put_tuple(request, CTA_TUPLE_REPLY, &server, &client);
	rtnl_put_u32(request, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
	rtnl_put_u32(request, CTA_TIMEOUT, htonl(TIMEOUT_S));
	info = rtnl_nest(request, CTA_PROTOINFO);
	tcp = rtnl_nest(request, CTA_PROTOINFO_TCP);
	rtnl_put(request, CTA_PROTOINFO_TCP_STATE, &established, sizeof(established));
	rtnl_nest_end(request, tcp);
	rtnl_nest_end(request, info);
}

long conntrack_fill(__u32 count)
{
	char messages[AT_ONCE * sizeof(struct rtnl_request)];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	int err = fd < 0 ? -errno : 0;

	for (__u32 number = 0; !err && number < count;) {
		size_t length = 0;

		for (int i = 0; i < AT_ONCE && number < count; i++, number++) {
			struct rtnl_request request;

			make_entry(&request, number);
			memcpy(messages + length, &request, request.header.nlmsg_len);
			length += NLMSG_ALIGN(request.header.nlmsg_len);
		}
		if (send(fd, messages, length, 0) < 0)
			err = -errno;
	}
	if (fd >= 0)
		close(fd);
	return err ? err : read_number("/proc/sys/net/netfilter/nf_conntrack_count");
}
