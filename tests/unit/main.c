// SPDX-License-Identifier: GPL-2.0-only
#include <locale.h>
#include <stdlib.h>

#include "suites.h"

static Suite *(*const suites[])(void) = {
	capture_suite,	      captures_suite,	   pcap_file_suite,	filter_suite,
	filter_errors_suite,  filter_random_suite, flow_reader_suite,	flow_view_suite,
	format_suite,	      ladder_suite,	   explain_suite,	options_suite,
	outcome_suite,	      table_suite,	   text_suite,		key_suite,
	parse_suite,	      tcp_options_suite,   top_suite,		tcp_state_suite,
	window_suite,	      histogram_suite,	   stats_suite,		stats_rtt_suite,
	metrics_rtt_suite,    names_suite,	   filter_docs_suite,	progress_suite,
	foreign_suite,	      sinks_suite,	   reason_suite,	meta_suite,
	rules_suite,	      tunnel_suite,	   mtu_suite,		status_suite,
	flow_name_suite,      every_suite,	   clock_suite,		rank_suite,
	serve_suite,	      serve_metrics_suite, metrics_suite,	metrics_native_suite,
	gate_suite,	      opener_suite,	   library_suite,	export_suite,
	export_encoder_suite, export_http_suite,   export_output_suite, history_suite,
	history_files_suite,  top_rates_suite,	   top_columns_suite,	top_keys_suite,
	own_directory_suite,  schema_suite,	   round_trip_suite,	order_suite,
	event_suite,	      replay_flows_suite,  collector_suite,	serve_api_suite,
	transport_suite,      source_suite,
};

int main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	setlocale(LC_CTYPE, "C.UTF-8"); /* for wcwidth() */
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
