/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libcurl, which is loaded when a destination needs it. It is not linked to the program: with what it needs itself,
 * libraries for Kerberos, LDAP, RTMP and SSH, it would double the time that every command takes to start, and by that
 * of SSH it has OpenSSL 3, whose licence does not go with GPL-2.0-only. It is the flavour whose TLS is that of GnuTLS.
 */
#ifndef SYNSCOPE_EXPORT_CURL_H
#define SYNSCOPE_EXPORT_CURL_H

#include <curl/curl.h>

/* The functions of libcurl, under their names without "curl_". */
struct curl {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_add_handle) *multi_add_handle;
	__typeof__(curl_multi_remove_handle) *multi_remove_handle;
	__typeof__(curl_multi_perform) *multi_perform;
	__typeof__(curl_multi_poll) *multi_poll;
	__typeof__(curl_multi_info_read) *multi_info_read;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
};

/* Load it, if it is not yet, and find its functions. It stays loaded. Returns 0 or a negative errno (logged). */
int curl_load(struct curl *curl);

#endif
