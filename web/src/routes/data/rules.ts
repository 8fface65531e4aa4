/**
 * What a change of projects is to the rules of the config file: the project of each folder.
 *
 * A rule assigns a folder, with everything below it, to a project. Paths are only compared as such.
 */

import type { FoldersOfProject, StartFolder } from '$lib/api/types';

/** The project of each folder that a rule names. */
export type Rules = Readonly<Record<string, string>>;

/** What changes of them: a project for a folder, or `null` to take its rule away. */
export type RulesChange = Record<string, string | null>;

/** What is chosen: whole projects, and single folders of others, by name. */
export interface Chosen {
	projects: ReadonlySet<string>;
	folders: ReadonlySet<string>;
}

export const nothing: Chosen = { projects: new Set(), folders: new Set() };

/** Returns the folder whose rule decides over this one and what falls together with it. */
function root({ rule, repository, folder }: StartFolder): string {
	return rule ?? repository ?? folder;
}

/** Returns the folders whose rules make up a project, also those in which nothing was done yet. */
function roots({ project, folders }: FoldersOfProject, rules: Rules): string[] {
	const ruled = Object.keys(rules).filter((folder) => rules[folder] === project);
	return [...new Set([...ruled, ...folders.map(root)])];
}

/** Returns the change that gives all that is chosen to the project `name`. */
export function join(
	projects: readonly FoldersOfProject[],
	rules: Rules,
	chosen: Chosen,
	name: string
): RulesChange {
	const folders = projects.flatMap((project) =>
		chosen.projects.has(project.project)
			? roots(project, rules)
			: project.folders.map(({ folder }) => folder).filter((folder) => chosen.folders.has(folder))
	);
	return differing(Object.fromEntries(folders.map((folder) => [folder, name])), rules);
}

/** Returns the change after which the project is called `name`. */
export function rename(project: FoldersOfProject, rules: Rules, name: string): RulesChange {
	const change = roots(project, rules).map((folder) => [folder, name]);
	return differing(Object.fromEntries(change), rules);
}

/**
 * Returns the change that takes a folder out of its project: its own rule is taken away, or it gets one by
 * which it is a project of its own. `null` where the project is called after it.
 */
export function split({ folder, why }: StartFolder, rules: Rules): RulesChange | null {
	if (Object.hasOwn(rules, folder)) return { [folder]: null };
	return why === 'itself' ? null : { [folder]: folder };
}

/** Returns the rules without sessions. */
export function unused(projects: readonly FoldersOfProject[], rules: Rules): [string, string][] {
	const used = new Set(projects.flatMap(({ folders }) => folders.map(({ rule }) => rule)));
	return Object.entries(rules).filter(([folder]) => !used.has(folder));
}

/** Returns the projects in which all words of `text` occur, in their name or that of a folder. */
export function found(projects: readonly FoldersOfProject[], text: string): FoldersOfProject[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return projects.filter(({ project, folders }) => {
		const names = [project, ...folders.map(({ folder }) => folder)].join('\n').toLowerCase();
		return words.every((word) => names.includes(word));
	});
}

/** Returns what is chosen when a project or a folder is, too, or no longer. */
export function choose(
	chosen: Chosen,
	kind: keyof Chosen,
	name: string,
	isChosen: boolean
): Chosen {
	const names = new Set(chosen[kind]);
	if (isChosen) names.add(name);
	else names.delete(name);
	return { ...chosen, [kind]: names };
}

/** Returns what is chosen of the projects and folders that there are. */
export function stillThere(projects: readonly FoldersOfProject[], chosen: Chosen): Chosen {
	const names = new Set(projects.map(({ project }) => project));
	const folders = new Set(projects.flatMap((of) => of.folders.map(({ folder }) => folder)));
	return {
		projects: new Set([...chosen.projects].filter((name) => names.has(name))),
		folders: new Set([...chosen.folders].filter((folder) => folders.has(folder)))
	};
}

/** Returns whether there is a project of its own by this name that is not chosen. */
export function isTaken(
	projects: readonly FoldersOfProject[],
	chosen: Chosen,
	name: string
): boolean {
	return projects.some(({ project }) => project === name && !chosen.projects.has(project));
}

/** Leaves out what is so already. */
function differing(change: RulesChange, rules: Rules): RulesChange {
	return Object.fromEntries(
		Object.entries(change).filter(([folder, name]) => rules[folder] !== name)
	);
}
