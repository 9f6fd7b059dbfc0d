/* What goes between Python and a page, and between the parts of a page.
 *
 * The record of a trace is docs/trace.md, the table docs/table.md, the exercise
 * docs/exercises.md, requests and answers zapviz/api/answers.py.  Nothing of this is run.
 */

export type Granularity = "statement" | "pass" | "entry";
/** Empty: as the page around has it. */
export type ThemeName = "" | "light" | "dark";
export type CellKind =
  | "file" | "anon" | "zero" | "none" | "unmapped" | "swap" | "migration" | "device_private"
  | "device_exclusive" | "hwpoison" | "poison_marker" | "uffd_wp_marker" | "guard_marker"
  | "slot" | "free";
export type Flag =
  | "writable" | "dirty" | "young" | "uffd_wp" | "lazyfree" | "locked" | "poisoned" | "anon"
  | "swapcache"
  | "shared";
export type StepVerdict = "zapped" | "kept" | "changed" | "installed" | "holds" | "fails" | "undecided";
export type Fate = "zapped" | "kept" | "changed";
export type Axis = "entry" | "mapping" | "path" | "owner" | "kernel";

declare global {
  interface Element {
    /** The id of the cell that it draws. */
    zapvizCell?: number;
    /** The row and column of the decision that it shows. */
    zapvizAt?: [number, number];
  }
  interface Window {
    zapvizSite: SiteData;
    zapvizAhead: Ahead;
  }
}

/* -- elements -- */

export interface Properties {
  onclick?: (event: MouseEvent) => void;
  oninput?: (event: Event) => void;
  onchange?: (event: Event) => void;
  onkeydown?: (event: KeyboardEvent) => void;
  onerror?: () => void;
  [attribute: string]: unknown;
}
export type Child = Node | string | null;

/* -- the palette (zapviz/render/palette.py) -- */

export interface Ink { fill: string; text: string; border: string; dashed: boolean }
export interface Theme {
  background: string; band: string; text: string; muted: string; line: string; outline: string;
  selected: string; edge: string; beyond: string; inks: Record<string, Ink>;
}
export interface EntryClass {
  family: string;
  letter: string;
  /** The letter in a drawn cell. */
  drawn: string;
  name: string;
  meaning: string;
}
/** A word that is explained: its spellings, the first of which is its name; whether it is one as a label only. */
export interface Term { words: string[]; plain: string; kernel: string; label: boolean }
export interface Palette {
  families: Record<string, { name: string; meaning: string }>;
  classes: Record<string, EntryClass>;
  flags: Record<string, [string, string]>;
  /** The flags that a large cell shows in its corner. */
  corner: string[];
  /** The sign of what a step does to an entry, by its verdict. */
  signs: Record<string, string>;
  /** The sign of what comes of an assertion. */
  checks: Record<string, string>;
  /** The names of the rss counters, in the order of the record. */
  counters: string[];
  fates: Record<string, { letter: string; meaning: string }>;
  verdicts: Record<string, { sign: string; ink: string; meaning: string }>;
  glossary: Term[];
  themes: Record<string, Theme>;
}
/** How a cell is shown: its class, its letter and what is written small in it. */
export interface Look {
  kind: string; letter: string; mark: string; corner: string; name: string; text: string;
}
/** How a class of entry is shown, apart from any entry of it. */
export type ClassLook = Pick<Look, "kind" | "letter" | "name" | "text">;

/* -- a trace (docs/trace.md) -- */

export interface KernelName { name: string; title: string }
export interface Row {
  id: string; role: "file" | "mapping" | "swap"; label: string; detail: string;
  file: string | null; column: number; pages: number;
  /** Of several processes the one whose mapping it is. */
  process?: string;
}
export interface Cell {
  kind: CellKind; flags: Flag[]; folio: number | null; slot: number | null;
  data: number | null; text: string;
}
export interface Statement {
  line: number; text: string; result: string; ok: boolean; first: number; last: number;
  /** Of an assertion, its outcome; null: it is none. */
  verdict: "holds" | "fails" | "undecided" | null; where: string;
  /** The states after the steps because of which it fails. */
  blame?: number[];
}
export interface Pass {
  statement: number; title: string; first: number; last: number;
  details: Record<string, boolean | string | null> | null; zaps: boolean;
}
export interface Step {
  statement: number; pass: number | null; kind: string; at: [number, number] | null;
  before: number | null; after: number | null; verdict: StepVerdict | null; title: string;
  reason: string | null; rule: string | null; evidence: string | null; source: string | null;
  chain: number; function: string; locks: string[]; rss: number[];
  set: [number, number, number][]; sizes: Record<string, number | null>; cpu: number;
  result: string | null;
  /** What fails later because of it. */
  wrong: string | null;
  /** Whether a watched kernel made the same change at the very same place; null: it changes no entry. */
  seen?: boolean | null;
}
export interface Offer { cpu: number; text: string; doing: string; waits: boolean }
export interface Turn { cpu: number; line: number; before: number; after: number; open: Offer[] }
export interface Trace {
  title: string; scenario: string; kernel: KernelName; rows: Row[]; cells: Cell[];
  /** Those that a scenario has besides the first one, which is "" and comes first; without forks none is told. */
  processes?: string[];
  /** Of each process the first state that has it, and the first one after its exit or null. */
  lives?: [number, number | null][];
  chains: string[][]; statements: Statement[]; passes: Pass[];
  initial: {
    cells: number[][]; sizes: Record<string, number | null>; rss: number[]; locks: string[];
  };
  /** The state that it is opened at unless another is asked for. */
  opens: number;
  steps: Step[]; notes: string[]; turns?: Turn[];
  /** The real kernel that was watched doing the same. */
  seen_on?: { name: string; release: string; agrees: boolean };
  /** Of the record of a watched kernel: "kernel". */
  source?: string;
}
/** An entry, by the id of its row and its index in it. */
export type Place = [string, number];

