import { chromium } from '@playwright/test';
const base = process.argv[2] ?? 'http://127.0.0.1:52141';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [name, width, height, scheme, locale] of [
  ['wall-1920', 1920, 1080, 'light', 'en-US'],
  ['wall-1080', 1080, 1920, 'dark', 'zh-CN'],
  ['wall-360', 360, 800, 'dark', 'en-US']
]) {
  const p = await b.newPage({ viewport: { width, height }, colorScheme: scheme, locale });
  await p.goto(base + '/wall');
  await p.locator('.figure').first().waitFor({ timeout: 60000 });
  await p.waitForTimeout(3000);
  await p.screenshot({ path: `/work/wt/shots/install/${name}.png` });
  console.log(name, await p.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]));
  await p.close();
}
await b.close();
