/** What can be compared, and among which projects. */

export const COMPARED = ['version', 'model'] as const;

export const PROJECTS = ['all', 'same'] as const;