/* -- a comparison -- */

export interface Parting {
  frame: number; statement: number; line: number; text: string; groups: number[][];
  entries: { row: string; page: number; kinds: string[]; data: (number | null)[] }[];
  counters: Record<string, number[]>; sizes: Record<string, (number | null)[]>; results: string[];
  causes: {
    rule: string; since: string | null; commit: string | null; sentence: string;
    patches: string[];
  }[];
  beside: string[];
}
export interface Comparison {
  same: boolean; in_turn: boolean; kernels: KernelName[]; frames: number[][];
  statements: (number | null)[]; differences: [string, number, string[]][][];
  parts: Parting | null; partings: Parting[];
  /** Whether it is of the model and of a real kernel that was watched. */
  watched?: boolean;
}

/* -- the decision table (docs/table.md) -- */

/** What of the table is shown: the values of each axis, and which go down and across. */
/** `owner`, here and below, is there where the table has it: where a child has a share. */
export interface TableView extends Record<Axis, string[]> {
  rows: Axis; columns: Axis; only: boolean;
}
export interface TableData extends Record<Exclude<Axis, "owner">, string[][]> {
  owner?: string[][];
  view: Partial<TableView>; places: number[][]; texts: string[]; decisions: number[][];
  scenarios: number[][]; cells: number[];
  /** What a sign after a word says: [sign, sentence]. */
  notes: [string, string][];
}
export type TablePlace = Record<Exclude<Axis, "owner">, string> & { owner?: string };
export type Decision = TablePlace & {
  word: string; verdict: string; after: string; result: string; waits: boolean; reason: string;
  rule: string; source: string; evidence: string; passes: [string, string][]; title: string;
  scenario: string;
}

/* -- an exercise (docs/exercises.md) -- */

export interface Asked { name: string; at: [number, number]; kind: string }
export interface Truth {
  name: string; kind: string; after: string; fate: Fate; answered: Fate | null;
  rule: string | null; reason: string; function: string | null; evidence: string | null;
  state: number;
}
export interface Solution { score: number; of: number; result: string; entries: Truth[]; trace: Trace }
export interface Exercise {
  level: number; seed: string; number: number; of: number; origin: number;
  title: string; about: string; question: string;
  scenario: string; line: number; statement: string; kernel: KernelName; asked: Asked[];
  trace: Trace; solution?: Solution;
}
/** The answers to an exercise as they are counted and saved. */
export interface Sitting {
  level: number; seed: string; number: number; kernel: string; question: string;
  scenario: string; score: number | null; of: number; entries: Answered[];
}
export interface Answered { name: string; kind: string; answered: Fate | null; fate: Fate | null }

/* -- requests and answers (zapviz/api/answers.py) -- */

/** Ask Python; which answer comes depends on `ask` of the request. */
export type Ask = <A>(request: Record<string, unknown>, going?: Going) => Promise<A>;
/** Of work that takes long: what is told how far it has come; how it is to end, as soon as that is set. */
export interface Going { tell: (progress: string) => void; end: "" | "stop" | "drop" }
export interface TraceAnswer { error?: string; line?: number; payload?: string }
/** Of a permalink `schedule`; of other text that was pasted `kernels`, those that it names. */
export interface OpenAnswer {
  error?: string; text: string; kernel: string | null; step?: number | null; schedule?: number[];
  kernels?: string[]; notice?: string;
}
export interface KernelAnswer { error?: string; kernel: string }
export interface RaceAnswer {
  error?: string; kernel: string; extent: string; complete: boolean; deadlocks: number[][];
  /** How many final states there are, the first of which are given; why not all was explored, or "". */
  many: number; stopped: string;
  assertions: {
    text: string; written: string; ok: boolean | null; quantifier: string; final_states: number;
    schedule: number[] | null;
  }[];
  finals: {
    interleavings: number; schedule: number[] | null; cache: Record<string, string[]>;
    ptes: Record<string, string[]>; data: Record<string, (number | null)[]>;
    results: Record<string, string[]>;
  }[];
}
export interface ComparisonAnswer { error?: string; comparison: Comparison; payloads: string[] }
export interface ExportAnswer {
  error?: string; name: string; media: string; text?: string; base64?: string;
}
export interface Form {
  name: string; about: string; ending: string; media: string; text: boolean; options: string[];
  compares: boolean;
}

