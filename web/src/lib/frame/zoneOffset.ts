/** Returns how far `zone` is from UTC at the moment `now`, as `UTC+5:30`. */
export function offsetOf(zone: string, now: Date): string {
	const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' });
	const name = format.formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value;
	return (name ?? '').replace('GMT', 'UTC').replace(/\+0$/, '');
}
