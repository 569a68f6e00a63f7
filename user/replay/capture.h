/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capture files, pcap and pcapng, as frames for the BPF programs: whatever the link type, a frame begins with an
 * Ethernet header or with the IP header.
 */
#ifndef SYNSCOPE_REPLAY_CAPTURE_H
#define SYNSCOPE_REPLAY_CAPTURE_H

#include <stdbool.h>

#include <linux/types.h>

/* More than the headers of any frame; BPF_PROG_TEST_RUN takes some 3,500 bytes in one piece. */
#define CAPTURE_HEAD_MAX 3072

struct capture_frame {
	const __u8 *data; /* the beginning of the frame; valid until the next one is read */
	__u32 captured; /* bytes of data, at most CAPTURE_HEAD_MAX */
	__u32 length; /* on the wire */
	__u64 time_ns; /* since 1970; frames need not be in the order of time */
	bool untimed; /* it has no time that can be believed, and time_ns is that of another */
	bool no_link_header;
	const char *ifname; /* the name of the interface, or ""; valid until the next one is read */
	__u32 interface; /* its number, see captures_label(); 0: it has no name */
};

struct capture_file;

/*
 * Open a file, "-" for stdin. Returns 0 or a negative errno (logged), also if it is no capture, or of an unknown link
 * type.
 */
int capture_open(struct capture_file **capture, const char *path);

/*
 * The times of the first frames, as many as there are, and at most CAPTURE_PROBED. Returns how many, or a negative
 * errno: -ENODATA and -EBADMSG if the file is no capture. Nothing is logged.
 */
#define CAPTURE_PROBED 3
int capture_probe(const char *path, __u64 *times_ns);
void capture_close(struct capture_file *capture);

/* Read the next frame. Returns 1, 0 at the end, or a negative errno (logged) if the file is damaged from here on. */
int capture_next(struct capture_file *capture, struct capture_frame *frame);

/* The size of the file, 0 if not known, and how many bytes have been read. */
__u64 capture_size(const struct capture_file *capture);
__u64 capture_position(const struct capture_file *capture);

#endif