/* -- what views are given -- */

/** A key that does something: the key, what it does for the help (null: not listed), the act. */
export type Key = [string, string | null, () => void];
export interface Dialog {
  node: HTMLElement; open: () => void; close: () => void; toggle: () => void;
  readonly isOpen: boolean;
}
/** What an explorer offers (choices() of zapviz/api/answers.py). */
export interface Choices {
  scenarios: { name: string; title: string; about: string; text: string }[];
  kernels: KernelName[];
  rules: Record<string, string[]>;
  forms: Form[];
  /** The themes that a picture can have. */
  looks: string[];
  mostKernels: number;
  /** The kernel that a comparison begins with. */
  oldKernel: string;
  /** A change of one rule, as an example of a patch. */
  patch: string;
}
export interface EditorOptions extends Choices {
  text: string; kernel: string; schedule?: number[]; error?: string; errorLine?: number;
  /** What is said while nothing answers. */
  waits?: string | null;
  /** What is said of a text that its reader wrote, and that nobody else keeps. */
  unsaved?: () => string;
  onText: (text: string) => void;
  onKernel: (kernel: string) => void;
  onSchedule?: (schedule: number[]) => void;
  onHost?: (() => void) | null;
  ask?: Ask | null;
  /** Gives the model and a watched kernel side by side; as `ask` does, unless it is given. */
  onWatched?: (text: string, kernel: string) => Promise<ComparisonAnswer>;
}
export interface PlayerOptions {
  palette: Palette;
  step?: number;
  granularity?: Granularity;
  selected?: Place | null;
  theme?: ThemeName;
  presentation?: boolean;
  onStep?: (step: number) => void;
  onGranularity?: (granularity: Granularity) => void;
  onSelect?: (place: Place | null) => void;
  onPresentation?: (on: boolean) => void;
  /** Whether steps say if a real kernel was seen to do the same. */
  seen?: boolean;
  onSeen?: (on: boolean) => void;
  editor?: EditorOptions | null;
  /** Of a player inside another view: that view's keys, and what takes the focus back. */
  around?: { keys: Key[]; leave: (() => void) | null };
}
/** A view: its element, and what its host may do with it. */
export interface View { root: HTMLElement; setTheme: (theme: ThemeName) => void; destroy: () => void }
export interface ComparisonOptions {
  palette: Palette; theme?: ThemeName; presentation?: boolean; frame?: number;
  onFrame?: (frame: number) => void; onClose?: () => void; onPresentation?: (on: boolean) => void;
  extra?: HTMLElement[]; dialogs?: Dialog[]; keys?: Key[];
}
/** Small figures (zapviz/api/shown.py): of each frame the state of each figure; what each has. */
export interface Shown { frames: number[][]; step: number; sides: ShownSide[] }
export interface ShownSide {
  caption: string; payload: string;
  /** What is said at each frame: a verdict, what happened, why, what fails. */
  said: [string, string, string, string][];
}
export interface ShowOptions {
  palette: Palette; theme?: ThemeName; step?: number; onStep?: (step: number) => void;
}
export interface TableOptions {
  palette: Palette; theme?: ThemeName; view?: Partial<TableView>;
  onOpen?: (scenario: string, kernel: string, cell: Decision) => void;
  onView?: (view: TableView) => void;
}
export interface PredictOptions {
  palette: Palette;
  /** The levels that can be chosen: [number, name]. */
  levels: [number, string][];
  theme?: ThemeName; presentation?: boolean;
  ask?: Ask | null;
  /** What is said with each request for another exercise. */
  asking?: Record<string, unknown>;
  onPlace?: (place: { level: number; seed: string; number: number }) => void;
  onPresentation?: (on: boolean) => void;
}
/** What Python sends to a widget's page: an answer, and the number of what was asked. */
export interface WidgetMessage { number: string; answer: unknown }
/** The model of an anywidget, as far as it is used. */
export interface WidgetModel {
  get: <T>(name: string) => T;
  set: (name: string, value: unknown) => void;
  save_changes: () => void;
  send: (content: unknown) => void;
  on: (event: string, act: (message: WidgetMessage) => void) => void;
  off: (event: string, act: (message: WidgetMessage) => void) => void;
}
/** What the website's pages share (website/build.py). */
export interface SiteData {
  palette: Palette; choices: Choices; levels: [number, string][];
  model?: { worker: string; megabytes: number; bytes: number };
  /** The version of the model, and the release of zapviz, that permalinks name. */
  links: { model: number; release: string; usual: string };
}
/** What was computed when the site was built (website/assets/ahead.js). */
export interface Ahead {
  load: (name: string) => Promise<string | null>;
  take: (name: string, data: string) => void;
}
