/* SPDX-License-Identifier: GPL-2.0-only */
/* The messages of libbpf and of the verifier: printed on stderr with SYNSCOPE_LIBBPF_LOG=1, otherwise dropped. */
#ifndef LIBBPF_LOG_H
#define LIBBPF_LOG_H

/* Call this before opening an object. */
void libbpf_log_begin(void);

/* Print the log of the programs that the verifier refused; "" if there is none. */
void libbpf_log_verifier(const char *log);

#endif
