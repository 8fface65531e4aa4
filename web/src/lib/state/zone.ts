/** Which time zone days and times are shown in: the browser's, the server's, or a named one. */

/** `browser`, `server`, or an IANA name. */
export type ZoneChoice = string;

/** Returns the time zone of this browser, an IANA name: days begin when they do for the person. */
export function browserZone(): string {
	return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Returns `text` if it names a choice, else `null`. */
export function toZone(text: string | null): ZoneChoice | null {
	if (!text) return null;
	if (text === 'browser' || text === 'server') return text;
	try {
		// Browsers know more names than `supportedValuesOf` lists: also the former ones.
		new Intl.DateTimeFormat('en', { timeZone: text });
		return text;
	} catch {
		return null;
	}
}
