// SPDX-License-Identifier: GPL-2.0-only
// Elements and numbers as text. What comes from the server gets into the page only here, as text.
import { say } from "./words.js";

// An element; `properties` are attributes, but functions are listeners. Children that are no elements become text.
export function element(name, properties = {}, ...children) {
	const made = document.createElement(name);

	for (const [key, value] of Object.entries(properties)) {
		if (typeof value === "function") made.addEventListener(key, value);
		else if (value === true) made.setAttribute(key, "");
		else if (value !== false && value != null) made.setAttribute(key, value);
	}
	made.append(...children);
	return made;
}

export function setText(node, text) {
	if (node.textContent !== text) node.textContent = text;
}

export const number = (value) => (value == null ? "–" : value.toLocaleString("en"));

export const share = (part, all) => (all ? `${((100 * part) / all).toFixed(part && part * 100 < all ? 2 : 0)} %` : "–");

export function rate(perSecond) {
	if (perSecond >= 10) return `${number(Math.round(perSecond))}/s`;
	return `${perSecond.toFixed(1)}/s`;
}

// Three digits that matter, as the commands print times.
export function duration(ns) {
	const units = [
		["s", 1e9],
		["ms", 1e6],
		["µs", 1e3],
		["ns", 1],
	];

	if (ns == null) return "–";
	if (ns >= 60e9) return long(ns / 1e9);
	for (const [unit, size] of units) if (ns >= size) return `${digits(ns / size)} ${unit}`;
	return ns ? `${ns} ns` : "0";
}

const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

function long(seconds) {
	const [d, h, m, s] = [seconds / 86400, (seconds / 3600) % 24, (seconds / 60) % 60, seconds % 60].map(
		Math.floor,
	);

	return d ? `${d}d ${h}h` : h ? `${h}h ${m}m` : `${m}m ${s}s`;
}

// How long ago something was, which the server has measured: its clock may differ from ours.
export function ago(ns) {
	const seconds = ns / 1e9;

	if (ns == null) return "–";
	if (seconds < 1) return say("now");
	return seconds < 60 ? `${Math.floor(seconds)}s` : long(seconds);
}

export function bytes(count) {
	const units = ["B", "K", "M", "G", "T"];
	let unit = 0;

	if (count == null) return "–";
	for (; count >= 1024 && unit < units.length - 1; unit++) count /= 1024;
	return unit ? `${digits(count)}${units[unit]}` : `${count}`;
}

export const clock = (time) => new Date(time).toLocaleTimeString("en-GB");

// A word of a command line for a POSIX shell.
export const quoted = (word) => (/^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
