// SPDX-License-Identifier: GPL-2.0-only
// Panel 3: which services refuse or do not answer. The server's statistics have exact sums for the ports that have a
// place of their own in the kernel; ports at which nothing was ever accepted have none and are one row, "other ports",
// so the newest failures tell which ports these are.
import { change, link, view } from "./address.js";
import { add, quantile } from "./histogram.js";
import { Table } from "./table.js";
import { ago, duration, element, number, setText, share } from "./text.js";
import { say } from "./words.js";

export const LIMIT = 24; // of services that are asked for, of each instance
const WHYS = ["refused", "unanswered", "half_open", "unreachable", "reset_in_handshake"];
let panel, open;

const filterOf = (row) => (row.key === "other" ? "failed" : `server port ${row.key} and failed`);

const table = new Table(
	[
		{
			title: say("Server port"),
			left: true,
			make: () => element("a", { click: (event) => follow(event) }),
			fill: (node, row) => {
				setText(
					node,
					row.key === "other" ? say("other ports") : row.label ? row.label(row.key) : row.key,
				);
				node.href = link({ filter: filterOf(row), all: true, flow: "" });
			},
		},
		{
			title: say("Connects"),
			sort: "busiest",
			hint: say("Attempts of flows that are in the table"),
			cell: (row) => number(row.count),
		},
		{ title: say("Failed"), sort: "failed", cell: (row) => number(row.failed) },
		{
			title: say("Share"),
			left: true,
			make: () =>
				element(
					"span",
					{},
					element("span", { class: "share", "aria-hidden": "true" }, element("i")),
					element("span"),
				),
			fill: (node, row) => {
				node.firstChild.firstChild.style.width = `${row.count ? (100 * row.failed) / row.count : 0}%`;
				node.firstChild.hidden = row.count == null;
				setText(node.lastChild, row.count == null ? "" : share(row.failed, row.count));
			},
		},
		{ title: say("Refused"), cell: (row) => number(row.refused) },
		{ title: say("Unanswered"), cell: (row) => number(row.unanswered) },
		{ title: say("Half open"), cell: (row) => number(row.half_open) },
		{ title: say("Unreachable"), cell: (row) => number(row.unreachable) },
		{ title: say("Reset in handshake"), cell: (row) => number(row.reset_in_handshake) },
		{
			title: say("Clients"),
			hint: say("Of the newest 100 failures"),
			cell: (row) => row.client ?? "–",
			left: true,
		},
		{
			title: say("Servers"),
			hint: say("Of the newest 100 failures"),
			cell: (row) => row.server ?? "–",
			left: true,
		},
		{
			title: say("Last failure"),
			cell: (row) =>
				row.last == null
					? "–"
					: row.last === say("now")
						? row.last
						: say("{time} ago", { time: row.last }),
		},
		{ title: say("Handshake p50"), sort: "p50", cell: (row) => duration(quantile(row.handshake, 0.5)) },
		{ title: "p99", sort: "p99", cell: (row) => duration(quantile(row.handshake, 0.99)) },
		...["client", "server"].flatMap((end) => [
			{
				title: end === "client" ? say("Client round trip p50") : say("Server round trip p50"),
				hint: say("Of data, until it is acknowledged: attach --rtt"),
				optional: true,
				cell: (row) => duration(quantile(row.rtt[end], 0.5)),
			},
			{ title: "p99", optional: true, cell: (row) => duration(quantile(row.rtt[end], 0.99)) },
		]),
	],
	{ caption: say("Failed connects and latency by server port"), onSort: (services) => change({ services }) },
);
const empty = element("p", { class: "empty" }, say("No connect was seen yet."));

function follow(event) {
	if (event.ctrlKey || event.metaKey || event.shiftKey) return;
	event.preventDefault();
	open(filterOf(event.currentTarget.closest("tr").row));
}

export function begin(onOpen) {
	open = onOpen;
	panel = document.getElementById("failures-table");
	panel.append(empty, table.node);
	showAsked();
}

