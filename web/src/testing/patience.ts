/** How long a test waits for a result, in milliseconds: it ends what hangs, and is no budget. */
export const PATIENCE_MS = 120_000;
