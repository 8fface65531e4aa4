/** Returns the time zone of this browser, an IANA name: days begin when they do for the person. */
export function zone(): string {
	return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
