// Applies the stored theme before the first paint, so that the page never flashes in another one.
// The page's own code does the same later; it comes too late to prevent the flash.
try {
	const theme = localStorage.getItem('ctm.theme');
	if (theme === 'light' || theme === 'dark') {
		document.documentElement.dataset.theme = theme;
		for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
			meta.media = meta.dataset.scheme === theme ? 'all' : 'not all';
		}
	}
} catch {
	// Storage may be forbidden: the system's theme is used.
}
