// Exchanges the secret in the fragment of the address for a cookie, and opens the dashboard.
(async () => {
	const secret = location.hash.slice(1);
	history.replaceState(null, '', location.pathname);
	const response = await fetch(location.pathname, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ secret })
	}).catch(() => null);
	if (response?.ok) location.replace(new URL('./', location.href));
	else document.getElementById('failed').hidden = false;
})();
