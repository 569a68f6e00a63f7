// SPDX-License-Identifier: GPL-2.0-only
// What is looked at, which is in the page's address: it can be shared, and the back button works.

import { isSort } from "./sorts.js";

export const SERVICE_SORTS = ["failed", "busiest", "p50", "p99"];

const DEFAULTS = { sort: "last_seen", services: SERVICE_SORTS[0] };
const listeners = [];
export const view = read();

function read() {
	const asked = new URLSearchParams(location.search);

	return {
		filter: asked.get("filter") ?? "",
		sort: isSort(asked.get("sort")) ? asked.get("sort") : DEFAULTS.sort,
		services: SERVICE_SORTS.includes(asked.get("services")) ? asked.get("services") : SERVICE_SORTS[0],
		all: asked.get("all") === "1",
		flow: asked.get("flow") ?? "",
		flow_instance: asked.get("flow_instance") ?? "", // that it is of; "": of any
		instance: asked.get("instance") ?? "",
	};
}

function write() {
	const asked = new URLSearchParams();

	for (const [name, value] of Object.entries(view))
		if (value && value !== DEFAULTS[name]) asked.set(name, value === true ? "1" : value);
	return asked.size ? `?${asked}` : location.pathname;
}

function set(values) {
	Object.assign(view, values);
	if (!view.flow) view.flow_instance = "";
}

// `replace`: without a step for the back button, as while a filter is typed.
export function change(values, replace = false) {
	const before = { ...view };

	set(values);
	if (Object.keys(view).every((name) => view[name] === before[name])) return;
	history[replace ? "replaceState" : "pushState"](null, "", write());
	tell(before);
}

export const link = (values) => {
	const before = { ...view };

	set(values);
	const address = write();
	Object.assign(view, before);
	return address;
};

export const onChange = (listener) => listeners.push(listener);

function tell(before) {
	for (const listener of listeners) listener(before);
}

addEventListener("popstate", () => {
	const before = { ...view };

	Object.assign(view, read());
	tell(before);
});
