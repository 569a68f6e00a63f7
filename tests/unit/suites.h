/* SPDX-License-Identifier: GPL-2.0-only */
/* The suites that main.c runs, each in its own test_*.c. */
#ifndef SYNSCOPE_TESTS_UNIT_SUITES_H
#define SYNSCOPE_TESTS_UNIT_SUITES_H

#include <check.h>

Suite *capture_suite(void);
Suite *export_suite(void);
Suite *export_encoder_suite(void);
Suite *export_http_suite(void);
Suite *export_output_suite(void);
Suite *captures_suite(void);
Suite *pcap_file_suite(void);
Suite *filter_suite(void);
Suite *filter_docs_suite(void);
Suite *filter_errors_suite(void);
Suite *filter_random_suite(void);
Suite *flow_name_suite(void);
Suite *flow_reader_suite(void);
Suite *flow_view_suite(void);
Suite *gate_suite(void);
Suite *foreign_suite(void);
Suite *format_suite(void);
Suite *histogram_suite(void);
Suite *history_suite(void);
Suite *history_files_suite(void);
Suite *key_suite(void);
Suite *clock_suite(void);
Suite *every_suite(void);
Suite *metrics_suite(void);
Suite *metrics_rtt_suite(void);
Suite *metrics_native_suite(void);
Suite *mtu_suite(void);
Suite *explain_suite(void);
Suite *ladder_suite(void);
Suite *meta_suite(void);
Suite *names_suite(void);
Suite *opener_suite(void);
Suite *options_suite(void);
Suite *outcome_suite(void);
Suite *own_directory_suite(void);
Suite *parse_suite(void);
Suite *progress_suite(void);
Suite *rank_suite(void);
Suite *reason_suite(void);
Suite *library_suite(void);
Suite *rules_suite(void);
Suite *round_trip_suite(void);
Suite *schema_suite(void);
Suite *serve_suite(void);
Suite *serve_metrics_suite(void);
Suite *sinks_suite(void);
Suite *stats_suite(void);
Suite *stats_rtt_suite(void);
Suite *status_suite(void);
Suite *table_suite(void);
Suite *tcp_options_suite(void);
Suite *tcp_state_suite(void);
Suite *text_suite(void);
Suite *top_suite(void);
Suite *top_rates_suite(void);
Suite *top_columns_suite(void);
Suite *top_keys_suite(void);
Suite *tunnel_suite(void);
Suite *window_suite(void);

#endif
