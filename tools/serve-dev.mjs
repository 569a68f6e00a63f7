// SPDX-License-Identifier: GPL-2.0-only
// serve-dev.mjs [PORT [SERVER]]: serve the page from the tree, so that a change shows after a reload; everything else
// is passed on to the running `synscope serve` at SERVER (host:port).
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";

const [port = "9294", server = "127.0.0.1:9293"] = process.argv.slice(2);
const directory = new URL("../user/serve/page/", import.meta.url).pathname;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

async function file(path) {
	const type = TYPES[extname(path)];

	return type ? { type, content: await readFile(join(directory, normalize(path))).catch(() => null) } : {};
}

function pass(incoming, outgoing) {
	const [host, to] = server.split(":");
	const onward = request(
		{ host, port: to, path: incoming.url, method: incoming.method, headers: incoming.headers },
		(answer) => {
			outgoing.writeHead(answer.statusCode, answer.headers);
			answer.pipe(outgoing);
		},
	);

	onward.on("error", () => outgoing.destroy());
	outgoing.on("close", () => onward.destroy());
	incoming.pipe(onward);
}

createServer(async (incoming, outgoing) => {
	const { pathname } = new URL(incoming.url, "http://page");
	const { type, content } = await file(pathname === "/" ? "/index.html" : pathname);

	if (!content) return pass(incoming, outgoing);
	outgoing.writeHead(200, {
		"Content-Type": `${type}; charset=utf-8`,
		"Cache-Control": "no-store",
		"Content-Security-Policy": "default-src 'self'",
	});
	outgoing.end(content);
}).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/ from ${directory}, with ${server}`));
