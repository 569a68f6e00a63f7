/* SPDX-License-Identifier: GPL-2.0-only */
/* What libbpf and the verifier say in their own words: on stderr with SYNSCOPE_LIBBPF_LOG=1, otherwise nowhere. */
#ifndef LIBBPF_LOG_H
#define LIBBPF_LOG_H

/* To be called before an object is opened. */
void libbpf_log_begin(void);

/* The whole log of programs that the verifier refused, "" if there is none. */
void libbpf_log_verifier(const char *log);

#endif
