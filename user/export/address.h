/* SPDX-License-Identifier: GPL-2.0-only */
/* Where records go to: a DEST of the command line. */
#ifndef SYNSCOPE_EXPORT_ADDRESS_H
#define SYNSCOPE_EXPORT_ADDRESS_H

#include <stdbool.h>

enum address_kind {
	ADDRESS_STDOUT,
	ADDRESS_FILE,
	ADDRESS_HISTORY, /* an SQLite file */
	ADDRESS_UNIX,
	ADDRESS_TCP,
	ADDRESS_IPFIX, /* over UDP */
	ADDRESS_IPFIX_TCP,
	ADDRESS_NETFLOW9, /* over UDP */
	ADDRESS_HTTP, /* and HTTPS */
};

#define ADDRESS_HOST_MAX 256
#define ADDRESS_SHOWN_MAX 320

struct address {
	enum address_kind kind;
	const char *text; /* as the user wrote it, who keeps it */
	const char *path; /* of a file or a socket; within text */
	char host[ADDRESS_HOST_MAX];
	char port[8];
	char shown[ADDRESS_SHOWN_MAX]; /* of a URL: without its query, which may have secrets */
};

/* Is the text meant as a destination, rather than as a word of a filter? */
bool address_is_meant(const char *text);

/* What is accepted, for messages. */
#define ADDRESS_EXPECTED                                                                                    \
	"-, file:PATH, sqlite:FILE, unix:PATH, tcp://HOST:PORT, ipfix://HOST:PORT, ipfix+tcp://HOST:PORT, " \
	"netflow9://HOST:PORT, http://HOST/… or https://HOST/…"

/*
 * Read a destination. Returns NULL, or what is wrong with it: "expected …".
 * The text must live as long as the address.
 */
const char *address_parse(const char *text, struct address *address);

/* What messages call it. */
const char *address_name(const struct address *address);

/* Is it a file, which is opened by its name? */
bool address_is_file(const struct address *address);

/* Does the address take messages of IPFIX or NetFlow v9, rather than lines? Over UDP? Has it a host? */
bool address_is_flows(const struct address *address);
bool address_is_udp(const struct address *address);
bool address_has_host(const struct address *address);

/* Are they URLs of the same server: scheme, host and port? */
bool address_is_same_server(const struct address *a, const struct address *b);

/* Can the name of the host be resolved? Returns 0, or -ENOENT (logged). */
int address_check(const struct address *address);

#endif
