/**
 * How wide a text is drawn, near enough to leave room for it.
 *
 * Measuring would need a canvas and a font that has loaded; a label that gets a little more room
 * than it fills looks the same.
 */

/** The size of text in charts, in pixels. */
export const TEXT_PX = 12;

/** Characters that are as wide as they are high: Han, Kana, Hangul, and full-width forms. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/;
const NARROW = /[\s.,:;'|!il()[\]/-]/;
const BROAD = /[A-Zmw%@#&+]/;

/** Returns the width of `text` in pixels, for letters of `size` pixels. */
export function widthOf(text: string, size = TEXT_PX): number {
	let ems = 0;
	for (const letter of text) {
		ems += WIDE.test(letter) ? 1 : NARROW.test(letter) ? 0.32 : BROAD.test(letter) ? 0.72 : 0.57;
	}
	return ems * size;
}

/** Returns as much of `text` as fits in `room` pixels, with an ellipsis for the rest. */
export function shorten(text: string, room: number, size = TEXT_PX): string {
	if (widthOf(text, size) <= room) return text;
	const letters = [...text];
	while (letters.length > 0 && widthOf(`${letters.join('')}…`, size) > room) letters.pop();
	return `${letters.join('').trimEnd()}…`;
}

/** Breaks `text` into lines of at most `room` pixels: at spaces, and anywhere between Han. */
export function breakLines(text: string, room: number, size = TEXT_PX): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(/(?<=\s)|(?<=[\u2e80-\uffef])/)) {
		if (line && widthOf((line + word).trimEnd(), size) > room) {
			lines.push(line.trimEnd());
			line = '';
		}
		line += word;
	}
	return line ? [...lines, line.trimEnd()] : lines;
}
