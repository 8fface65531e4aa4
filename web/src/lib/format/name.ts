/**
 * Names that others chose, made safe to show.
 *
 * Names of files, branches, models and tools come from files that anybody may have written. A browser
 * shows nothing for some characters and turns text around for others, so that two names look the same
 * or one looks like another. Each of them is shown by its number, as on the command line.
 */

/** Pictures that one is made of, which is left whole; or a character that is obeyed or hidden. */
const HIDDEN =
	/(\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})*(?:\u200d\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})*)*)|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Returns the last part of a path, or what is none as it is. */
export function lastPartOf(path: string): string {
	return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

/** Returns a name with every character that cannot be seen as its number: `\u{202e}`. */
export function printable(name: string): string {
	return name.replace(
		HIDDEN,
		(char, emoji?: string) => emoji ?? `\\u{${char.codePointAt(0)?.toString(16)}}`
	);
}
