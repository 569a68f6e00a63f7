/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libpcap refuses a pcapng file whose interfaces have different snapshot lengths, although nothing depends on them: as
 * the file is read here, every interface has none.
 */
#ifndef SYNSCOPE_PCAPNG_STREAM_H
#define SYNSCOPE_PCAPNG_STREAM_H

#include <stdbool.h>
#include <stdio.h>

#define PCAPNG_FIRST_BYTE 0x0a /* of the file; no pcap file begins with it */

/*
 * The same bytes as those of `file`, but for the snapshot lengths; ftello() tells the position in `file`. Both are closed
 * with the stream, but stdin is left open. NULL without memory (told by nobody).
 */
FILE *pcapng_stream(FILE *file);

#endif
