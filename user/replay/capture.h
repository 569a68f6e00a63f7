/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capture files, pcap and pcapng, as frames that the BPF programs understand: whatever link they were captured on, they
 * begin with an Ethernet header or with the IP header.
 */
#ifndef SYNSCOPE_REPLAY_CAPTURE_H
#define SYNSCOPE_REPLAY_CAPTURE_H

#include <stdbool.h>

#include <linux/types.h>

/* No IP datagram with its link header is longer, and BPF_PROG_TEST_RUN takes no more than some 73 kB. */
#define CAPTURE_FRAME_MAX 70000

struct capture_frame {
	const __u8 *data; /* valid until the next frame is read */
	__u32 length; /* as on the wire, cut at CAPTURE_FRAME_MAX: zeros stand for what the snap length took */
	__u64 time_ns; /* since 1970; in the order of the file, which need not be that of time */
	bool no_link_header;
};

struct capture_file;

/*
 * Open a file, "-" for stdin. Returns 0 or a negative errno (logged): no such file, no capture, a link type not known.
 */
int capture_open(struct capture_file **capture, const char *path);
void capture_close(struct capture_file *capture);

/* Read the next frame. Returns 1, 0 at the end, or a negative errno: the file is damaged from here on (logged). */
int capture_next(struct capture_file *capture, struct capture_frame *frame);

/* Bytes of the file, 0 where that is not known, and how many have been read. */
__u64 capture_size(const struct capture_file *capture);
__u64 capture_position(const struct capture_file *capture);

#endif
