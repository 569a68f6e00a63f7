/* SPDX-License-Identifier: GPL-2.0-only */
/* Records as the BPF programs would leave them, and the output of functions. */
#ifndef SYNSCOPE_TESTS_UNIT_FIXTURE_H
#define SYNSCOPE_TESTS_UNIT_FIXTURE_H

#include "synscope/history.h"
#include "synscope/lifetime.h"
#include "flow/view.h"

#define MS 1000000ULL
#define S (1000 * MS)

/* The flow of the examples: 10.0.0.1:40000 (direction 0, client) to 10.0.0.2:443. */
#define T0 (1000 * S) /* its SYN */
#define CLIENT_ISN 1000U
#define SERVER_ISN 9000U

enum stage {
	STAGE_SYN,
	STAGE_SYNACK, /* the SYN/ACK, 10 ms later */
	STAGE_OPEN, /* the ACK, 25 ms after that */
	STAGE_DATA, /* 120 bytes from the client, acknowledged */
	STAGE_FIN, /* the client's FIN */
	STAGE_FIN_ACKED,
	STAGE_BOTH_FINS,
	STAGE_CLOSED, /* the last ACK */
};

/* The record after the segment of that stage. */
struct flow_record record_at(enum stage stage);

/* The default timeouts. */
extern const __u64 default_timeouts[TIMEOUT_COUNT];

/* The record, decoded `ns` after its SYN. */
struct flow_view view_after(const struct flow_record *record, __u64 since_ns);

/* Captures what is written to the descriptor between begin and end; captures may nest. */
struct capture {
	int fd, saved, file;
};

struct capture capture_begin(int fd);
/* Ends the capture and stores it as a string, cut at `size`. Returns `text`. */
const char *capture_end(struct capture *capture, char *text, size_t size);

/* Columns of the widest line, without colour codes. */
int longest_line(const char *text);

/* Line ends in a text. */
int count_lines(const char *text);

#endif
