/** Hands `content` to the browser as a file to be saved. */
export function saveFile(content: Blob, name: string) {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(content);
	link.download = name;
	link.click();
	// The browser needs the address until it has begun.
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
