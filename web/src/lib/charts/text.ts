/**
 * How wide a text is drawn.
 *
 * It is measured in the font of the page, which is one of the system and so needs no loading: fonts
 * differ by a sixth. Where nothing can be drawn on, the width is estimated.
 */

/** The size of text in charts, in pixels. */
export const TEXT_PX = 12;

/** Characters that are as wide as they are high: Han, Kana, Hangul, and full-width forms. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/;

/** What texts are measured with; `null` where nothing can be drawn on. */
let pen: CanvasRenderingContext2D | null | undefined;
let family = '';

/** Returns the width of `text` in pixels, for letters of `size` pixels. */
export function widthOf(text: string, size = TEXT_PX): number {
	if (pen === undefined) {
		pen = document.createElement('canvas').getContext('2d');
		family = getComputedStyle(document.body).fontFamily;
	}
	if (!pen) return estimateOf(text, size);
	pen.font = `${size}px ${family}`;
	return pen.measureText(text).width;
}

/** Returns the width of `text` in a font of common proportions. */
function estimateOf(text: string, size: number): number {
	return [...text].reduce((width, letter) => width + (WIDE.test(letter) ? 1 : 0.57) * size, 0);
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
