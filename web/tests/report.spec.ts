/** The written report on the page of exports. */

import { readFileSync } from 'node:fs';
import { expect, largestProject, test } from './helpers';

test('a report of the chosen days is saved and opened, with names and without', async ({
	page
}) => {
	const { label } = await largestProject(page);
	await page.goto('/export?range=30d');
	const card = page.getByRole('main').locator('section').filter({ hasText: 'Save report' });
	const save = async () => {
		const saving = page.waitForEvent('download');
		await card.getByRole('button', { name: 'Save report' }).click();
		const file = await saving;
		return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
	};
	const named = await save();
	expect(named.name).toMatch(/^ctm-report-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.html$/);
	expect(named.text).toContain('<html lang="en">');
	expect(named.text).toContain(label);
	await expect(card.getByText(`Saved ${named.name}`)).toBeVisible();

	await card.getByRole('radio', { name: 'Without names' }).check();
	await card.getByRole('radio', { name: 'Markdown' }).check();
	await card.getByRole('radio', { name: '简体中文' }).check();
	const numbered = await save();
	expect(numbered.name).toMatch(/\.md$/);
	expect(numbered.text).toContain('# Claude Code 用量');
	expect(numbered.text).toContain('项目 A');
	expect(numbered.text).not.toContain(label);

	await card.getByRole('radio', { name: 'HTML' }).check();
	const opening = page.context().waitForEvent('page');
	await card.getByRole('link', { name: 'Open report' }).click();
	const report = await opening;
	await expect(report.getByRole('heading', { name: 'Claude Code 用量' })).toBeVisible();
	// Its policy allows its own styles.
	await expect(report.locator('main')).toHaveCSS('max-width', '760px');
});
