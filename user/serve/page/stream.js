// SPDX-License-Identifier: GPL-2.0-only
// How many endpoints pass from state to state: counted from the server's events, of which all tabs together read one
// stream, and none while no tab is visible. Events are large; if there are too many, nobody reads them.
import { events } from "./api.js";

const WINDOW_S = 10;
const BYTES_PER_SECOND_MAX = 64 * 1024; // of events, over WINDOW_S
const FLOWS_MAX = 50000; // with more, a page must not cost so much
const REST_MS = 60000; // after too many

const channel = new BroadcastChannel("synscope-events");
const seconds = []; // {at, counts} of the last ones; counts: Map from "side FROM TO instance"
let active = null; // the AbortController of this tab's share
let restUntil = 0;
let heard = 0; // when something came last
let lost = 0;

channel.onmessage = ({ data }) => take(data);

function take({ counts, lost: more }) {
	heard = performance.now();
	lost += more;
	seconds.push({ at: heard, counts });
	while (seconds.length && seconds[0].at < heard - WINDOW_S * 1000) seconds.shift();
}

// What one chunk of text has; `rest` is the beginning of a line that was cut.
function parse(text, pending) {
	const lines = (pending.rest + text).split("\n");

	pending.rest = lines.pop();
	for (const line of lines) {
		const data = line.startsWith("data: ") ? JSON.parse(line.slice(6)) : null;

		if (data?.event === "state") {
			const key = `${data.side} ${data.from} ${data.to} ${data.flow.instance}`;

			pending.counts.set(key, (pending.counts.get(key) ?? 0) + 1);
		} else if (data?.lost) {
			pending.lost += data.lost;
		}
	}
}

async function read(signal) {
	const pending = { rest: "", counts: new Map(), lost: 0 };
	const received = []; // bytes, each second
	const own = new AbortController();
	let bytes = 0;
	const timer = setInterval(() => {
		const message = { counts: pending.counts, lost: pending.lost };

		take(message);
		channel.postMessage(message);
		pending.counts = new Map();
		pending.lost = 0;
		received.push(bytes);
		bytes = 0;
		if (received.slice(-WINDOW_S).reduce((a, b) => a + b, 0) > BYTES_PER_SECOND_MAX * WINDOW_S) {
			restUntil = performance.now() + REST_MS;
			own.abort();
		}
	}, 1000);

	try {
		await events(AbortSignal.any([signal, own.signal]), (text) => {
			bytes += text.length;
			parse(text, pending);
		});
	} finally {
		clearInterval(timer);
	}
}

const wait = (ms, signal) =>
	new Promise((done) => {
		const timer = setTimeout(done, ms);

		signal.addEventListener("abort", () => {
			clearTimeout(timer);
			done();
		});
	});

// Read until `signal` says so; whatever ends the stream, begin again later.
async function keepReading(signal) {
	while (!signal.aborted) {
		try {
			await read(signal);
		} catch {
			// the server is gone, busy, or the stream was ended here: the panels say what is wrong
		}
		await wait(Math.max(3000, restUntil - performance.now()), signal);
	}
}

// Take part or not.
export function follow(wanted, flows) {
	if ((wanted && flows <= FLOWS_MAX) === Boolean(active)) return;
	if (active) {
		active.abort();
		active = null;
		seconds.length = 0;
		return;
	}
	active = new AbortController();
	if (navigator.locks)
		// only where the connection is secure, or to this host
		navigator.locks
			.request("synscope-events", { signal: active.signal }, () => keepReading(active.signal))
			.catch(() => {});
	else keepReading(active.signal);
}

// {rates, lost}; rates is null while nobody reads.
export function transitions(instance) {
	const now = performance.now();
	const recent = seconds.filter(({ at }) => at >= now - WINDOW_S * 1000);
	const rates = new Map();

	if (now > heard + 4000 || !recent.length) return { rates: null, lost };
	const span = Math.min(WINDOW_S, Math.max(1, (now - recent[0].at) / 1000 + 1));

	for (const { counts } of recent) {
		for (const [key, count] of counts) {
			const [side, from, to] = key.split(" ", 3);

			if (instance && key.slice(side.length + from.length + to.length + 3) !== instance) continue;
			const name = `${side} ${from} ${to}`;

			rates.set(name, (rates.get(name) ?? 0) + count / span);
		}
	}
	return { rates, lost };
}
