// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clsact.h"
#include "base/message.h"
#include "base/reason.h"
#include "kernel/netlink.h"

#define FILTER_PREFIX "synscope:"
#define FILTER_PRIORITY 1
#define FILTER_HANDLE 0x73790001U /* an unusual one, because programs of others may have the same priority */
#define FILTER_HANDLE_MADE_QDISC 0x73790002U

static __u32 hook_parent(bool egress)
{
	return TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

static void begin(struct rtnl_request *request, __u16 type, __u16 flags, __u32 ifindex, __u32 parent)
{
	rtnl_begin(request, type, flags, sizeof(request->tc));
	request->tc.tcm_family = AF_UNSPEC;
	request->tc.tcm_ifindex = (int)ifindex;
	request->tc.tcm_parent = parent;
}

static const struct rtattr *attribute_of(const struct nlmsghdr *message, __u16 type)
{
	const struct tcmsg *tc = NLMSG_DATA(message);

	return rtnl_find(TCA_RTA(tc), (int)TCA_PAYLOAD(message), type);
}

static bool string_is(const struct rtattr *attribute, const char *value)
{
	return attribute && RTA_PAYLOAD(attribute) == strlen(value) + 1 && !strcmp(RTA_DATA(attribute), value);
}

/* ---- qdisc */

struct qdisc_search {
	__u32 ifindex;
	bool found;
	bool clsact;
};

static void visit_qdisc(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	struct qdisc_search *search = context;

	if ((__u32)tc->tcm_ifindex != search->ifindex || tc->tcm_parent != TC_H_CLSACT)
		return;
	search->found = true;
	search->clsact = string_is(attribute_of(message, TCA_KIND), "clsact");
}

int clsact_qdisc_missing(__u32 ifindex, const char *ifname, bool egress)
{
	struct qdisc_search search = { .ifindex = ifindex };
	struct rtnl_request request;
	int err;

	begin(&request, RTM_GETQDISC, 0, ifindex, 0);
	err = rtnl_dump(&request, visit_qdisc, &search);
	if (err) {
		message_error("cannot see which qdiscs %s has: %s", ifname, reason_of(err).text);
		return err;
	}
	if (search.found && !search.clsact && egress) {
		message_error(
			"%s has an ingress qdisc where a clsact qdisc would have to go: remove it ('tc qdisc del dev "
			"%s ingress'), or use --direction ingress",
			ifname, ifname);
		return -EEXIST;
	}
	return !search.found;
}

static int make_qdisc(__u32 ifindex, char *reason)
{
	struct rtnl_request request;
	int err;

	begin(&request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex, TC_H_CLSACT);
	request.tc.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	rtnl_put_string(&request, TCA_KIND, "clsact");
	err = rtnl_ask(&request, reason);
	return err == -EEXIST ? 0 : err;
}

static void visit_any(const struct nlmsghdr *message, void *context)
{
	(void)message;
	*(bool *)context = true;
}

void clsact_remove_qdisc(__u32 ifindex)
{
	struct rtnl_request request;
	bool used = false;

	for (int egress = 0; egress < 2; egress++) {
		begin(&request, RTM_GETTFILTER, 0, ifindex, hook_parent(egress));
		if (rtnl_dump(&request, visit_any, &used) || used)
			return;
	}
	begin(&request, RTM_DELQDISC, 0, ifindex, TC_H_CLSACT);
	request.tc.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	rtnl_ask(&request, NULL);
}

/* ---- filter */

static void begin_filter(struct rtnl_request *request, __u16 type, __u16 flags, const struct clsact_filter *filter)
{
	begin(request, type, flags, filter->ifindex, hook_parent(filter->egress));
	request->tc.tcm_handle = filter->made_qdisc ? FILTER_HANDLE_MADE_QDISC : FILTER_HANDLE;
	request->tc.tcm_info = TC_H_MAKE(FILTER_PRIORITY << 16, htons(ETH_P_ALL));
	rtnl_put_string(request, TCA_KIND, "bpf");
}

int clsact_attach(const struct clsact_filter *filter, int program_fd, char *reason)
{
	char name[sizeof(FILTER_PREFIX) + INSTANCE_NAME_MAX];
	struct rtnl_request request;
	struct rtattr *options;
	int err = filter->made_qdisc ? make_qdisc(filter->ifindex, reason) : 0;

	if (err)
		return err;
	snprintf(name, sizeof(name), FILTER_PREFIX "%s", filter->instance);
	begin_filter(&request, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE, filter);
	options = rtnl_nest(&request, TCA_OPTIONS);
	rtnl_put_u32(&request, TCA_BPF_FD, program_fd);
	rtnl_put_string(&request, TCA_BPF_NAME, name);
	rtnl_put_u32(&request, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	rtnl_nest_end(&request, options);
	err = rtnl_ask(&request, reason);
	if (err && filter->made_qdisc)
		clsact_remove_qdisc(filter->ifindex);
	return err;
}

static void visit_filter(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	const struct rtattr *options = attribute_of(message, TCA_OPTIONS), *name = NULL, *id = NULL;
	struct clsact_filters *found = context;
	struct clsact_filter *filter;
	const char *text;

	if (options && string_is(attribute_of(message, TCA_KIND), "bpf")) {
		name = rtnl_find(RTA_DATA(options), (int)RTA_PAYLOAD(options), TCA_BPF_NAME);
		id = rtnl_find(RTA_DATA(options), (int)RTA_PAYLOAD(options), TCA_BPF_ID);
	}
	if (!name || found->count == CLSACT_FILTERS_MAX)
		return;
	text = RTA_DATA(name);
	if (strncmp(text, FILTER_PREFIX, strlen(FILTER_PREFIX)) ||
	    (tc->tcm_handle != FILTER_HANDLE && tc->tcm_handle != FILTER_HANDLE_MADE_QDISC))
		return;
	filter = &found->item[found->count++];
	filter->ifindex = tc->tcm_ifindex;
	filter->program_id = id ? *(const __u32 *)RTA_DATA(id) : 0;
	filter->egress = TC_H_MIN(tc->tcm_parent) == TC_H_MIN(TC_H_MIN_EGRESS);
	filter->made_qdisc = tc->tcm_handle == FILTER_HANDLE_MADE_QDISC;
	snprintf(filter->instance, sizeof(filter->instance), "%s", text + strlen(FILTER_PREFIX));
}

int clsact_find(__u32 ifindex, struct clsact_filters *found)
{
	struct rtnl_request request;
	int err = 0;

	found->count = 0;
	for (int egress = 0; egress < 2 && !err; egress++) {
		begin(&request, RTM_GETTFILTER, 0, ifindex, hook_parent(egress));
		err = rtnl_dump(&request, visit_filter, found);
	}
	return err;
}

int clsact_detach(const struct clsact_filter *filter)
{
	struct rtnl_request request;
	int err;

	begin_filter(&request, RTM_DELTFILTER, 0, filter);
	err = rtnl_ask(&request, NULL);
	if (filter->made_qdisc)
		clsact_remove_qdisc(filter->ifindex);
	return err;
}
