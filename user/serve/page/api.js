// SPDX-License-Identifier: GPL-2.0-only
// Requests to the server, and what they cost.
import { say } from "./words.js";

const kept = new Map(); // by path: what was answered last
const COST_S = 10;
const PATIENCE_MS = 30000; // then a server is as good as gone: it waits for a scan of its tables at most
const costs = []; // [time, bytes] of the last seconds

// There was no answer.
export class Gone extends Error {}

// There was one, but it is an error; the message is the server's.
export class Refused extends Error {
	constructor(status, message) {
		super(message);
		this.status = status;
	}
}

export const setToken = (text) => sessionStorage.setItem("token", text);

// A link may bring the token behind the #, which no server sees.
if (location.hash.startsWith("#token=")) {
	setToken(decodeURIComponent(location.hash.slice(7)));
	history.replaceState(null, "", location.pathname + location.search);
}

function headers(more) {
	const token = sessionStorage.getItem("token");

	return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function request(path, signal, more) {
	try {
		return await fetch(`api/v1/${path}`, {
			cache: "no-store",
			signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
			headers: headers(more),
		});
	} catch (error) {
		throw signal.aborted ? error : new Gone();
	}
}

async function refusal(response) {
	const answer = await response.json().catch(() => ({}));

	return new Refused(
		response.status,
		answer.error ?? say("the server answered {status}", { status: response.status }),
	);
}

// {data, total, changed}; total is null if the answer has no records. `bytes` is set once it is known.
export async function get(path, signal) {
	const before = kept.get(path);
	const response = await request(path, signal, before ? { "If-None-Match": before.etag } : {});
	let answer;

	if (response.status === 304) return { ...before, changed: false };
	if (!response.ok) throw await refusal(response);
	try {
		answer = {
			data: await response.json(),
			etag: response.headers.get("ETag"),
			total: response.headers.has("X-Total-Count")
				? Number(response.headers.get("X-Total-Count"))
				: null,
		};
	} catch (error) {
		throw signal.aborted ? error : new Gone();
	}
	kept.delete(path);
	if (answer.etag) kept.set(path, answer);
	if (kept.size > 16) kept.delete(kept.keys().next().value);
	return { ...answer, changed: true };
}

function spent(count) {
	costs.push([performance.now(), count]);
}

// Bytes per second that this page has received of late.
export function cost() {
	const now = performance.now();

	while (costs.length && costs[0][0] < now - COST_S * 1000) costs.shift();
	return costs.reduce((sum, [, count]) => sum + count, 0) / COST_S;
}

export const sizes = new Map(); // by path: bytes of the last answer, with its header, as they were sent

new PerformanceObserver((list) => {
	for (const entry of list.getEntries()) {
		const path = entry.name.split("/api/v1/")[1];

		if (path == null) continue;
		sizes.set(path, entry.transferSize);
		spent(entry.transferSize);
		if (sizes.size > 32) sizes.delete(sizes.keys().next().value);
	}
}).observe({ type: "resource" });
