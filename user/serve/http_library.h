/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions of libmicrohttpd, which is loaded by `serve` alone: it brings a dozen libraries for TLS with it. */
#ifndef SYNSCOPE_SERVE_HTTP_LIBRARY_H
#define SYNSCOPE_SERVE_HTTP_LIBRARY_H

#include <microhttpd.h>

#define HTTP_LIBRARY_FUNCTIONS(X)                                 \
	X(MHD_add_connection)                                     \
	X(MHD_add_response_header)                                \
	X(MHD_create_response_from_buffer)                        \
	X(MHD_create_response_from_buffer_with_free_callback_cls) \
	X(MHD_create_response_from_callback)                      \
	X(MHD_destroy_response)                                   \
	X(MHD_get_connection_info)                                \
	X(MHD_get_connection_values)                              \
	X(MHD_get_daemon_info)                                    \
	X(MHD_get_timeout)                                        \
	X(MHD_queue_response)                                     \
	X(MHD_resume_connection)                                  \
	X(MHD_run)                                                \
	X(MHD_start_daemon)                                       \
	X(MHD_stop_daemon)                                        \
	X(MHD_suspend_connection)

#define HTTP_LIBRARY_MEMBER(name) __typeof__(&(name)) name;

/* Each member is the function of that name. */
struct http_library {
	HTTP_LIBRARY_FUNCTIONS(HTTP_LIBRARY_MEMBER)
};

/* Returns 0 or a negative errno (logged). */
int http_library_load(struct http_library *http);

#endif
