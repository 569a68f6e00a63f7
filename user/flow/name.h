/* SPDX-License-Identifier: GPL-2.0-only */
/* A flow as the user names it: A:PORT-B:PORT, either end first, IPv6 in brackets, #N for an incarnation. */
#ifndef SYNSCOPE_FLOW_NAME_H
#define SYNSCOPE_FLOW_NAME_H

#include <stdbool.h>

#include "flow/labels.h"
#include "flow/services.h"
#include "flow/view.h"

#define FLOW_NAME_EXPECTED "A:PORT-B:PORT or [A]:PORT-[B]:PORT, with #N for incarnation N"

struct flow_name {
	struct ip_address ip[2];
	__u16 port[2]; /* host order */
	__u32 incarnation; /* 0: any */
};

/* False: the text is not a flow's name. */
bool flow_name_parse(struct flow_name *name, const char *text);

bool flow_name_matches(const struct flow_name *name, const struct flow_view *view);

/* Does the name fit a flow between these two ends, in either order? Ports in host order. */
bool flow_name_joins(const struct flow_name *name, const struct ip_address *ip, __u16 port,
		     const struct ip_address *other_ip, __u16 other_port);

/* Write A:PORT-B:PORT, the client first: at most FLOW_ID_SIZE bytes. Returns the end. */
char *put_flow_id(char *p, const struct flow_view *view);

/* The same for people, with the name of the server's port if the labels have it: at most FLOW_TEXT_SIZE bytes. */
#define FLOW_TEXT_SIZE (FLOW_ID_SIZE + SERVICE_SIZE)
char *put_flow_text(char *p, const struct flow_view *view, const struct flow_labels *labels);

#endif