// What the address says.
export function showAsked() {
	table.sorted(view.services);
}

const countsOf = (latency) => latency.histogram.map((bucket) => [bucket.from_ns, bucket.count]);
const noRoundTrips = () => ({ client: new Map(), server: new Map() });

// One row for each port, of all instances.
function merge(services) {
	const rows = new Map();

	for (const service of services) {
		const row = rows.get(service.key) ?? {
			key: service.key,
			count: 0,
			failed: 0,
			handshake: new Map(),
			rtt: noRoundTrips(),
			...Object.fromEntries(WHYS.map((why) => [why, 0])),
		};

		for (const name of ["count", "failed", ...WHYS]) row[name] += service.attempts[name];
		add(row.handshake, countsOf(service.latencies.handshake_ns));
		for (const end of ["client", "server"])
			if (service.rtt) add(row.rtt[end], countsOf(service.rtt[`${end}_ns`]));
		rows.set(service.key, row);
	}
	return rows;
}

function why(flow) {
	return WHYS.includes(flow.outcome) ? flow.outcome : "reset_in_handshake";
}

const named = (addresses) =>
	addresses.size > 2 ? say("{count} addresses", { count: number(addresses.size) }) : [...addresses].join(", ");

const RANKS = {
	failed: (row) => row.failed,
	busiest: (row) => row.count,
	p50: (row) => quantile(row.handshake, 0.5) ?? -1,
	p99: (row) => quantile(row.handshake, 0.99) ?? -1,
};

const belowOther = (port) => say("of these, {port}", { port });
const withoutSums = (port) => say("{port}, newest failures", { port });

// The largest first. `all`: the services are all that there are, so that a port which is not among them has no place,
// and is below "other"; else it may have one, and is at the end.
function inOrder(rows, all) {
	const rank = RANKS[view.services];
	const byFailures = (a, b) => b.failed - a.failed || b.count - a.count;
	const recent = rows.filter((row) => row.recent).sort(byFailures);
	const summed = rows
		.filter((row) => row.count || row.handshake?.size)
		.sort((a, b) => rank(b) - rank(a) || byFailures(a, b));
	const other = all ? summed.findIndex((row) => row.key === "other") : -1;

	for (const row of recent) row.label = other < 0 ? withoutSums : belowOther;
	summed.splice(other < 0 ? summed.length : other + 1, 0, ...recent);
	return summed;
}

// Who failed of late, by port: a port without a place gets a row.
function addRecent(rows, failures) {
	for (const flow of failures) {
		const key = String(flow.server.port);
		let row = rows.get(key);

		if (!row) {
			row = {
				key,
				recent: true,
				failed: 0,
				handshake: new Map(),
				rtt: noRoundTrips(),
				...Object.fromEntries(WHYS.map((name) => [name, 0])),
			};
			rows.set(key, row);
		}
		if (row.recent) {
			row.failed++;
			row[why(flow)]++;
		}
		row.last ??= ago(flow.idle_ns);
		for (const side of ["client", "server"])
			row[`${side}s`] = (row[`${side}s`] ?? new Set()).add(flow[side].ip);
	}
	for (const row of rows.values())
		for (const side of ["client", "server"]) row[side] = row[`${side}s`] && named(row[`${side}s`]);
}

// May an instance have more services than were asked for?
function isCut(services) {
	const counts = new Map();

	for (const { instance } of services) counts.set(instance, (counts.get(instance) ?? 0) + 1);
	return [...counts.values()].some((count) => count >= LIMIT);
}

// services: of /api/v1/stats?by=server-port; failures: the newest flows that failed.
export function show(services, failures) {
	const rows = merge(services);

	addRecent(rows, failures);
	const shown = inOrder([...rows.values()], !isCut(services));

	table.showOptional(services.some((service) => service.rtt));
	table.update(shown, (row) => row.key);
	empty.hidden = shown.length > 0;
	table.node.hidden = !shown.length;
}
