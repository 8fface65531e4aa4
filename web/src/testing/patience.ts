/** How long a test waits for a result, in milliseconds: it ends hanging tests, and is not a performance budget. */
export const PATIENCE_MS = 120_000;
