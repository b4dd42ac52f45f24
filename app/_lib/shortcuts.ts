/** Pages by the key that follows `g`; also the order of the navigation. */
export const PAGES = [
  { key: 'o', href: '/', label: 'Overview' },
  { key: 'f', href: '/fabric', label: 'Fabric' },
  { key: 'i', href: '/incidents', label: 'Incidents' },
  { key: 'p', href: '/ports', label: 'Ports' },
  { key: 'j', href: '/jobs', label: 'Jobs' },
  { key: 'a', href: '/alerts', label: 'Alerts' },
  { key: 's', href: '/sources', label: 'Sources' },
] as const;

/** Every key and what it does, as the `?` list shows it. */
export const SHORTCUTS: readonly { keys: string; does: string }[] = [
  { keys: '?', does: 'this list' },
  { keys: '/', does: 'search ports, jobs and pages' },
  ...PAGES.map((page) => ({ keys: `g ${page.key}`, does: `go to ${page.label}` })),
  { keys: '[ ]', does: 'previous, next incident or slow step' },
  { keys: 'l', does: 'live on or off' },
  { keys: 'Esc', does: 'close' },
];

export type ShortcutAction =
  | { kind: 'go'; href: string }
  | { kind: 'search' }
  | { kind: 'help' }
  | { kind: 'previous' }
  | { kind: 'next' }
  | { kind: 'live' };

/** What a key press means to {@link readShortcut}. */
export interface KeyPress {
  key: string;
  /** A control, meta or alt key is down, or the reader is writing in a field. */
  busy: boolean;
}

const SINGLE_KEYS: Readonly<Record<string, ShortcutAction>> = {
  '?': { kind: 'help' },
  '/': { kind: 'search' },
  '[': { kind: 'previous' },
  ']': { kind: 'next' },
  l: { kind: 'live' },
};

/**
 * Reads one key press after the keys so far ('' or 'g').
 * @returns the action, if the press completes one, and what is pending now
 */
export function readShortcut(pending: '' | 'g', press: KeyPress): { action?: ShortcutAction; pending: '' | 'g' } {
  if (press.busy) return { pending: '' };
  if (pending === 'g') {
    const page = PAGES.find((known) => known.key === press.key);
    return page === undefined ? { pending: '' } : { action: { kind: 'go', href: page.href }, pending: '' };
  }
  if (press.key === 'g') return { pending: 'g' };
  const action = Object.hasOwn(SINGLE_KEYS, press.key) ? SINGLE_KEYS[press.key] : undefined;
  return action === undefined ? { pending: '' } : { action, pending: '' };
}
