// SPDX-License-Identifier: GPL-2.0-only
// Texts in the language of the reader: English, or one that has a dictionary from English, LANGUAGE.js.

export const LANGUAGES = { en: "English", ko: "한국어" };

// What the reader has chosen here, else the first of the browser's languages that is known.
function find() {
	const wanted = [localStorage.getItem("language"), ...navigator.languages.map((tag) => tag.split("-")[0])];

	return wanted.find((language) => language in LANGUAGES) ?? "en";
}

export const language = find();
const dictionary = language === "en" ? {} : (await import(`./${language}.js`)).default;

// A text, with {names} replaced by values.
export const say = (text, values = {}) =>
	(dictionary[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// What is written in the page itself.
export function translatePage() {
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);

	document.documentElement.lang = language;
	if (language === "en") return;
	while (walker.nextNode()) {
		const text = walker.currentNode.data;

		if (dictionary[text.trim()])
			walker.currentNode.data = text.replace(text.trim(), dictionary[text.trim()]);
	}
	for (const node of document.querySelectorAll("[aria-label]"))
		node.setAttribute("aria-label", say(node.getAttribute("aria-label")));
}

// The next language, from now on. All texts are made again.
export function nextLanguage() {
	const all = Object.keys(LANGUAGES);

	localStorage.setItem("language", all[(all.indexOf(language) + 1) % all.length]);
	location.reload();
}
