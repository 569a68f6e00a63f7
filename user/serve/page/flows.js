// SPDX-License-Identifier: GPL-2.0-only
// Panel 4: connections, which the server filters and sorts.
import { change, link, view } from "./address.js";
import { keyAfter, titleOf } from "./sorts.js";
import { Table } from "./table.js";
import { ago, bytes, duration, element, number, quoted, setText } from "./text.js";
import { say } from "./words.js";

export const LIMIT = 100;
const name = (flow) => `${flow.id}#${flow.incarnation}`;
const address = (flow) => ({ flow: name(flow), flow_instance: flow.instance });
const isOpen = (flow) => name(flow) === view.flow && flow.instance === view.flow_instance;
const end = ({ ip, port }) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`);
const id = (suffix) => document.getElementById(suffix);
const empty = element("p", { class: "empty" });

const table = new Table(
	[
		{
			title: say("Client"),
			left: true,
			sort: "client",
			make: () => element("a", { class: "mono" }),
			fill: (node, flow) => {
				setText(node, end(flow.client));
				node.href = link(address(flow));
				if (isOpen(flow)) node.setAttribute("aria-current", "true");
				else node.removeAttribute("aria-current");
			},
		},
		{
			title: say("Server"),
			left: true,
			sort: "server",
			make: () => element("span", { class: "mono" }),
			fill: (node, flow) => setText(node, end(flow.server)),
		},
		{ title: say("Client's state"), left: true, sort: "state", cell: (flow) => flow.client.state },
		{ title: say("Server's state"), left: true, cell: (flow) => flow.server.state },
		{ title: say("Outcome"), left: true, sort: "outcome", cell: (flow) => flow.outcome.replaceAll("_", " ") },
		{
			title: "SYN→SYN-ACK",
			sort: "syn_to_synack",
			cell: (flow) => duration(flow.handshake.syn_to_synack_ns),
		},
		{
			title: "SYN-ACK→ACK",
			sort: "synack_to_ack",
			cell: (flow) => duration(flow.handshake.synack_to_ack_ns),
		},
		{ title: say("Handshake"), sort: "handshake", cell: (flow) => duration(flow.handshake.handshake_ns) },
		{
			title: say("Packets"),
			sort: "packets",
			cell: (flow) => number(flow.client.packets + flow.server.packets),
		},
		{ title: say("Bytes"), sort: "bytes", cell: (flow) => bytes(flow.client.bytes + flow.server.bytes) },
		{
			title: say("Resent"),
			hint: say("Data and FINs that were sent again"),
			sort: "retransmits",
			cell: (flow) => number(flow.client.retransmits + flow.server.retransmits),
		},
		{
			title: say("Age"),
			hint: say("Since the first segment"),
			sort: "first_seen",
			cell: (flow) => ago(flow.age_ns),
		},
		{
			title: say("Idle"),
			hint: say("Since the last segment"),
			sort: "last_seen",
			cell: (flow) => ago(flow.idle_ns),
		},
		{ title: say("Instance"), left: true, optional: true, cell: (flow) => flow.instance },
	],
	{ caption: say("Connections"), onSort: (sort) => change({ sort }) },
);

export function path() {
	const query = new URLSearchParams({ sort: view.sort, limit: LIMIT });

	if (view.filter.trim()) query.set("filter", view.filter);
	if (view.instance) query.set("instance", view.instance);
	if (view.all) query.set("all", "1");
	return `flows?${query}`;
}

function command() {
	const words = ["synscope", "list"];

	if (view.instance) words.push("--name", quoted(view.instance));
	if (view.all) words.push("--all");
	words.push("--sort", view.sort, "--limit", String(LIMIT));
	if (view.filter.trim()) words.push(quoted(view.filter.trim()));
	return words.join(" ");
}

// What the address says.
export function showAsked() {
	if (document.activeElement !== id("filter")) id("filter").value = view.filter;
	id("all").checked = view.all;
	table.sorted(view.sort);
	setText(id("list-command"), command());
}

// Whether there is more than one instance that connections can be of.
export const showInstances = (several) => table.showOptional(several);

export function show(flows, total) {
	table.update(flows, (flow) => `${flow.instance} ${name(flow)}`);
	table.node.hidden = !flows.length;
	empty.hidden = flows.length > 0;
	setText(
		empty,
		view.filter.trim()
			? say("No connection matches this filter.")
			: view.all
				? say("No connections yet.")
				: say(
						"No connections are open. “Also closed ones” shows those that have ended lately.",
					),
	);
	setText(
		id("flows-note"),
		total > flows.length
			? say("first {shown} of {all}, by {key}", {
					shown: flows.length,
					all: number(total),
					key: titleOf(view.sort),
				})
			: say("{all}, by {key}", { all: number(total), key: titleOf(view.sort) }),
	);
	showError("");
}

// A mistake in the filter, as the commands show it: with a mark below its column.
export function showError(message) {
	id("filter-error").hidden = !message;
	id("filter").setAttribute("aria-invalid", String(Boolean(message)));
	setText(id("filter-error"), message && marked(message));
}

function marked(message) {
	const column = Number(/, column (\d+)/.exec(message)?.[1] ?? 0);

	return column ? `${view.filter}\n${" ".repeat(column - 1)}^\n${message}` : message;
}

// ---- moving

const links = () => [...id("flows-table").querySelectorAll("tbody a")];

export function move(step) {
	const all = links();
	const at = all.indexOf(document.activeElement);
	const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];

	next?.focus();
	next?.scrollIntoView({ block: "nearest" });
}

export const openFirst = () => links()[0]?.click();

export function nextSort(step) {
	change({ sort: keyAfter(view.sort, step) });
}

export function filterBy(filter, all = view.all) {
	change({ filter, all, flow: "" });
	id("flows").scrollIntoView({ block: "nearest" });
}

export function begin() {
	const filter = id("filter");
	let typed, before;

	id("flows-table").append(empty, table.node);
	id("flows-table").addEventListener("click", (event) => {
		const row = event.target.closest("tbody tr");

		if (!row || event.ctrlKey || event.metaKey || event.shiftKey || getSelection().toString()) return;
		event.preventDefault();
		row.querySelector("a").focus();
		change(address(row.row));
	});
	id("all").addEventListener("change", () => change({ all: id("all").checked }));
	filter.addEventListener("focus", () => {
		before = view.filter;
	});
	filter.addEventListener("input", () => {
		clearTimeout(typed);
		typed = setTimeout(() => change({ filter: filter.value }, true), 400);
	});
	filter.addEventListener("keydown", (event) => {
		if (event.key !== "Escape") return;
		clearTimeout(typed);
		filter.value = before;
		change({ filter: before }, true);
		filter.blur();
	});
	id("filter-form").addEventListener("submit", (event) => {
		event.preventDefault();
		clearTimeout(typed);
		if (view.filter === filter.value && view.filter !== before) {
			// typed already: make it a step of its own
			change({ filter: before }, true);
			before = filter.value;
		}
		change({ filter: filter.value });
		filter.blur();
	});
	showAsked();
}
