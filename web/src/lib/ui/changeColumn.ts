import type { PreviousPeriod, Usage } from '$lib/api/types';
import { changeOf, describeChange, previousWords, type ChangeWords } from '$lib/format/change';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import type { Column } from './table';

/** Something that was used, and what was used of it before. */
type Compared = Pick<Usage, 'cost_usd'> & { previous?: Usage | null };

/** Returns how the cost of a row changed since the period of comparison. */
export function costChange(
	row: Compared,
	previous: PreviousPeriod | null | undefined,
	format: Formatter
): ChangeWords | null {
	if (!row.previous) return null;
	const change = changeOf(row.previous.cost_usd, row.cost_usd);
	return describeChange(change, previous, 'percent', format, format.cost(row.previous));
}

/** Returns the column of changes of the cost, in a list, with its explanation; none without a comparison. */
export function changeColumn<Row>(
	previous: PreviousPeriod | null | undefined,
	cell: Column<Row>['cell'],
	format: Formatter,
	explain: (of: { period: string }) => string = m.change_column_help
): Column<Row>[] {
	if (!previous) return [];
	const help = explain({ period: previousWords(previous, format) });
	return [{ id: 'change', heading: m.change_column(), numeric: true, place: 'line', help, cell }];
}
